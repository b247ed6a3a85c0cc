"""Which of a test's parameters CI plays; the others are played by ``script/test --all``."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def often(values: Iterable[Any], played: Callable[[Any], bool]) -> list[ParameterSet]:
    """Return the values as parameters; those that CI does not play are marked slow."""
    return [
        pytest.param(value, marks=[] if played(value) else [pytest.mark.slow]) for value in values
    ]


def first(rows: Iterable[Sequence[Any]]) -> list[ParameterSet]:
    """Return rows of values as parameters; CI plays the first of them."""
    return [
        pytest.param(*row, marks=[pytest.mark.slow] if number else [])
        for number, row in enumerate(rows)
    ]

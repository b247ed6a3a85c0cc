"""What pyinfra shows is safe to show, whichever way it shows it."""

import logging
from collections.abc import Iterator

import pytest
from pyinfra import logger
from pyinfra.api import output

from changeover.run import terminal

ODD = "\x1b]0;owned\x07\u202e"
SAFE = "\\x1b]0;owned\\x07\\u202e"


@pytest.fixture
def echoed() -> Iterator[list[str]]:
    """Return what pyinfra echoes; all is as before afterwards."""
    said: list[str] = []
    before, filters = output._echo, list(logger.filters)
    output.set_echo(lambda message=None, **_: said.append(message))
    terminal.prepare()
    terminal.prepare()
    yield said
    output.set_echo(before)
    logger.filters[:] = filters


def test_what_is_echoed(echoed: list[str]) -> None:
    output.echo(f"[\x1b[1mweb1\x1b[0m] {ODD}", err=True)
    assert echoed == [f"[\x1b[1mweb1\x1b[0m] {SAFE}"]


def test_what_is_logged(echoed: list[str], caplog: pytest.LogCaptureFixture) -> None:
    assert echoed == []
    with caplog.at_level(logging.INFO, logger="pyinfra"):
        logger.propagate, before = True, logger.propagate
        logger.error("an app said %s", ODD)
        logger.propagate = before
    assert caplog.messages == [f"an app said {SAFE}"]

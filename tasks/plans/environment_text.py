"""An environment file's text, parsed: each line that is not understood is named, never shown."""

import re
from dataclasses import dataclass
from io import StringIO

from dotenv.parser import Binding, parse_stream

from tasks.plans.environment import KEY, render_line

_BLANK = re.compile(r"\s*")
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, repr=False)
class Parsed:
    """Keys and values, and a line for each line of the text that is wrong."""

    values: dict[str, str]
    problems: tuple[str, ...] = ()


def parse(text: str) -> Parsed:
    """Parse the text; what is wrong begins with ``line N`` and holds no value."""
    bound = [one for one in parse_stream(StringIO(text)) if one.original.string.strip()]
    found = [(one, problem) for one in bound if (problem := _problem(one))]
    values = {one.key: one.value for one in bound if one.key and one.value is not None}
    return Parsed(values, tuple(f"line {_line(one)}: {problem}" for one, problem in found))


def _line(binding: Binding) -> int:
    """Return where it begins: the parser counts blank lines before it to it."""
    blank = _BLANK.match(binding.original.string)
    return binding.original.line + len(_BREAK.findall(blank[0] if blank else ""))


def _problem(binding: Binding) -> str:
    if binding.error:
        return "no KEY=value, or a quote that is not closed"
    if binding.key is None:
        return ""  # a comment
    if not KEY.fullmatch(binding.key):
        # it may be a part of a secret that was broken in two
        return "no KEY=value: what begins it is no name of an environment variable"
    if binding.value is None:
        return "no KEY=value: it has no ="
    try:
        render_line(binding.key, binding.value)
    except ValueError as error:
        return str(error)
    return ""

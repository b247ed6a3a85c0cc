"""An environment file's text, written and parsed; what is wrong is named, and never shown."""

import re
from dataclasses import dataclass
from io import StringIO

from dotenv.parser import Binding, parse_stream

from changeover.host.environment_file import LONGEST, NAME

_SPACE = ord(" ")
_CANNOT = "no environment file can hold: encode it (base64) and let the app decode it"
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
# what python-dotenv replaces by another key's value, in whatever quotes
_REPLACED = re.compile(r"\$\{[^}:]*(:-[^}]*)?\}")
# a quote or backslash behind a backslash, or one at the end, is something else to some readers
_SINGLE_QUOTED = re.compile(r"([^'\\]|\\(?![\\]|\Z))*")
# and here what python-dotenv, Node or a shell take for an escape
_DOUBLE_QUOTED = re.compile(r"""([^"$`\\]|\\(?![abfnrtv\\'"$`\n]|\Z))*""")

_BLANK = re.compile(r"\s*")
_BREAK = re.compile(r"\r\n|\n|\r")
# no end of a line in base64, which = may pad
_ASSIGNMENT = re.compile(rf"\s*(export\s+)?({NAME.pattern})[ \t]*=[ \t]*[^=\s]")


@dataclass(frozen=True, repr=False)
class Parsed:
    """Keys and values, and a line for each line of the text that is wrong."""

    values: dict[str, str]
    problems: tuple[str, ...] = ()


def render_line(key: str, value: str) -> str:
    """
    Return ``KEY=value`` quoted so that all who read environment files find that value.

    That is systemd, shells, python-dotenv, and Node by itself and by its package dotenv. Raises
    ValueError for a key that is no name, and for a value that they would not agree on.
    """
    if not NAME.fullmatch(key):
        raise ValueError(f"{key!r} is no name of an environment variable")
    if any((ord(letter) < _SPACE and letter not in "\t\n") or letter == "\x7f" for letter in value):
        raise ValueError(f"{key}: its value has a control character, which {_CANNOT}")
    if len(f"{key}={value}".encode()) > LONGEST:
        raise ValueError(f"{key}: its value is longer than {LONGEST} bytes, which {_CANNOT}")
    if _REPLACED.search(value):
        raise ValueError(
            f"{key}: its value has ${{...}}, which python-dotenv replaces and systemd does not:"
            " write out what it stands for"
        )
    if _PLAIN.fullmatch(value):
        return f"{key}={value}"
    if _SINGLE_QUOTED.fullmatch(value):
        return f"{key}='{value}'"
    if _DOUBLE_QUOTED.fullmatch(value):
        return f'{key}="{value}"'
    raise ValueError(
        f"{key}: its value has a ' beside one of \" $ ` \\, or two backslashes, or one at its end,"
        " which the readers of environment files understand differently: have another value, or"
        " encode it (base64) and let the app decode it"
    )


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
    if not NAME.fullmatch(binding.key):
        # it may be a part of a secret that was broken in two
        return "no KEY=value: what begins it is no name of an environment variable"
    if binding.value is None:
        return "no KEY=value: it has no ="
    for number, line in enumerate(_BREAK.split(binding.original.string.strip())):
        if number and _ASSIGNMENT.match(line):
            return (
                f"{binding.key}: its quote closes later than line {_line(binding) + number}, which"
                " looks like a KEY=value of its own: close the quote before it, or write line"
                " breaks as \\n in double quotes"
            )
    try:
        render_line(binding.key, binding.value)
    except ValueError as error:
        return str(error)
    return ""

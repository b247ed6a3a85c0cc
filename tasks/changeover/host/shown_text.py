"""
Text that is safe to show: nothing in it speaks to a terminal, or reads otherwise than it is.

What an app, a repository or a host says may hold escape sequences (they move the cursor, answer in
the place of the person, set the clipboard), controls of eight bits, marks that turn the direction
of what follows, and characters that nobody sees.
"""

import re

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# those of our own output: none that hides, blinks or turns
_OWN = re.compile(r"(\x1b\[(?:0|1|3[1-7])m)")
_KEPT = "\n\t"
# counted as letters or marks, but nobody sees them
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\U0001d159\U000e0100-\U000e01ef]"
)


def shown(text: str) -> str:
    """Return a text without colours, in which all that cannot be printed is spelt out."""
    return _spelt(_COLOUR.sub("", text))


def shown_with_colours(text: str) -> str:
    """Return the same of a text of ours, which may quote others: plain colours stay."""
    parts = _OWN.split(text)
    return "".join(part if number % 2 else _spelt(part) for number, part in enumerate(parts))


def _spelt(text: str) -> str:
    if text.isprintable() and not _BLANK.search(text):
        return text
    return "".join(map(_letter, text))


def _letter(one: str) -> str:
    if (one.isprintable() or one in _KEPT) and not _BLANK.match(one):
        return one
    if one.isspace() and ord(one) > 0x9F and one not in "\u2028\u2029":
        return " "  # another kind of space, such as before a French colon
    return one.encode("unicode_escape", errors="surrogatepass").decode()

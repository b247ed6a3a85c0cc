"""The code blocks of a page, in its order: files to write, commands to run, what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent

PLACEHOLDERS = ("ADDRESS", "RELEASE", "COMMIT")
"""What a page writes where the reader sees another word each time."""


@dataclass(frozen=True)
class Block:
    """One indented block, and the paragraphs around it."""

    section: str
    """The heading that it stands under."""
    before: str
    after: str
    text: str

    @property
    def path(self) -> str:
        """Return which file the block is, "" if it is none."""
        found = re.fullmatch(r"`([\w./-]+)`:", self.before)
        return found[1] if found else ""

    @property
    def is_output(self) -> bool:
        """Tell whether the block is what the commands before it print."""
        return self.before.endswith("prints:")

    @property
    def fails(self) -> bool:
        """Tell whether the page says that the commands fail."""
        return self.after.startswith("The run fails.")


def blocks(page: str) -> list[Block]:
    """Return the indented blocks of a page."""
    return list(_blocks(page))


def _blocks(page: str) -> Iterator[Block]:
    # a block may have empty lines, so it ends before the first line that is not indented
    parts = re.split(r"(?m)^((?: {4}.*\n(?:\n*(?= {4}))?)+)", page)
    section = ""
    for before, text, after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
        section = (re.findall(r"(?m)^#+ (.+)$", before) or [section])[-1]
        yield Block(section, _paragraphs(before)[-1], _paragraphs(after)[0], dedent(text))


def _paragraphs(text: str) -> list[str]:
    found = [" ".join(one.split()) for one in re.split(r"\n{2,}", text)]
    return [one for one in found if one] or [""]


def missing(printed: str, output: str, known: dict[str, str]) -> list[str]:
    """
    Return the lines that a page says are printed, and that are not.

    ``...`` stands for anything, a placeholder for one word. What the placeholders stand for is put
    into ``known``.
    """
    lines = re.sub(r"\x1b\[[0-9;]*m", "", output).splitlines()
    lost = []
    for line in filter(None, map(str.strip, printed.splitlines())):
        found = next(filter(None, (re.search(_pattern(line), one) for one in lines)), None)
        if found is None:
            lost.append(line)
        else:
            known.update(zip(_placeholders(line), found.groups(), strict=True))
    return lost


def _placeholders(line: str) -> list[str]:
    return re.findall("|".join(PLACEHOLDERS), line)


def _pattern(line: str) -> str:
    text = re.escape(line).replace(r"\.\.\.", ".*")
    return re.sub("|".join(PLACEHOLDERS), r"(\\S+)", text)

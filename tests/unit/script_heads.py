"""What the first lines of a script file say: what it does, and which variables it is given."""

import re
from dataclasses import dataclass
from pathlib import Path

_NAMES = re.compile(r"[a-z_]\w*")
_BEFORE = re.compile(r"([a-z_]\w*) \(by ([^)]+)\)")


@dataclass(frozen=True)
class Head:
    """The comment with which a script file begins."""

    says: str
    """What it does."""
    given: tuple[str, ...]
    """What its builder gives it."""
    before: dict[str, str]
    """What is set before it runs, by somebody else."""


def head(path: Path) -> Head | None:
    """
    Return what a script file says of itself, None where it does not.

    Its first lines are comments: some sentences, ``Given: app, root.`` or ``Given: nothing.``, and
    perhaps ``Set before: new (by begin_folder).``
    """
    lines = re.match(r"(?:# .*\n)+", path.read_text())
    text = " ".join(
        one.removeprefix("#").strip() for one in (lines[0] if lines else "").split("\n")
    )
    found = re.match(r"([A-Z].*?\.) Given: ([^.]+)\.(?: Set before: ([^.]+)\.)?", text)
    if found is None:
        return None
    given = () if found[2] == "nothing" else tuple(_NAMES.findall(found[2]))
    return Head(found[1], given, dict(_BEFORE.findall(found[3] or "")))

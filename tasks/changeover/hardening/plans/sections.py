"""A probe whose answer is in sections; what others put into one is no section of its own."""

from collections.abc import Collection, Sequence

from changeover.plans.probe import SETTINGS
from changeover.plans.script import read


def script(variables: str, *bodies: str) -> str:
    """Return a probe whose answer is in sections."""
    return plain(variables, "".join(map(read, ("sections", *bodies))))


def plain(variables: str, body: str) -> str:
    """Return a script that prints plain text alone: other output would kill pyinfra's reader."""
    clean = "LC_ALL=C tr -d '\\0-\\10\\13-\\37\\177' | { iconv -c -f UTF-8 -t UTF-8 || true; }"
    return f"{SETTINGS}\n{variables}{{\n{body}}} 2> /dev/null | {clean}"


def split(lines: Sequence[str], known: Collection[str]) -> dict[str, list[str]]:
    """
    Return the lines of each section.

    Raises ValueError for a section that comes twice, or is none of those that are known: then
    somebody else's words are among them, and nobody can tell which.
    """
    sections: dict[str, list[str]] = {}
    rows: list[str] = []
    for line in lines:
        if line.startswith("@@"):
            name = line[2:]
            if name not in known:
                raise ValueError(f"there is no section {name[:99]!r}")
            if name in sections:
                raise ValueError(f"the section {name!r} comes twice")
            rows = sections[name] = []
        elif line:
            rows.append(line)
    return sections

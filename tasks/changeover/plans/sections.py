"""A probe's answer, in sections; what others put into one is no section of its own."""

from collections.abc import Collection, Sequence


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

"""Links of the docs lead to a file, and to a heading of it: ``python -m tests.links``."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("*.md", "docs/**/*.md", "tests/**/*.md", "tasks/**/*.md")


def main() -> int:
    """Print every dead link, a line each; 1 when there is one."""
    dead = find_dead(ROOT)
    sys.stdout.writelines(f"{line}\n" for line in dead)
    return int(bool(dead))


def find_dead(root: Path) -> list[str]:
    """Return page and target of each link that leads to no file, or to no heading of it."""
    pages = sorted({page for place in PLACES for page in root.glob(place)})
    return [f"{page.relative_to(root)}: {link}" for page in pages for link in _dead(page, root)]


def anchors(text: str) -> set[str]:
    """Return how a page's headings are linked to, as GitHub does: a second one gets a number."""
    seen: dict[str, int] = {}
    found = set()
    for heading in re.findall(r"(?m)^#+ (.+)$", _without_code(text)):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = seen[anchor] = seen.get(anchor, -1) + 1
        found.add(f"{anchor}-{number}" if number else anchor)
    return found


def _dead(page: Path, root: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s:]+)\)", _without_code(page.read_text())):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        # an absolute path would lead somewhere on this machine alone
        inside = file.is_relative_to(root.resolve()) and not name.startswith("/")
        found = inside and file.exists()
        if found and anchor:
            found = file.is_file() and anchor in anchors(file.read_text())
        if not found:
            yield target


def _without_code(text: str) -> str:
    fenced = re.sub(r"(?ms)^```.*?^```$", "", text)
    return re.sub(r"(?m)^\n(?: {4}.*\n|\n(?= {4}))+", "\n", fenced)


if __name__ == "__main__":
    sys.exit(main())

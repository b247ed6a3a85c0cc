"""Whether what is installed is whole: scripts, templates, units and programs of hosts are files."""

import csv
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

_NAMED = 5


def problem() -> str:
    """Return a line that names the files which are missing, "" where none is."""
    lacking = sorted(missing())
    if not lacking:
        return ""
    more = f" and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return f"missing in {PACKAGE}: {', '.join(lacking[:_NAMED])}{more}; install Changeover again"


def missing() -> Iterator[str]:
    """Yield each file that was installed and is not there, by its path in the package."""
    yield from (path for path in _recorded() if not (PACKAGE / path).is_file())


def _recorded() -> set[str]:
    """Return what pip wrote down of this package: nothing of a checkout, which is git's."""
    try:
        # not its ``files``: from Python 3.12 on these are only those that are there
        found = distribution("changeover")
        record = found.read_text("RECORD") or ""
        is_this = Path(str(found.locate_file("changeover"))).resolve() == PACKAGE.resolve()
    except PackageNotFoundError:
        return set()
    paths = [Path(row[0]) for row in csv.reader(record.splitlines()) if row]
    own = [path.relative_to("changeover") for path in paths if path.parts[0] == "changeover"]
    return {str(path) for path in own if path.suffix != ".pyc"} if is_this else set()

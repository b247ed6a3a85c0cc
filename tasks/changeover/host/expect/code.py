"""
Whether what serves has its files in the release that it should: that it says so is not enough.

Looked at is what the kernel knows of each process of the app: where it runs, its program, what it
has mapped, its command line; and whether the release's Python environment leads elsewhere, as one
does into which another release was installed to be used where it lies.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..shown_text import shown

_MOST = 10
_LARGEST = 4 << 20
# what leads out of site-packages: lines of paths, and the finders that setuptools writes
_LEADING = ("*.pth", "__editable__*.py", "*.egg-link")


def failures(found: Iterable[int], root: Path, release: str) -> list[str]:
    """Return a line for each file of another release, or of its packages, that is in use."""
    used = _Used(root, root / "releases" / release)
    for pid in found:
        used.process(pid)
    for environment in used.own:
        used.environment(environment)
    lines = list(dict.fromkeys(used.wrong))
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return lines[:_MOST] + more


class _Used:
    """What is in use, held against one release."""

    def __init__(self, root: Path, release: Path) -> None:
        self.release = release
        self.wrong: list[str] = []
        places = rf"{re.escape(str(root))}/(?:releases|environments)/[A-Za-z0-9._-]+"
        self._places = re.compile(places.encode())
        links = (release / ".venv", release / ".changeover/node")
        self.own = [link.resolve() for link in links if link.is_symlink()]

    def process(self, pid: int) -> None:
        """Look at one process; one that has ended meanwhile uses nothing."""
        folder = Path("/proc", str(pid))
        with contextlib.suppress(OSError):
            name = shown((folder / "comm").read_text(errors="replace").strip())
            said = b"\n".join(_of_process(folder))
            for place in self._elsewhere(said):
                self.wrong.append(f"process {pid} ({name}) runs with files of {place}")

    def environment(self, environment: Path) -> None:
        """Look at where a Python environment leads."""
        for pattern in _LEADING:
            for file in sorted(environment.glob(f"lib/python3*/site-packages/{pattern}")):
                for place in self._elsewhere(_start_of(file)):
                    self.wrong.append(f"{environment.name} leads to {place} ({shown(file.name)})")

    def _elsewhere(self, text: bytes) -> Iterator[str]:
        """Yield the releases and environments in a text that are not of this release."""
        for place in dict.fromkeys(self._places.findall(text)):
            path = Path(os.fsdecode(place))
            if path != self.release and path not in self.own:
                yield str(path)


def _of_process(folder: Path) -> Iterator[bytes]:
    for name in ("cwd", "exe"):
        yield os.fsencode((folder / name).readlink())
    yield (folder / "cmdline").read_bytes()
    yield (folder / "maps").read_bytes()


def _start_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_LARGEST)

"""The objects of a repository, each believed only as far as its id goes."""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from typing import IO

from ..files import Failure

FILE, LINK, FOLDER, SUBMODULE = 0o100000, 0o120000, 0o040000, 0o160000
# files that say something of a commit are small; a list of names is as long as it has to be
_MOST = 64 << 20
_PART = 1 << 20


@dataclass(frozen=True)
class Entry:
    """One name in a folder of a commit."""

    mode: int
    name: str
    id: str

    @property
    def kind(self) -> int:
        """``FILE``, ``LINK``, ``FOLDER`` or ``SUBMODULE``."""
        return self.mode & 0o170000

    @property
    def executable(self) -> bool:
        """Tell whether it is a file that may be run."""
        return bool(self.mode & 0o100)


class Objects:
    """Reads objects of one repository, and believes none whose content is not what its id says."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        """Ask the one process that reads all of them."""
        self._child = child

    def close(self) -> None:
        """End the process that reads."""
        self._child.kill()
        self._child.communicate()

    def tree(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        first, _, _ = self.read(commit, "commit").partition(b"\n")
        return first.removeprefix(b"tree ").decode()

    def entries(self, tree: str) -> list[Entry]:
        """Return what a folder holds, in git's order."""
        raw, found, at = self.read(tree, "tree"), [], 0
        while at < len(raw):
            end = raw.index(b"\0", at)
            mode, _, name = raw[at:end].partition(b" ")
            digest = raw[end + 1 : end + 21].hex()
            found.append(Entry(int(mode, 8), os.fsdecode(name), digest))
            at = end + 21
        return found

    def read(self, name: str, kind: str, most: int = _MOST) -> bytes:
        """Return the content of an object. Raises Failure where it is missing, or another."""
        size = self._ask(name, kind)
        if size > most:
            raise Failure(f"the {kind} {name} is larger than {most} bytes")
        content = self._output.read(size)
        self._output.read(1)
        if digest(kind, content) != name:
            raise Failure(f"the {kind} {name} is damaged")
        return content

    def copy(self, name: str, to: IO[bytes]) -> None:
        """Write a file's content; whether it is what the id says, is to be seen where it lies."""
        left = self._ask(name, "blob")
        while left:
            part = self._output.read(min(left, _PART))
            if not part:
                raise Failure(f"git ended amid the file {name}")
            to.write(part)
            left -= len(part)
        self._output.read(1)

    @property
    def _output(self) -> IO[bytes]:
        if self._child.stdout is None:
            raise AssertionError
        return self._child.stdout

    def _ask(self, name: str, kind: str) -> int:
        if self._child.stdin is None:
            raise AssertionError
        self._child.stdin.write(f"{name}\n".encode())
        self._child.stdin.flush()
        words = self._output.readline().decode(errors="replace").split()
        if len(words) != 3 or words[1] != kind:
            raise Failure(f"there is no {kind} {name}, or it cannot be read")
        return int(words[2])


def digest(kind: str, content: bytes) -> str:
    """Return git's id of an object."""
    found = started(kind, len(content))
    found.update(content)
    return found.hexdigest()


def started(kind: str, size: int) -> "hashlib._Hash":
    """Return what makes git's id of an object, given its content."""
    return hashlib.sha1(f"{kind} {size}\0".encode(), usedforsecurity=False)

"""Files whose content is not in git but on a Git LFS server; a pointer says which it is."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from . import tree_address
from .changeover_files import Failure
from .tree_git import Git

# of git-lfs: what is larger is no pointer
LARGEST_POINTER = 1024
_MARK = b"filter=lfs"
_VERSION = re.compile(rb"version https://(git-lfs|hawser)\.github\.com/spec/v1\n")
_LINE = re.compile(rb"^([a-z0-9.-]+) (.*)$", re.MULTILINE)
_OID = re.compile(rb"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pointer:
    """What a file of a commit says of the content that belongs in its place."""

    oid: str
    """SHA-256 of the content."""
    size: int

    def stored(self, store: Path) -> Path:
        """Return where git-lfs keeps the content."""
        return store / "lfs" / "objects" / self.oid[:2] / self.oid[2:4] / self.oid

    def is_of(self, path: Path) -> bool:
        """Tell whether a file has the content."""
        try:
            with path.open("rb") as file:
                return self.is_of_file(file)
        except FileNotFoundError:
            return False

    def is_of_file(self, file: BufferedReader) -> bool:
        """Tell whether an open file has the content."""
        if os.fstat(file.fileno()).st_size != self.size:
            return False
        return hashlib.file_digest(file, "sha256").hexdigest() == self.oid

    def text(self) -> bytes:
        """Return the pointer as git-lfs writes it."""
        version = "version https://git-lfs.github.com/spec/v1"
        return f"{version}\noid sha256:{self.oid}\nsize {self.size}\n".encode()


def may_hand_on(attributes: bytes) -> bool:
    """Tell whether a ``.gitattributes`` may hand files to git-lfs."""
    return _MARK in attributes


def handed_on(git: Git, attributes: Mapping[str, str], paths: Iterable[str]) -> list[str]:
    """Return which paths the ``.gitattributes`` of a commit, each given by its id, hand on."""
    lines = b"".join(
        b"100644 " + id_.encode() + b"\t" + _bytes(path) + b"\0" for path, id_ in attributes.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git.run("update-index", "-z", "--index-info", given=lines, environment=index)
        asked = b"".join(_bytes(path) + b"\0" for path in paths)
        how = ("check-attr", "-z", "--stdin", "--cached", "filter")
        said = git.run(*how, given=asked, environment=index).split(b"\0")
    values = zip(said[::3], said[2::3], strict=False)
    return [_text(path) for path, value in values if value == b"lfs"]


def pointer(content: bytes) -> Pointer | None:
    """Return what a file says, None where it is no pointer. Raises Failure for one not of ours."""
    if not _VERSION.match(content) or len(content) > LARGEST_POINTER:
        return None
    lines = dict(_LINE.findall(content))
    oid, size = _OID.fullmatch(lines.get(b"oid", b"")), lines.get(b"size", b"")
    if not oid or not size.isdigit():
        return None
    if any(key.startswith(b"ext-") for key in lines):
        raise Failure("a program of yours (an extension of git-lfs) changes it; take that out")
    return Pointer(oid[1].decode(), int(size))


def endpoint(address: str, configured: str) -> str:
    """Return the address of the server that has the content; a repository may configure another."""
    found = configured or address
    if configured or tree_address.scheme_of(address) not in ("http", "https"):
        return found
    return f"{found.rstrip('/').removesuffix('.git')}.git/info/lfs"


def _bytes(path: str) -> bytes:
    return path.encode(errors="surrogateescape")


def _text(path: bytes) -> str:
    return path.decode(errors="surrogateescape")

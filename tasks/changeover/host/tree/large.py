"""Files whose content is not in git but on a Git LFS server; a pointer says which it is."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from ..files import Failure
from . import address as tree_address
from .git import Git

# of git-lfs: what is larger is no pointer
LARGEST_POINTER = 1024
_MARK = b"filter=lfs"
# as git-lfs itself reads them
_VERSIONS = (
    *(b"http://git-media.io/v/2", b"https://hawser.github.com/spec/v1"),
    b"https://git-lfs.github.com/spec/v1",
)
_KEYS = [b"version", b"oid", b"size"]
_EXTENSION = re.compile(rb"ext-[0-9]-\w")
_OID = re.compile(rb"sha256:([0-9a-f]{64})")
_SIZE = re.compile(rb"\+?([0-9]{1,18})")
# whoever reads it takes it for one, also in a form of long ago
_LIKE_ONE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:version\s+\S*(?:git-media|hawser|git-lfs)|# (?:git-media|external))"
)


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
    """
    Return what a file says in any form that git-lfs takes, None where it is no pointer.

    Raises Failure for one with an extension, and for what only begins as a pointer.
    """
    if len(content) > LARGEST_POINTER:
        return None
    lines = [line.removesuffix(b"\r").partition(b" ") for line in content.strip().split(b"\n")]
    pairs = [(key, value) for key, between, value in lines if key or between]
    own = [pair for pair in pairs if not _EXTENSION.match(pair[0])]
    if [key for key, _ in own] == _KEYS:
        version, oid, size = (value for _, value in own)
        found, length = _OID.fullmatch(oid), _SIZE.fullmatch(size)
        if version in _VERSIONS and found and length:
            if own != pairs:
                raise Failure(
                    "a program of yours (an extension of git-lfs) changes it; take that out"
                )
            return Pointer(found[1].decode(), int(length[1]))
    if _LIKE_ONE.match(content):
        raise Failure(
            "begins as a pointer of Git LFS, and is none that git-lfs reads; add the file anew, or"
            " take it out of filter=lfs in .gitattributes"
        )
    return None


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

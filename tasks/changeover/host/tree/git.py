"""Git on a bare repository of ours: nothing of a commit is run, or changes what is read."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from .login import hidden
from .objects import Objects

# the end of what git says
_SAID = 2000
# what git finds wrong with an object is refused, but for what is old and harmless
_HARMLESS = (
    *("badDate", "badDateOverflow", "badEmail", "badName", "badTimezone", "missingEmail"),
    *("missingNameBeforeEmail", "missingSpaceBeforeDate", "missingSpaceBeforeEmail"),
    *("missingTaggerEntry", "badTagName", "zeroPaddedDate", "zeroPaddedFilemode"),
)
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.attributesFile=/dev/null", "protocol.ext.allow=never"),
    *("gc.auto=0", "maintenance.auto=false", "fetch.recurseSubmodules=no"),
    # who writes a release reads the mirror of who fetched it
    "safe.directory=*",
    # of a fetch that was killed all objects are there, or none
    "fetch.unpackLimit=1",
    "fetch.fsckObjects=true",
    *(f"fetch.fsck.{name}=ignore" for name in _HARMLESS),
)
_GIT = ("git", *(word for setting in _SETTINGS for word in ("-c", setting)))


class GitError(Exception):
    """What git said when it failed, and no login with it."""


class Git:
    """Git on one bare repository."""

    def __init__(self, folder: Path) -> None:
        """Work on the repository in a folder."""
        self.folder = folder

    def make(self) -> None:
        """Make the repository, or what a dead run has left out of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run("init", "-q", "--bare")

    def clear(self) -> None:
        """Begin anew, with an empty repository."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        self.make()

    def run(
        self, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        """Run git; return what it prints. Raises GitError, with what it said."""
        done = subprocess.run(
            [*_GIT, *words],
            input=given,
            env={**self._environment(), **(environment or {})},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise GitError(hidden(said)[-_SAID:] or f"git {words[0]} failed without a word")
        return done.stdout

    def objects(self) -> closing[Objects]:
        """Give a reader of objects, until the end of the block."""
        command = [*_GIT, "cat-file", "--batch"]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment()
        )
        return closing(Objects(child))

    def has(self, commit: str) -> bool:
        """Tell whether a commit is there."""
        try:
            self.run("cat-file", "-e", f"{commit}^{{commit}}")
        except GitError:
            return False
        return True

    def sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the sizes of objects that are there."""
        names = "".join(f"{name}\n" for name in dict.fromkeys(ids)).encode()
        said = self.run("cat-file", "--batch-check", given=names) if names else b""
        found = (line.split() for line in said.decode().splitlines())
        return {name: int(size) for name, _, size in found}

    def missing(self, commit: str) -> set[str]:
        """Return what a commit holds and the repository does not. Raises GitError."""
        found = self.run("rev-list", "--objects", "--no-walk", "--missing=print", commit)
        return {line[1:].decode() for line in found.splitlines() if line.startswith(b"?")}

    def has_all(self, commit: str, *but: str) -> bool:
        """Tell whether a commit is there with all that it holds; ``but`` is git's own filter."""
        try:
            self.run("rev-list", "--objects", "--no-walk", *but, commit)
        except GitError:
            return False
        return True

    def unlock(self, seconds: float = 0) -> None:
        """Remove locks that are older than that."""
        for lock in self.folder.rglob("*.lock"):
            if lock.is_file() and time.time() - lock.stat().st_mtime > seconds:
                lock.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "GIT_DIR": str(self.folder),
            "GIT_TERMINAL_PROMPT": "0",
            # a partial clone would ask every repository that it ever came from
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "LC_ALL": "C.UTF-8",
        }

"""Getting what a commit needs from servers: with all it holds, or only what tells what that is."""

import contextlib
import re
import time
from collections.abc import Iterable, Mapping

from . import address as tree_address
from .git import Git, GitError

# the server answered, and has no such thing
_NO_SUCH = re.compile("not our ref|remote ref|unadvertised object")
UNSOUND = "fsck error"
"""What git says of objects that it takes for an attack."""
_TIPS_ALONE = "unadvertised object"
_OURS = "refs/changeover"
_TIPS = (f"+refs/heads/*:{_OURS}/heads/*", f"+refs/tags/*:{_OURS}/tags/*")
_LOCKED = re.compile(r"\.lock': File exists|could not lock")
_PAUSES = (0.1, 0.3, 1)
_DEAD_SECONDS = 120
# of an address that a repository names; git's own wall behind the one of ``address.py``
_PROTOCOLS = {"GIT_ALLOW_PROTOCOL": "ssh:https:http:git"}


class Unreadable(Exception):  # noqa: N818 - the word people read
    """A server that did not answer, or not to us: perhaps it does to another host."""


class Refused(Exception):  # noqa: N818 - likewise
    """What cannot be had, whoever asks; the message says what to do."""


class Reach:
    """Fetches into repositories of ours."""

    def __init__(self, *, whole: bool) -> None:
        """Fetch commits with the content of their files, or without."""
        self._filter = () if whole else ("--filter=blob:none",)

    def commit(self, git: Git, address: str, commit: str) -> None:
        """Have a commit that another repository names. Raises Unreadable or Refused."""
        git.folder.mkdir(parents=True, exist_ok=True)
        _patiently(git, "init", "-q", "--bare")
        if git.has_all(commit, *self._filter):
            return
        if git.has(commit):
            git.clear()  # what a dead run, or a full disk, has left of it
        try:
            self._fetch(git, address, commit)
        except GitError as error:
            said, shown = str(error), tree_address.shown(address)
            if _NO_SUCH.search(said):
                raise Refused(
                    f"{shown} has no commit {commit}: push it there, or name another"
                ) from None
            if UNSOUND in said:
                raise Refused(f"{shown} holds what git takes for an attack: {said}") from None
            raise Unreadable(f"cannot read {shown}: {said}") from None

    def _fetch(self, git: Git, address: str, commit: str) -> None:
        how = ("fetch", "-q", "--no-tags", *self._filter)
        # by a name of ours, so that the next one brings only what is new
        named = f"{commit}:{_OURS}/{commit}"
        try:
            _patiently(git, *how, "--depth=1", "--", address, named, environment=_PROTOCOLS)
        except GitError as error:
            if _TIPS_ALONE not in str(error):
                raise
            # an old server, or one by plain ssh: it may be behind a tip
            _patiently(git, *how, "--", address, *_TIPS, environment=_PROTOCOLS)
            if not git.has(commit):
                raise
            git.run("update-ref", f"{_OURS}/{commit}", commit)

    def contents(self, git: Git, address: str, commit: str, ids: Iterable[str]) -> None:
        """Have the content of files of a commit that was fetched without. Raises Unreadable."""
        wanted = set(ids)
        lacking = wanted & git.missing(commit) if wanted and self._filter else set()
        if not lacking:
            return
        names = "".join(f"{name}\n" for name in lacking).encode()
        fetch = ("fetch", "-q", "--no-tags", "--no-write-fetch-head")
        # else the server takes it that who has a commit has all of it
        files = ("-c", "fetch.negotiationAlgorithm=noop", *fetch, *self._filter, "--stdin")
        try:
            with contextlib.suppress(GitError):
                _patiently(git, *files, "--", address, given=names)
            # an old server gives no single file, and to git that is no failure
            if lacking & git.missing(commit):
                whole = ("--no-filter", "--refetch", "--depth=1")
                _patiently(git, *fetch, *whole, "--", address, commit)
        except GitError as error:
            raise Unreadable(f"cannot read {tree_address.shown(address)}: {error}") from None


def _patiently(
    git: Git, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> None:
    """Run git where another run may be at work, or a dead one have left its locks."""
    for pause in _PAUSES:
        try:
            git.run(*words, given=given, environment=environment)
        except GitError as error:
            if not _LOCKED.search(str(error)):
                raise
            time.sleep(pause)
        else:
            return
    git.unlock(_DEAD_SECONDS)
    git.run(*words, given=given, environment=environment)

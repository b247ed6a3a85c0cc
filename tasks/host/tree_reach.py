"""Getting what a commit needs from servers: with all it holds, or only what tells what that is."""

import re
from collections.abc import Iterable

from . import tree_address
from .tree_git import Git, GitError

# the server answered, and has no such thing
_NO_SUCH = re.compile("not our ref|remote ref|unadvertised object")
_UNSOUND = "fsck error"
# of an address that a repository names; git's own wall behind the one of tree_address
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
        git.make()
        if git.has(commit) and (self._filter or git.has_all(commit)):
            return
        if not self._filter and git.has(commit):
            git.clear()  # what a dead run, or a full disk, has left of it
        # by a name of ours, so that the next one brings only what is new
        to = f"{commit}:refs/changeover/{commit}"
        how = ("fetch", "-q", "--no-tags", "--depth=1", *self._filter, "--", address, to)
        try:
            git.run(*how, environment=_PROTOCOLS)
        except GitError as error:
            said, shown = str(error), tree_address.shown(address)
            if _NO_SUCH.search(said):
                raise Refused(
                    f"{shown} has no commit {commit}: push it there, or name another"
                ) from None
            if _UNSOUND in said:
                raise Refused(f"{shown} holds what git takes for an attack: {said}") from None
            raise Unreadable(f"cannot read {shown}: {said}") from None

    def contents(self, git: Git, address: str, commit: str, ids: Iterable[str]) -> None:
        """Have the content of files of a commit that was fetched without. Raises Unreadable."""
        wanted = set(ids)
        lacking = wanted & git.missing(commit) if wanted and self._filter else set()
        if not lacking:
            return
        names = "".join(f"{name}\n" for name in lacking).encode()
        # else the server takes it that who has a commit has all of it
        how = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "--no-tags")
        how += ("--no-write-fetch-head", *self._filter, "--stdin")
        try:
            git.run(*how, "--", address, given=names)
        except GitError as error:
            raise Unreadable(f"cannot read {tree_address.shown(address)}: {error}") from None

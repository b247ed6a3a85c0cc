"""The commit to release: the script that resolves a ref, and what it printed, parsed."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from changeover.host import json_text
from changeover.plans.script import script

FINAL = 3
_COMMIT_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Parts:
    """What a commit needs beside its own repository."""

    submodules: tuple[str, ...] = ()
    """Their paths."""
    large: int = 0
    """How many files have their content on a Git LFS server."""
    kilobytes: int = 0
    """How large all of that content is."""
    problems: tuple[str, ...] = ()
    """A line for each thing that cannot be had: what, what is wrong, what to do."""
    links: Mapping[str, str] = field(default_factory=dict)
    """What each symbolic link of the app's folder leads to, by path in the repository."""


# Runs the same on the controller and, where that has no access, on a host.
@dataclass(frozen=True)
class Commit:
    """One commit, with git's object id of each path that decides what a release must do."""

    id: str
    committed: int
    """Committer time, seconds since 1970."""
    objects: Mapping[str, str | None]
    """Path in the repository to git's object id of its content; None where the path is not."""
    links: frozenset[str] = frozenset()
    """Those of the asked paths and folders that are symbolic links in the commit."""
    texts: Mapping[str, str | None] = field(default_factory=dict)
    """The text of each file that was asked for; None where there is none, or it cannot be read."""
    parts: Parts | None = None
    """None where nobody was asked for any path."""

    @property
    def release(self) -> str:
        """
        Return the release's name, ``<UTC time>-<12 hex>``.

        The time is the commit's own, so that every host and every later run find the same name.
        """
        time = datetime.fromtimestamp(self.committed, UTC).strftime("%Y%m%dT%H%M%SZ")
        return f"{time}-{self.id[:12]}"


@dataclass(frozen=True)
class Source:
    """Where a commit comes from and which of its paths matter."""

    repository: str
    """Its address, without a login."""
    ref: str
    paths: tuple[str, ...]
    known_hosts: str = ""
    folders: tuple[str, ...] = ()
    """Folders in which links are made: a symbolic link of the commit there would lead elsewhere."""
    directory: str = ""
    """Of the app in the repository, "" where that is all of it."""
    texts: tuple[str, ...] = ()
    """Files that name others of the commit, so that their text has to be known."""
    login: str = field(default="", repr=False)
    """At the repository's server, as git's credential helpers print it."""


def resolve_script(
    source: Source, app: str, deploy_key: str, cache: str, tree: Sequence[str]
) -> str:
    """
    Return the script that prints the commit; ``cache`` is a bare repository it may fill.

    ``tree`` is how the host program ``tree`` is called (``host/tree/cli.py``). A login comes on
    its stdin, or as a credential of systemd's.
    """
    return script(
        "commit/resolve",
        functions="fetch/login",
        has_login="yes" if source.login else "",
        app=app,
        tree=tree,
        directory=source.directory,
        repository=source.repository,
        ref=source.ref,
        paths=list(source.paths),
        folders=list(source.folders),
        texts=list(source.texts),
        known_hosts=source.known_hosts,
        deploy_key=deploy_key,
        cache=cache,
        final=FINAL,
    )


def parse_commit(lines: Sequence[str]) -> Commit:
    """Read what the script printed. Raises ValueError when it is something else."""
    found: tuple[str, int] | None = None
    objects: dict[str, str | None] = {}
    texts: dict[str, str | None] = {}
    links = set()
    parts: Parts | None = None
    for line in lines:
        kind, _, rest = line.partition(" ")
        first, _, second = rest.partition(" ")
        if kind == "commit" and _COMMIT_ID.fullmatch(first) and second.isdigit():
            found = (first, int(second))
        elif kind == "path":
            objects[second] = None if first == "-" else first
        elif kind == "text":
            texts[second] = None if first == "-" else _text(first)
        elif kind == "link":
            links.add(rest)
        elif kind == "parts":
            parts = _parts(rest)
    if found is None:
        raise ValueError("git named no commit")
    return Commit(*found, objects, frozenset(links), texts, parts)


def _parts(text: str) -> Parts:
    about = json_text.read(text)
    if "links" not in about:
        raise ValueError("the host's programs are of an earlier version")
    return Parts(
        submodules=tuple(about["submodules"]),
        large=about["large"],
        kilobytes=about["kilobytes"],
        problems=tuple(about["problems"]),
        links=about["links"],
    )


def _text(encoded: str) -> str | None:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except UnicodeDecodeError:
        return None

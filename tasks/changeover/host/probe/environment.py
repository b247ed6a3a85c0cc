"""The app's environment: the names of its keys, and values only of what is public."""

import grp
import pwd
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..environment_file import File
from ..postgres.defaults import counting
from .asked import Asked
from .files import content, content_of_app, entries
from .words import Verbatim


class Seen(NamedTuple):
    """The files of an app's environment, read."""

    in_force: File | None
    counts: File
    """The one whose values count: that of a release in progress, where there is one."""
    source: str
    """Where that one is."""


def look(asked: Asked) -> Seen:
    """Read them."""
    found = content_of_app(asked.env_file)
    in_force = None if found is None else parsed(found)
    candidate = content(asked.candidate)
    if candidate is not None:
        return Seen(in_force, parsed(candidate), asked.candidate)
    return Seen(in_force, in_force or File(""), asked.env_file)


def read(asked: Asked, seen: Seen) -> dict[str, Any]:
    """Tell of the host's file; its lines are wrong by their numbers only, as they may be secret."""
    given, prefix = seen.in_force or File(""), asked.public_prefix
    public = {one.key: one.value for one in seen.counts.given if one.key.startswith(prefix)}
    kept = [one for one in entries(f"{asked.state}/environments") if one.name.endswith(".env")]
    return {
        "env_mode": " ".join(mode_and_owner(asked.env_file)) if seen.in_force else None,
        "env_keys": list(dict.fromkeys(one.key for one in given.given)),
        "env_unread": given.unread,
        "env_public": Verbatim(public if prefix else {}),
        "env_defaults": _defaults(asked, seen.counts),
        "kept_environments": [entry.path for entry in kept],
    }


def _defaults(asked: Asked, counts: File) -> dict[str, list[str]]:
    """Tell of the app's URLs which keys count for what they do not say."""
    found = {key: counting(url(counts, key)) for key in (asked.database_key, asked.pooled_key)}
    return {key: counted for key, counted in found.items() if counted}


def url(text: File, key: str) -> str:
    """Return the database's URL, "" where there is none."""
    found = text.value(key) or ""
    return found if found.isprintable() else "other"


def parsed(read: bytes) -> File:
    """Return a file as systemd reads it."""
    return File(read.decode("utf-8", "surrogateescape"))


def mode_and_owner(path: str) -> tuple[str, str, str] | tuple[()]:
    """Return mode, user and group of what is there, and be it a link."""
    try:
        found = Path(path).lstat()
    except OSError:
        return ()
    user = _name(lambda: pwd.getpwuid(found.st_uid).pw_name)
    group = _name(lambda: grp.getgrgid(found.st_gid).gr_name)
    return f"{stat.S_IMODE(found.st_mode):o}", user, group


def _name(find: Callable[[], str]) -> str:
    try:
        return find()
    except KeyError:
        return "UNKNOWN"

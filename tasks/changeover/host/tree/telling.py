"""Files of a commit that tell something of others: attributes, submodules, the Git LFS server."""

import os
from collections.abc import Iterator, Mapping
from itertools import accumulate

from ..files import Failure
from .git import Git, GitError
from .names import find, within
from .objects import FILE, Entry, Objects

ATTRIBUTES, MODULES_FILE, LFS_FILE = ".gitattributes", ".gitmodules", ".lfsconfig"


def telling(
    objects: Objects, tree: str, directory: str, found: Mapping[str, Entry]
) -> dict[str, str]:
    """Return the ids, by path, of what tells something of a directory and all that is ``found``."""
    folders = ["", *accumulate(directory.split("/"), within)] if directory else [""]
    above = (MODULES_FILE, LFS_FILE, *(within(folder, ATTRIBUTES) for folder in folders))
    files = {path: find(objects, tree, path) for path in above}
    files |= {path: entry for path, entry in found.items() if is_attributes(path)}
    # git itself follows no link there
    return {path: entry.id for path, entry in files.items() if entry and entry.kind == FILE}


def is_attributes(path: str) -> bool:
    """Tell whether a path is that of attributes."""
    return path.rpartition("/")[2] == ATTRIBUTES


def addresses(git: Git, told: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the addresses of submodules by their paths. Raises Failure."""
    named: dict[str, dict[str, str]] = {}
    for key, value in _values(git, told, MODULES_FILE):
        if key.startswith("submodule.") and key.endswith((".path", ".url")):
            name, _, kind = key.removeprefix("submodule.").rpartition(".")
            if ".." in name.replace("\\", "/").split("/"):
                raise Failure(f"{MODULES_FILE}: git refuses the name {name!r}; give it another")
            named.setdefault(name, {})[kind] = value
    found: dict[str, list[str]] = {}
    for one in named.values():
        if one.get("url"):
            found.setdefault(one.get("path", "").rstrip("/"), []).append(one["url"])
    return found


def server(git: Git, told: Mapping[str, str]) -> str:
    """Return the Git LFS server's address that a commit names, "" for none. Raises Failure."""
    values = dict(_values(git, told, LFS_FILE))
    return values.get("lfs.url") or values.get("remote.origin.lfsurl") or ""


def _values(git: Git, told: Mapping[str, str], file: str) -> Iterator[tuple[str, str]]:
    """Yield what a file in git's own form says: names, in lower case where git has it so."""
    if file not in told:
        return
    try:
        said = git.run("config", "--no-includes", f"--blob={told[file]}", "-z", "--list")
    except GitError as error:
        raise Failure(f"{file}: git cannot read it ({error}); mend it") from None
    for line in said.split(b"\0")[:-1]:
        key, _, value = os.fsdecode(line).partition("\n")
        yield key, value

"""What a commit says of its submodules."""

import os
from collections.abc import Iterator

from .changeover_files import Failure
from .tree_git import Git

MODULES_FILE = ".gitmodules"


def values(git: Git, blob: str) -> Iterator[tuple[str, str]]:
    """Yield what a file in git's own form says: names, in lower case where git has it so."""
    said = git.run("config", "--no-includes", f"--blob={blob}", "-z", "--list")
    for line in said.split(b"\0")[:-1]:
        key, _, value = os.fsdecode(line).partition("\n")
        yield key, value


def addresses(git: Git, blob: str | None) -> dict[str, list[str]]:
    """Return the addresses of submodules by their paths."""
    named: dict[str, dict[str, str]] = {}
    for key, value in values(git, blob) if blob else ():
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

"""The releases on a host, with their links, and what is complete of what they use."""

import re
from pathlib import Path
from typing import Any

from .. import json_text
from ..run import Run
from .asked import Asked
from .files import content, entries, folders, is_file, leads_to
from .words import Verbatim

_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\udc80-\udcff]")
_FIND_SECONDS = 600
_OURS = (
    *("(", "-lname", "*/environments/*", "-o", "-lname", "*/builds/*"),
    *("-o", "-lname", "*../shared/*", ")"),
)


def linking(asked: Asked) -> Run | None:
    """Begin to look for links in all releases: find is quicker at it than we are."""
    names = [f"./{entry.name}" for entry in folders(asked.releases)]
    if not names:
        return None
    words = ["find", *names, "-type", "l", *_OURS, "-printf", r"%H\t%P\t%l\0"]
    return Run(words, folder=asked.releases, seconds=_FIND_SECONDS)


def read(asked: Asked, links: Run | None) -> dict[str, Any]:
    """Tell what was released, and what is being made."""
    by_release = _links(links)
    found = {}
    for entry in folders(asked.releases):
        about = content(f"{entry.path}/.changeover/release.json")
        history = content(f"{entry.path}/.changeover/migrations.json")
        if about is None:
            continue
        ours = by_release.get(entry.name, {})
        found[entry.name] = {"about": Verbatim(json_text.read(about)), "links": Verbatim(ours)}
        if history is not None:
            found[entry.name]["migrations"] = Verbatim(json_text.read(history))
    current = leads_to(asked.current)
    hidden = [entry.name for entry in entries(asked.releases) if entry.name.startswith(".")]
    return {"releases": found, "current": current and Path(current).name, "unfinished": hidden}


def complete(asked: Asked) -> list[str]:
    """Tell which environments and builds came to their end."""
    made = folders(asked.environments, asked.builds)
    return [entry.name for entry in made if is_file(f"{entry.path}/.complete")]


def _links(run: Run | None) -> dict[str, dict[str, str]]:
    """
    Return the links by their paths.

    A link of a commit may have any name and lead anywhere: one of ours is plain text.
    """
    found: dict[str, dict[str, str]] = {}
    for one in run.text().split("\0") if run else ():
        parts = one.split("\t")
        if len(parts) == 3 and all(parts) and not any(map(_ODD.search, parts)):
            name, path, to = parts
            found.setdefault(name.removeprefix("./"), {})[path] = to
    return found

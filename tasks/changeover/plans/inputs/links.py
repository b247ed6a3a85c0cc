"""Where symbolic links lead that lie in what something is made from: that counts as well."""

from collections.abc import Iterable
from dataclasses import replace
from posixpath import dirname
from typing import TypeVar

from changeover.host.shown_text import shown
from changeover.plans.inputs.tree import ALL, Inputs, Tree, is_below, outermost

_MOST = 40
"""As many as Linux follows for one path."""
_OUTSIDE = (
    "is a symbolic link to {} of the repository, which lies out of the app's folder, and so out of"
    " the release: put it into that folder, or take the link out"
)
_UNPRINTABLE = "is a symbolic link to a path that cannot be printed: take it out"
Found = TypeVar("Found", bound=Inputs)


def followed(found: Found, tree: Tree) -> Found:
    """
    Return what something is made from, with what links in it lead to.

    What is not in the commit, no link leads to: it is the same in each release. What is made from
    the whole app sees each link as the release itself does.
    """
    links = tree.links()
    paths, asked, problems = set(found.paths), list[str](), list[str]()
    waiting = sorted(paths)
    while waiting:
        within = waiting.pop()
        for link in [path for path in links if is_below(path, within)]:
            for path in _passed(link, links):
                if any(is_below(path, one) for one in paths) or tree.is_outside(path):
                    continue
                problem = _problem(link, path, tree)
                problems += [problem] if problem else []
                asked += [path] if path.isprintable() else []
                if not problem and tree.object_of(path) is not None:
                    paths.add(path)
                    # of a link on the way only what is behind it
                    waiting += [path] if path not in links else []
    return replace(
        found,
        paths=outermost(paths),
        asked=tuple(dict.fromkeys([*found.asked, *asked])),
        problems=tuple(dict.fromkeys([*found.problems, *problems])),
    )


def _problem(link: str, path: str, tree: Tree) -> str:
    if not path.isprintable():
        return f"{shown(link)}: {_UNPRINTABLE}"
    if path.startswith("../") and tree.object_of(path) is not None:
        return f"{shown(link)}: {_OUTSIDE.format(tree.in_repository(path))}"
    return ""


def _passed(link: str, links: dict[str, str]) -> Iterable[str]:
    """Return the paths that a link leads over, the last of which is no link; none of the host's."""
    at, rest = _parts(dirname(link)), _parts(links[link])
    passed = list[str]()
    if links[link].startswith("/"):
        return ()
    while rest:
        name = rest.pop(0)
        if name == ".." and at[-1:] not in ([], [".."]):
            at.pop()
            continue
        at.append(name)
        there = "/".join(at)
        if there in links:
            passed.append(there)
            if links[there].startswith("/") or len(passed) > _MOST:
                return passed
            at, rest = at[:-1], [*_parts(links[there]), *rest]
    return [*passed, "/".join(at) or ALL]


def _parts(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]

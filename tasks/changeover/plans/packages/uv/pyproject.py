"""What a project's ``pyproject.toml`` names of the tree that it lies in."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from changeover.plans.packages.uv.requirements import local


@dataclass(frozen=True)
class Project:
    """What is read of it."""

    paths: tuple[str, ...] = ()
    """Other projects, relative to its folder."""
    in_place: bool = False
    """One of them is to be used where it lies."""
    workspace: bool = False
    """Some of them are found by the folders above it."""
    has_members: bool = False
    """It is the root of a workspace of uv's: where packages are found counts for its members."""
    sets_uv: bool = False
    """It has settings of uv's, which count for every install in its folder."""
    problem: str = ""


def parse(text: str) -> Project:
    """Return what it names; what is wrong with it is the problem."""
    try:
        about = tomllib.loads(text)
        sources = list(_sources(about))
        paths = [source["path"] for source in sources if isinstance(source.get("path"), str)]
        paths += _named(about)
    except RecursionError:
        return Project(problem="it is nested too deep")
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError) as error:
        return Project(problem=str(error))
    return Project(
        tuple(dict.fromkeys(paths)),
        in_place=any(map(_is_in_place, sources)),
        workspace=any(source.get("workspace") for source in sources),
        has_members="workspace" in about.get("tool", {}).get("uv", {}),
        sets_uv="uv" in about.get("tool", {}),
    )


def _is_in_place(source: dict[str, Any]) -> bool:
    """Tell whether uv or Poetry use it where it lies; a member of a workspace, uv does."""
    if source.get("workspace"):
        return source.get("editable") is not False
    return bool(source.get("editable") or source.get("develop"))


def _sources(about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield where uv and Poetry are told to find packages."""
    tool = about.get("tool", {})
    poetry = tool.get("poetry", {})
    groups = [group.get("dependencies", {}) for group in poetry.get("group", {}).values()]
    tables = [tool.get("uv", {}).get("sources", {}), poetry.get("dependencies", {}), *groups]
    for table in tables:
        for found in table.values():
            for source in found if isinstance(found, list) else [found]:
                if isinstance(source, dict):
                    yield source


def _named(about: dict[str, Any]) -> list[str]:
    """Return the paths among what it depends on."""
    project = about.get("project", {})
    lists = [project.get("dependencies", []), about.get("build-system", {}).get("requires", [])]
    lists += project.get("optional-dependencies", {}).values()
    lists += about.get("dependency-groups", {}).values()
    texts = (one for found in lists for one in found if isinstance(one, str))
    return [path for path in map(local, texts) if path is not None]

"""What node_modules are made from: package.json and its lock, and what of the tree these name."""

from collections.abc import Iterator, Mapping
from posixpath import dirname
from typing import Any

from changeover.host import json_text
from changeover.plans.inputs.links import followed
from changeover.plans.inputs.tree import (
    ALL,
    LEADS_OUT,
    LINK,
    NOT_THERE,
    UNREADABLE,
    Inputs,
    Tree,
    join,
    outermost,
    within,
)
from changeover.plans.packages.npm.npmrc import flag
from changeover.settings.node import Node

MANIFEST, LOCK, SETTINGS, GYP = "package.json", "package-lock.json", ".npmrc", "binding.gyp"
_SHRINKWRAP = "npm-shrinkwrap.json"
# what npm runs of a package that lies in the tree; the app's own package is one
_BY_ITSELF = (
    *("preinstall", "install", "postinstall", "dependencies"),
    *("prepublish", "preprepare", "prepare", "postprepare"),
)
_NOT_PLAIN = (
    "nobody can be sure how npm reads install-links here: write it as install-links=true or"
    " install-links=false, once, above any [section]"
)
_IN_ITS_PLACE = f"npm takes it in place of {LOCK}: keep one of the two (git mv to the name {LOCK})"
_PACKED = (".tgz", ".tar.gz", ".tar")


def inputs(node: Node, tree: Tree) -> Inputs:
    """Return what is known so far; of what has no text yet, git has to be asked again."""
    files = [join(node.directory, name) for name in (MANIFEST, LOCK, SETTINGS)]
    manifest, lock, settings = files
    problems: list[str] = []
    try:
        local, copied = _named(json_text.read(tree.text_of(lock) or "{}"))
    except (AttributeError, TypeError, ValueError):
        local, copied = [], []
        problems.append(f"{lock}: is no lock of npm's")
    own = tree.text_of(settings) or ""
    packed = flag(own, "install-links")
    if packed is None and local:
        problems.append(f"{settings}: {_NOT_PLAIN}")
    if packed:
        local, copied = [], [*copied, *local]  # they are not led to
    folders = list(_placed(node, local, lock, problems))
    manifests = [manifest, *(join(folder, MANIFEST) for folder in folders)]
    # npm links only those programs of a package that are there
    programs = [path for one in manifests[1:] for path in _programs(one, tree)]
    paths = [*manifests, lock, *_placed(node, copied, lock, problems), *(node.reads or ())]
    paths += [path for path in (settings, *programs) if tree.object_of(path)]
    gyp = [join(dirname(one) or ALL, GYP) for one in manifests]
    runs = any(_runs(one, tree) for one in manifests) or any(map(tree.object_of, gyp))
    if runs and node.reads is None and not flag(own, "ignore-scripts"):
        paths = [ALL]  # whatever such a script reads
    texts = (*manifests, lock, settings)
    shrinkwrap = join(node.directory, _SHRINKWRAP)
    asked = [*paths, *texts, *programs, *gyp, shrinkwrap]
    problems += [f"{shrinkwrap}: {_IN_ITS_PLACE}"] if tree.object_of(shrinkwrap) else []
    problems += [f"{path}: {LINK}" for path in dict.fromkeys(asked) if tree.is_link(path)]
    problems += [f"{path}: {UNREADABLE}" for path in texts if tree.is_unreadable(path)]
    problems += [
        f"{path}: {NOT_THERE}"
        for path in paths
        if path not in (manifest, lock) and tree.was_asked(path) and not tree.object_of(path)
    ]
    found = Inputs(
        paths=outermost(paths),
        asked=tuple(dict.fromkeys(asked)),
        texts=tuple(dict.fromkeys(texts)),
        problems=tuple(dict.fromkeys(problems)),
        local=tuple(folders),
    )
    return followed(found, tree)


def _named(lock: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return what a lock names of the tree: folders that are led to, and what is copied."""
    if "packages" not in lock:
        return _named_of_old(lock)
    local = [path for path in lock["packages"] if path and "node_modules" not in path.split("/")]
    copied = [
        about["resolved"].removeprefix("file:")
        for about in lock["packages"].values()
        if not about.get("link") and str(about.get("resolved", "")).startswith("file:")
    ]
    return local, copied


def _named_of_old(lock: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the same of a lock of npm 6."""
    found = [
        about["version"].removeprefix("file:")
        for about in _all(lock)
        if str(about.get("version", "")).startswith("file:")
    ]
    packed = [path for path in found if path.endswith(_PACKED)]
    return [path for path in found if path not in packed], packed


def _all(lock: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for about in lock.get("dependencies", {}).values():
        yield about
        yield from _all(about)


def _placed(node: Node, paths: list[str], lock: str, problems: list[str]) -> Iterator[str]:
    for path in dict.fromkeys(paths):
        found = within(node.directory, path)
        if found is None:
            problems.append(f"{lock}: {path}: {LEADS_OUT}")
        else:
            yield found


def _manifest(path: str, tree: Tree) -> dict[str, Any]:
    """Return a package.json; what is none, npm itself will refuse."""
    try:
        found = json_text.read(tree.text_of(path) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _runs(manifest: str, tree: Tree) -> bool:
    scripts = _manifest(manifest, tree).get("scripts")
    return isinstance(scripts, dict) and any(name in scripts for name in _BY_ITSELF)


def _programs(manifest: str, tree: Tree) -> Iterator[str]:
    """Yield the programs that a package brings."""
    programs = _manifest(manifest, tree).get("bin")
    found = programs.values() if isinstance(programs, dict) else [programs]
    for one in found:
        path = within(dirname(manifest) or ALL, one) if isinstance(one, str) else None
        if path:
            yield path

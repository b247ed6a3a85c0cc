"""What built assets are made from."""

from dataclasses import replace

from changeover.plans import packages
from changeover.plans.inputs.links import followed
from changeover.plans.inputs.tree import ALL, NOT_THERE, Inputs, Tree, is_below, outermost
from changeover.settings.app import App


def inputs(app: App, tree: Tree) -> Inputs:
    """
    Return what a build is made from: its folder, and what else it is said to read.

    Where the app has packages of its own beside that folder (workspaces), all of them, and what
    stands around them: settings of tools that they share. What is made from the whole app may
    also read which commit it is.
    """
    build = app.build
    if build is None:
        return Inputs()
    paths = [ALL] if build.as_app else [build.directory, *build.reads]
    manager = packages.of(app.node, tree)
    if app.node and manager:
        paths += manager.required
        local = manager.inputs.local
        if not all(is_below(folder, build.directory) for folder in local):
            paths += [app.node.directory, *local]
    problems = [
        f"Build(reads=...): {path}: {NOT_THERE}"
        for path in build.reads
        if tree.was_asked(path) and not tree.object_of(path)
    ]
    named = Inputs(outermost(paths), asked=tuple(paths), problems=tuple(problems))
    found = followed(named, tree)
    return replace(found, in_place=found.paths == (ALL,))

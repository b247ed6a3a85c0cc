"""What symbolic links lead to that lie in what something is made from."""

from collections.abc import Callable, Mapping

import pytest

from changeover.plans.commit import Commit, Parts
from changeover.plans.inputs import build
from changeover.plans.inputs.links import followed
from changeover.plans.inputs.tree import Inputs, Tree
from changeover.plans.packages.npm import inputs as node
from changeover.plans.packages.uv import inputs as python
from changeover.settings.app import App
from changeover.settings.build import Build
from changeover.settings.node import Node
from changeover.settings.processes import Web
from changeover.settings.python import Python

OUTSIDE = (
    "a/x: is a symbolic link to common/x of the repository, which lies out of the app's folder,"
    " and so out of the release: put it into that folder, or take the link out"
)


def found(
    make: Callable[[Tree], Inputs],
    links: Mapping[str, str],
    there: tuple[str, ...],
    directory: str = ".",
    texts: Mapping[str, str] = {},
) -> Inputs:
    """Ask until nothing new has to be asked, as a run does; all paths are of the repository."""
    names = {*links, *there, *texts}
    objects = {name[:at] for name in names for at in [i for i, x in enumerate(name) if x == "/"]}
    objects |= names | {""}
    seen, commit = Inputs(), Commit("1" * 40, 0, {}, parts=Parts(links=links))
    for _ in range(9):
        tree = Tree(commit, directory)
        seen = make(tree)
        asked = {tree.in_repository(path) for path in (*seen.asked, *seen.texts)}
        known = {path: "id" if path in objects else None for path in asked}
        commit = Commit(commit.id, 0, known, frozenset(), texts, Parts(links=links))
    return seen


@pytest.mark.parametrize(
    ("links", "there", "paths"),
    [
        ({"a/x": "../common/x"}, ("common/x", "common/y"), ("a", "common/x")),
        ({"a/x": "y"}, ("a/y",), ("a",)),
        ({"a/b/x": "../y"}, ("a/y",), ("a",)),
        ({"a/x": "../common"}, ("common/x",), ("a", "common")),
        # one leads to another, and over one
        ({"a/x": "../b/x", "b/x": "../c/x"}, ("c/x",), ("a", "b/x", "c/x")),
        ({"a/x": "../b/x", "b": "c"}, ("c/x",), ("a", "b", "c/x")),
        ({"a/x": "../b", "b/y": "../c"}, ("c/z", "b/w"), ("a", "b", "c")),
        ({"a/x": ".."}, ("c",), (".",)),
        ({"a/x": "../a/../c/./x"}, ("c/x",), ("a", "c/x")),
        # nothing of the commit: as the release has it
        ({"a/x": "../gone"}, (), ("a",)),
        ({"a/x": "/etc/hosts"}, ("etc/hosts",), ("a",)),
        ({"a/x": "../b", "b": "/etc"}, (), ("a", "b")),
        ({"a/x": "../../etc/hosts"}, ("etc/hosts",), ("a",)),
        ({"a/x": "x"}, (), ("a",)),
        ({"a/x": "../b/x", "b/x": "../a/x"}, (), ("a", "b/x")),
        ({"other/x": "../common/x"}, ("common/x", "a/x"), ("a",)),
    ],
)
def test_what_they_lead_to_counts(
    links: Mapping[str, str], there: tuple[str, ...], paths: tuple[str, ...]
) -> None:
    seen = found(lambda tree: followed(Inputs(("a",), ("a",)), tree), links, there)

    assert (seen.paths, seen.problems) == (paths, ())


def test_what_lies_out_of_the_apps_folder_is_refused_by_name() -> None:
    links = {"play/a/x": "../../common/x", "play/a/y": "../b", "play/a/z": "../../gone"}

    seen = found(
        lambda tree: followed(Inputs(("a",), ("a",)), tree),
        links,
        ("common/x", "play/b"),
        directory="play",
    )

    assert (seen.paths, seen.problems) == (("a", "b"), (OUTSIDE,))


def test_what_is_made_from_all_of_the_app_sees_links_as_the_release_does() -> None:
    seen = found(
        lambda tree: followed(Inputs((".",), (".",)), tree),
        {"play/a/x": "../../common/x"},
        ("common/x",),
        directory="play",
    )

    assert (seen.paths, seen.asked, seen.problems) == ((".",), (".",), ())


def test_a_path_that_cannot_be_told_is_refused() -> None:
    links = {"a/x": "../b\ncommit 2"}

    seen = found(lambda tree: followed(Inputs(("a",), ("a",)), tree), links, ())

    assert seen.problems == (
        "a/x: is a symbolic link to a path that cannot be printed: take it out",
    )
    assert seen.asked == ("a",)


APP = App(
    name="x", build=Build(directory="a", command="make"), processes=(Web("/bin/x", listens="fd"),)
)
LOCK = '{"packages": {"": {}, "node_modules/a": {"resolved": "file:a"}}}'


@pytest.mark.parametrize(
    ("make", "texts"),
    [
        (lambda tree: python.inputs(Python(), tree), {"requirements.txt": "./a"}),
        (lambda tree: python.inputs(Python(), tree), {"requirements.txt": "-f ./a"}),
        (lambda tree: python.inputs(Python(reads=("a",)), tree), {"requirements.txt": ""}),
        (lambda tree: node.inputs(Node(reads=("a",)), tree), {}),
        (lambda tree: node.inputs(Node(), tree), {"package-lock.json": LOCK}),
        (lambda tree: build.inputs(APP, tree), {}),
        (
            lambda tree: build.inputs(
                APP.model_copy(
                    update={"build": Build(directory="b", command="make", reads=("a",))}
                ),
                tree,
            ),
            {},
        ),
    ],
)
def test_so_it_is_wherever_packages_and_builds_are_made(
    make: Callable[[Tree], Inputs], texts: Mapping[str, str]
) -> None:
    seen = found(make, {"a/x": "../common/x"}, ("common/x", "b/x"), texts=texts)

    assert "common/x" in seen.paths
    assert not seen.problems

    below = {f"play/{path}": text for path, text in texts.items()}
    links = {"play/a/x": "../../common/x"}
    seen = found(make, links, ("common/x", "play/b/x"), directory="play", texts=below)

    assert seen.problems == (OUTSIDE,)

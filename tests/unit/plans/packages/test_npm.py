"""What of a commit node_modules and builds are made from, and what is refused by name."""

import json
from collections.abc import Mapping

import pytest

from changeover.plans.commit import Commit
from changeover.plans.inputs import build
from changeover.plans.inputs.tree import Inputs, Tree
from changeover.plans.packages.npm import inputs as node
from changeover.settings.app import App
from changeover.settings.build import Build
from changeover.settings.node import Node
from changeover.settings.processes import Web

DEEP = '{"dependencies":' * 100_000
PLAIN = {"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}
SHOP = {
    "": {"workspaces": ["packages/*"]},
    "packages/shop": {"version": "1.0.0"},
    "node_modules/@own/shop": {"resolved": "packages/shop", "link": True},
    "packages/shop/node_modules/a": {"version": "2.0.0"},
}


def known(files: Mapping[str, object]) -> Commit:
    """Return a commit of which all was asked."""
    texts = {path: one if isinstance(one, str) else json.dumps(one) for path, one in files.items()}
    objects = {path: f"id of {path}" for path in files}
    return Commit("1" * 40, 0, {"": "all", **objects}, frozenset(), texts)


def found(files: Mapping[str, object], declared: Node | None = None) -> Inputs:
    """Return what is found once all was asked."""
    declared, commit = declared or Node(), known(files)
    for _ in range(3):
        seen = node.inputs(declared, Tree(commit))
        objects = {path: commit.objects.get(path) for path in (*seen.asked, *seen.texts)}
        commit = Commit(commit.id, 0, objects, frozenset(), commit.texts)
    return seen


def packages(**more: object) -> dict[str, object]:
    return {"package.json": {}, "package-lock.json": {"packages": {**SHOP, **more}}}


def test_of_a_plain_lock_it_is_the_manifest_and_the_lock() -> None:
    files = {"web/package.json": {}, "web/package-lock.json": PLAIN, "web/main.js": ""}

    seen = found(files, Node(directory="web"))

    assert (seen.paths, seen.local) == (("web/package-lock.json", "web/package.json"), ())
    assert not seen.problems


def test_settings_of_npm_count() -> None:
    files = {"package.json": {}, "package-lock.json": PLAIN, ".npmrc": "registry=https://x\n"}

    assert ".npmrc" in found(files).paths


def test_of_workspaces_it_is_their_manifests_and_programs() -> None:
    files = packages() | {
        "packages/shop/package.json": {"bin": {"shop": "./cli.js", "gone": "gone.js"}},
        "packages/shop/cli.js": "",
        "packages/shop/index.js": "",
    }

    seen = found(files)

    assert seen.local == ("packages/shop",)
    assert seen.paths == (
        *("package-lock.json", "package.json"),
        *("packages/shop/cli.js", "packages/shop/package.json"),
    )


@pytest.mark.parametrize(
    "files",
    [
        {"package.json": {"scripts": {"postinstall": "x"}}},
        {"package.json": {"scripts": {"prepare": "husky"}}},
        {"packages/shop/package.json": {"scripts": {"install": "x"}}},
        {"binding.gyp": ""},
        {"packages/shop/binding.gyp": ""},
        {"package.json": {"scripts": {"prepare": "x"}}, ".npmrc": "[a]\nignore-scripts=true"},
        {
            "package.json": {"scripts": {"prepare": "x"}},
            ".npmrc": 'ignore-scripts=true\n"ignore-scripts"=false',
        },
        {"package.json": {"scripts": {"prepare": "x"}}, ".npmrc": "ignore-scripts=${X}"},
    ],
)
def test_where_npm_runs_scripts_of_the_app_it_is_all_of_it(files: dict[str, object]) -> None:
    assert found(packages() | {"packages/shop/package.json": {}} | files).paths == (".",)


@pytest.mark.parametrize(
    ("files", "reads"),
    [
        ({"package.json": {"scripts": {"build": "x", "test": "x"}}}, None),
        ({"package.json": {"scripts": {"postinstall": "x"}}}, ("data",)),
        ({"package.json": {"scripts": {"install": "x"}}, ".npmrc": "ignore-scripts = true"}, None),
        ({"package.json": {"scripts": {"install": "x"}}, ".npmrc": "ignore-scripts=true;x"}, None),
    ],
)
def test_where_it_does_not_or_what_they_read_is_named_it_is_not(
    files: dict[str, object], reads: tuple[str, ...] | None
) -> None:
    there = packages() | {"packages/shop/package.json": {}, "data": ""} | files

    assert "." not in found(there, Node(reads=reads)).paths


@pytest.mark.parametrize(
    ("lock", "setting"),
    [
        ({"packages": {"": {}, "node_modules/x": {"resolved": "file:lib"}}}, ""),
        ({"packages": {"": {}, "node_modules/x": {"resolved": "file:lib"}}}, "install-links=false"),
        ({"packages": {"": {}, "lib": {}, "node_modules/x": {"link": True}}}, "install-links"),
        ({"lockfileVersion": 1, "dependencies": {"x": {"version": "file:lib.tgz"}}}, ""),
    ],
)
def test_what_is_copied_counts_with_all_that_is_in_it(lock: object, setting: str) -> None:
    files = {
        "package.json": {},
        "package-lock.json": lock,
        ".npmrc": setting,
        "lib": "",
        "lib.tgz": "",
    }

    seen = found(files)

    assert {"lib", "lib.tgz"} & set(seen.paths)
    assert seen.local == ()


def test_an_old_lock_names_its_folders_too() -> None:
    inner = {"y": {"version": "file:libs/y"}}
    lock = {
        "lockfileVersion": 1,
        "dependencies": {"x": {"version": "1.0.0", "dependencies": inner}},
    }

    seen = found({"package.json": {}, "package-lock.json": lock, "libs/y/package.json": {}})

    assert seen.local == ("libs/y",)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"package-lock.json": "{"}, "package-lock.json: is no lock of npm's"),
        ({"package-lock.json": "[]"}, "package-lock.json: is no lock of npm's"),
        ({"package-lock.json": DEEP}, "package-lock.json: is no lock of npm's"),
        (
            {"package-lock.json": {"packages": {"../lib": {}}}},
            "package-lock.json: ../lib: leads out of the app's folder, and so out of the release",
        ),
        (
            {"package-lock.json": PLAIN, "npm-shrinkwrap.json": PLAIN},
            "npm-shrinkwrap.json: npm takes it in place of package-lock.json: keep one",
        ),
        (
            packages() | {"packages/shop/package.json": {}, ".npmrc": "install-links=${X}"},
            ".npmrc: nobody can be sure how npm reads install-links here: write it as",
        ),
        (packages(), "packages/shop/package.json: is not in the commit; commit it"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(files: dict[str, object], problem: str) -> None:
    (said,) = found({"package.json": {}, **files}).problems

    assert said.startswith(problem)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (Build(directory="packages/shop"), (".",)),
        (Build(directory="packages"), ("package-lock.json", "package.json", "packages")),
        (Build(directory="."), (".",)),
    ],
)
def test_a_build_is_made_from_its_folder_and_from_all_where_other_packages_lie_beside_it(
    declared: Build, expected: tuple[str, ...]
) -> None:
    service = Web("node server.js", listens="fd")
    app = App(name="shop", node=Node(), build=declared, processes=(service,))
    tax: dict[str, object] = {"packages/tax": {}}
    files = packages(**tax) | {"packages/shop/package.json": {}, "packages/tax/package.json": {}}

    assert build.inputs(app, Tree(known(files))).paths == expected


def test_a_build_without_node_is_made_from_its_folder_and_what_it_is_said_to_read() -> None:
    declared = Build(directory="web", command="make", reads=("VERSION",))
    app = App(name="shop", build=declared, processes=(Web("/bin/shop", listens="fd"),))

    seen = build.inputs(app, Tree(Commit("1" * 40, 0, {"web": "a", "VERSION": None})))

    assert (seen.paths, seen.in_place) == (("VERSION", "web"), False)
    assert seen.problems == ("Build(reads=...): VERSION: is not in the commit; commit it",)

"""Names of environments and builds change exactly when what they hold does."""

from dataclasses import replace

import pytest

from changeover.plans.target import Target, in_repository, source
from changeover.settings.app import App
from changeover.settings.build import Build
from changeover.settings.node import Node
from changeover.settings.python import Python
from tests.unit.plans.world import HELLO, OBJECTS, PLAYMAKER, V2, V2_FIXED, V3, target

PUBLIC = {"VITE_APP_TITLE": "PlayMaker"}


def keys(wanted: Target, public: dict[str, str] = PUBLIC) -> tuple[str | None, ...]:
    return wanted.python_key, wanted.node_key, wanted.build_key(public)


def committed(**objects: str) -> Target:
    return target(commit=replace(V2, objects=OBJECTS | objects))


def test_names_say_what_they_are() -> None:
    for key, kind in zip(keys(target()), ("python", "node", "build"), strict=True):
        assert key
        assert key.startswith(f"{kind}-")
        assert key.removeprefix(f"{kind}-").isalnum()


@pytest.mark.parametrize("commit", [V2_FIXED, V3])
def test_code_and_migrations_change_no_key(commit: object) -> None:
    assert keys(target(commit=commit)) == keys(target())  # type: ignore[arg-type]


def changed(app: App, wanted: Target | None = None, public: dict[str, str] = PUBLIC) -> list[str]:
    now = keys(wanted or target(app), public)
    names = ("python", "node", "build")
    return [n for n, old, new in zip(names, keys(target()), now, strict=True) if old != new]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("requirements.txt", ["python"]),
        ("frontend/package.json", ["node", "build"]),
        ("frontend/package-lock.json", ["node", "build"]),
        ("frontend", ["build"]),
        ("alembic", []),
    ],
)
def test_a_changed_path_changes_what_is_made_from_it(path: str, expected: list[str]) -> None:
    assert changed(PLAYMAKER, committed(**{path: "changed"})) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"python": Python(version="3.12")}, ["python"]),
        ({"node": Node(version="24", directory="frontend")}, ["node", "build"]),
        ({"build": Build(command="npm run other")}, ["build"]),
        ({"build": Build(output="out")}, ["build"]),
        ({"packages": ("ffmpeg",)}, []),
    ],
)
def test_a_changed_app_changes_what_it_describes(
    change: dict[str, object], expected: list[str]
) -> None:
    assert changed(PLAYMAKER.model_copy(update=change)) == expected


@pytest.mark.parametrize(
    ("public", "expected"),
    [
        ({"VITE_APP_TITLE": "Other"}, ["build"]),
        ({}, ["build"]),
        (PUBLIC | {"VITE_B": ""}, ["build"]),
        (PUBLIC | {"SECRET": "x"}, []),
        ({"SECRET": "y", **PUBLIC}, []),
    ],
)
def test_only_public_values_change_a_build(public: dict[str, str], expected: list[str]) -> None:
    assert changed(PLAYMAKER, public=public) == expected


def test_an_app_or_commit_without_a_part_has_no_key_for_it() -> None:
    assert keys(target(HELLO)) == (None, None, None)
    assert keys(target(commit=None)) == (None, None, None)
    assert target(commit=None).release_path is None


def test_a_commit_without_the_configuration_has_no_migrations() -> None:
    assert target().has_migrations
    assert not target(HELLO).has_migrations
    without = replace(V2, objects=OBJECTS | {"alembic.ini": None})
    assert not target(commit=without).has_migrations


def test_git_is_asked_for_each_path_that_decides_something() -> None:
    wanted = target(directory="apps/play", known_hosts="git.example ssh-rsa A")

    asked = source(PLAYMAKER, wanted.values)

    settings = ("uv.toml", "pyproject.toml", "frontend/.npmrc", "frontend/binding.gyp")
    others = (*OBJECTS, *settings, "frontend/npm-shrinkwrap.json")
    assert set(asked.paths) == {f"apps/play/{path}" for path in others if path} | {"apps/play"}
    assert set(asked.texts) == {
        *("apps/play/requirements.txt", "apps/play/pyproject.toml", "apps/play/frontend/.npmrc"),
        *("apps/play/frontend/package.json", "apps/play/frontend/package-lock.json"),
    }
    assert asked.known_hosts == "git.example ssh-rsa A"
    assert source(HELLO, target(HELLO).values).paths == ("",)


def test_an_app_in_a_folder_is_found_there() -> None:
    inside = replace(V2, objects={f"apps/play/{path}": i for path, i in OBJECTS.items() if path})
    wanted = target(commit=inside, directory="apps/play")

    assert in_repository(wanted.values, ".") == "apps/play"
    assert wanted.object_of("requirements.txt") == OBJECTS["requirements.txt"]
    assert keys(wanted) == keys(target())

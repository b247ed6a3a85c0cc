"""An app's parts: what does not fit together is refused when the deploy file is read."""

from typing import Any

import pytest
from pydantic import ValidationError

from changeover.settings.app import (
    Alembic,
    App,
    Build,
    Database,
    Django,
    Health,
    Node,
    Python,
    Site,
    Web,
    Worker,
)
from changeover.settings.expect import Check

SERVICE = Web("/usr/bin/python3 app.py")
LEAST: dict[str, Any] = {"name": "play", "processes": (SERVICE,)}
BARE = Web("uvicorn app:app")
NODE = Web("node server.js")


def test_an_app_of_one_file_needs_a_name_and_a_command() -> None:
    app = App(name="hello", processes=(SERVICE,))

    assert (app.python, app.database, app.site.app_paths) == (None, None, ("/",))


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"processes": ()}, "at least 1 item"),
        ({"processes": (Worker("/bin/x"),)}, "needs one Web.*, and has 0"),
        ({"processes": (SERVICE, Web("/bin/x", name="b"))}, "needs one Web.*, and has 2"),
        (
            {"processes": (SERVICE, Worker("/bin/x"), Worker("/bin/y"))},
            "two processes are called worker: give one of them another name=",
        ),
        ({"migrations": Alembic()}, "migrations by Alembic need python= and database="),
        (
            {"migrations": Alembic(), "python": Python()},
            "migrations by Alembic need python= and database=",
        ),
        ({"migrations": Django()}, "migrations by Django need python= and database="),
        ({"build": Build()}, "build command 'npm run build' needs node="),
        ({"build": Build(command="make", as_app=True)}, "build as_app= needs python="),
        ({"processes": (NODE,)}, ".* needs a full path, as the app has no python="),
        ({"processes": (BARE,)}, ".* needs a full path, as the app has no python="),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        App(**(LEAST | parts))


@pytest.mark.parametrize(
    "parts",
    [
        {"migrations": Alembic(), "python": Python(), "database": Database()},
        {"build": Build(), "node": Node()},
        {"build": Build(command="make")},
        {"processes": (BARE,), "python": Python()},
        {"processes": (NODE,), "node": Node(), "checks": (Check(command="node check.js"),)},
    ],
)
def test_parts_that_fit_are_taken(parts: dict[str, Any]) -> None:
    assert App(**(LEAST | parts)).name == "play"


@pytest.mark.parametrize("name", ["", "Play", "1play", "play-er", "play/er", "a" * 32, "_play"])
def test_a_name_must_do_for_files_users_and_units(name: str) -> None:
    with pytest.raises(ValidationError, match="expected lower-case letters, digits and _"):
        App(name=name, processes=(SERVICE,))


@pytest.mark.parametrize(
    "name",
    [
        *("host", "changeover", "rollback", "ssh", "nginx", "postgres", "root", "cron", "acme"),
        *("video", "all", "release", "provision", "status", "undo", "maintenance"),
    ],
)
def test_a_name_that_the_host_or_a_package_has_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name}: .* is called so; choose another name"):
        App(name=name, processes=(SERVICE,))


@pytest.mark.parametrize("name", ["host_monitor", "changeover_web", "rollback_ui", "ssh_keys"])
def test_a_name_whose_settings_would_be_somebody_elses_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="settings that begin with"):
        App(name=name, processes=(SERVICE,))


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../b", "a//b", "./a", "a/.", "a b", "", "-x"])
def test_a_path_of_the_app_is_relative_and_plain(path: str) -> None:
    for make in (
        lambda: Python(lock=path),
        lambda: Node(directory=path),
        lambda: Build(output=path),
        lambda: Alembic(scripts=path),
        lambda: Django(manage=path),
        lambda: Site(static=path),
    ):
        with pytest.raises(ValidationError, match="expected a relative path"):
            make()


@pytest.mark.parametrize("path", [".next", ".output/public", "..hidden", "a/.npmrc", "front/.env"])
def test_a_name_may_begin_with_a_dot(path: str) -> None:
    assert Build(output=path).output == path
    assert Node(reads=(path,)).reads == (path,)


@pytest.mark.parametrize("path", [".git", "a/.git/x", ".venv/lib", ".changeover", ".env", ".env/x"])
def test_a_path_that_is_somebody_elses_is_refused(path: str) -> None:
    for make in (lambda: Build(output=path), lambda: Site(static=path)):
        with pytest.raises(ValidationError, match="name another path"):
            make()


@pytest.mark.parametrize("caches", [(".",), ("a", "a/b"), ("a", "a")])
def test_caches_of_a_build_lie_apart(caches: tuple[str, ...]) -> None:
    assert Build(caches=("a", "ab", "b/a")).caches
    with pytest.raises(ValidationError, match="none within another"):
        Build(caches=caches)


def test_a_build_has_its_output_below_its_folder() -> None:
    with pytest.raises(ValidationError, match="expected a path below directory"):
        Build(output=".")


@pytest.mark.parametrize("path", ["api/health", "/api/ health", "/health\r\nX: y", ""])
def test_a_health_address_is_a_path(path: str) -> None:
    with pytest.raises(ValidationError, match="expected a path such as"):
        Health(path=path)


def test_what_is_misspelt_or_of_another_type_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        App(name="play", processes=(SERVICE,), pyton=Python())  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="valid string"):
        Python(version=3.11)  # type: ignore[arg-type]


def test_an_app_is_frozen() -> None:
    app = App(name="play", processes=(SERVICE,))

    with pytest.raises(ValidationError, match="frozen"):
        app.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["", "Web", "a_b", "-a", "a-", "a--b", "a@1", "a.b", "x" * 21])
def test_a_process_has_a_name_that_does_for_a_unit(name: str) -> None:
    assert Worker("/bin/x", name="mail-2").name == "mail-2"
    with pytest.raises(ValidationError, match="expected a-z, 0-9 and - between them"):
        Worker("/bin/x", name=name)


def test_a_command_may_be_given_by_its_place_or_its_name() -> None:
    assert Web("/bin/x") == Web(command="/bin/x")
    assert Worker("/bin/x", instances=2) == Worker(command="/bin/x", instances=2)
    with pytest.raises(ValidationError, match="command"):
        Web()
    with pytest.raises(ValidationError, match="expected memory in systemd's form"):
        Web("/bin/x", memory_max="lots")

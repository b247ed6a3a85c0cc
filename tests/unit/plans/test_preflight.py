"""Preflight: every problem at once, each with what to do; none where none is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from changeover.plans.commit import Parts
from changeover.plans.preflight import problems
from changeover.plans.snapshot import Database, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.migrations import Alembic
from changeover.settings.processes import Web
from changeover.settings.site import Site
from tests.unit.plans.world import (
    HELLO,
    NOW,
    OBJECTS,
    PLAYMAKER,
    V2,
    V3,
    WANTED,
    fresh,
    serving,
    target,
    with_release,
)

URL = WANTED["DATABASE_URL"]


def seen(wanted: Target, snapshot: Snapshot, url: str | None = URL) -> list[str]:
    return problems(wanted, snapshot, now=NOW, database_url=url)


@pytest.mark.parametrize("app", [PLAYMAKER, HELLO])
def test_a_fresh_host_and_a_serving_one_have_no_problem(app: App) -> None:
    for snapshot in (fresh(), serving(target(app))):
        assert seen(target(app), snapshot) == []
        assert seen(target(app, None), snapshot) == []


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and what the line about it says."""

    what: str
    says: str
    host: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, None] = field(default_factory=dict)
    app: dict[str, Any] = field(default_factory=dict)
    url: str = URL


PROBLEMS = [
    Problem("no root", "set _sudo = True", host={"uid": 1000}),
    Problem("another system", "fedora 40; Changeover needs Debian", host={"system": "fedora 40"}),
    Problem("no system", "unknown; Changeover needs Debian", host={"system": ""}),
    Problem("no systemd", "systemd does not run as PID 1", host={"systemd": False}),
    Problem("late clock", "clock: -400 s against the controller", host={"clock": NOW - 400}),
    Problem("early clock", "clock: +400 s against the controller", host={"clock": NOW + 400}),
    Problem(
        "full disk",
        "disk: 97 MB free, playmaker_minimum_free_megabytes asks for 1024",
        host={"free_kilobytes": 100_000},
    ),
    Problem(
        "somebody's folder",
        "/srv/playmaker: a directory that Changeover did not make",
        host={"foreign": ("directory /srv/playmaker",)},
    ),
    Problem(
        "somebody's user",
        "user playmaker: exists already and is not ours",
        host={"users": {"playmaker": "Play Maker,,,"}},
    ),
    Problem(
        "an app named changeover", "cannot have the name of the user", app={"name": "changeover"}
    ),
    Problem("no such folder", "playmaker_directory: . is not in commit", objects={"": None}),
    Problem("no lock", "requirements.txt: not in commit", objects={"requirements.txt": None}),
    Problem(
        "no lock of Node",
        "frontend/package-lock.json: not in commit",
        objects={"frontend/package-lock.json": None},
    ),
    Problem(
        "no migrations where they should be",
        "alembic: not in commit 222222222222",
        objects={"alembic": None},
    ),
    Problem(
        "a database in the release", "DATABASE_URL: is inside the release", url="sqlite:///x.db"
    ),
    Problem(
        "another kind of database", "DATABASE_URL: expected a URL that begins with", url="other"
    ),
    Problem(
        "a database with a way in for nobody",
        "DATABASE_URL: has no password; without one only the user playmaker comes in",
        url="postgresql://other@localhost/shop",
    ),
    Problem(
        "another database than that with the data",
        "DATABASE_URL: leads to shop, and the app's data is in /srv/playmaker/shared/playmaker.db",
        url="postgresql://playmaker:secret@localhost/shop",
        host={"database": Database("/srv/playmaker/shared/playmaker.db", ("0001",), None)},
    ),
    Problem(
        "a damaged database",
        "playmaker.db: cannot be read (file is not a database)",
        host={
            "database": Database(
                "/srv/playmaker/shared/playmaker.db", (), None, "file is not a database"
            )
        },
    ),
    Problem(
        "a database that its role could not restore",
        "playmaker: cannot be backed up: its role does not own all that is in it",
        url="postgresql://playmaker:secret@localhost/playmaker",
        host={
            "database": Database(
                "playmaker", (), None, foreign="its role does not own all that is in it"
            )
        },
    ),
    Problem(
        "a revision from elsewhere",
        "database: is at beef, which main does not know",
        host={"database": Database("/srv/playmaker/shared/playmaker.db", ("beef",), None)},
    ),
    Problem(
        "broken nginx",
        "nginx: its configuration is broken ([emerg] unknown directive",
        host={"nginx_error": '[emerg] unknown directive "x"', "packages": frozenset({"nginx"})},
    ),
    Problem(
        "a name that is taken",
        "play.example: /etc/nginx/sites-enabled/other serves it already",
        host={"server_names": {"/etc/nginx/sites-enabled/other": ("play.example",)}},
    ),
    Problem(
        "an alias that is taken",
        "www.example: /etc/nginx/sites-enabled/other serves it already",
        settings={"aliases": ["www.example"]},
        host={"server_names": {"/etc/nginx/sites-enabled/other": ("x", "www.example")}},
    ),
    Problem("a domain nginx refuses", "my_app.test", settings={"domain": "my_app.test"}),
    Problem("a size nginx refuses", "body_limit", settings={"body_limit": "ten"}),
    Problem(
        "an address nginx refuses",
        "192.0.2.300",
        settings={"maintenance_bypass_addresses": ["192.0.2.300"]},
    ),
    Problem("a path nginx refuses", "api", app={"site": Site(app_paths=("api",))}),
    Problem("a command systemd refuses", "%", app={"processes": (Web("uvicorn %x"),)}),
    Problem("two commands", "one command only", app={"processes": (Web("uvicorn x ; y"),)}),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.what)
def test_one_thing_wrong_is_one_line(problem: Problem) -> None:
    app = PLAYMAKER.model_copy(update=problem.app)
    commit = replace(V2, objects=OBJECTS | problem.objects)
    # data of another app's name has to be given again
    settings = {"repository": "https://x", "domain": "play.example", "shared": ["playmaker.db"]}
    wanted = target(app, commit, **(settings | problem.settings))
    snapshot = replace(with_release(fresh(), target()), **problem.host)

    (line,) = seen(wanted, snapshot, problem.url)

    assert problem.says in line


def test_every_problem_is_named_at_once() -> None:
    wrong: Callable[[Problem], dict[str, Any]] = lambda problem: problem.host  # noqa: E731
    merged: dict[str, Any] = {}
    for problem in PROBLEMS[3:9]:
        merged |= wrong(problem)

    assert len(seen(target(), replace(fresh(), **merged))) == 5


def test_our_own_site_does_not_claim_our_name_from_us() -> None:
    ours = {"/etc/nginx/sites-enabled/playmaker.conf": ("play.example",)}

    assert seen(target(), replace(fresh(), server_names=ours)) == []


def test_a_release_from_before_the_database_is_not_asked_for_it() -> None:
    before = replace(V2, objects=OBJECTS | {"alembic.ini": None, "alembic": None})

    assert seen(target(commit=before), fresh(), "other") == []


def test_a_link_of_the_commit_above_a_shared_path_is_named() -> None:
    wanted = target(
        commit=replace(V2, links=frozenset({"data"})), shared=["playmaker.db", "data/uploads/"]
    )

    (found,) = problems(wanted, serving(target()), now=NOW, database_url=None)

    assert found.startswith("data: a symbolic link in commit 222222222222")


@pytest.mark.parametrize("link", ["web/assets", "web"])
def test_a_link_of_the_commit_in_place_of_what_nginx_serves_is_named(link: str) -> None:
    app = PLAYMAKER.model_copy(update={"site": Site(static="web/assets", static_prefix="/a/")})
    settings = {"repository": "https://x", "domain": "play.example", "shared": ["playmaker.db"]}
    wanted = target(app, replace(V2, links=frozenset({link})), **settings)

    found = problems(wanted, serving(target()), now=NOW, database_url=None)

    assert any(line.startswith(f"{link}: a symbolic link in commit 222222222222") for line in found)


def test_a_link_of_the_commit_above_the_migrations_is_named() -> None:
    declared = Alembic(config="server/alembic.ini", scripts="server/alembic")
    app = PLAYMAKER.model_copy(update={"migrations": declared})
    wanted = target(app, replace(V2, links=frozenset({"server"})))

    found = problems(wanted, serving(target()), now=NOW, database_url=None)

    assert any(
        line.startswith("server: a symbolic link in commit 222222222222") and "Alembic" in line
        for line in found
    )


def test_a_migration_that_waits_is_no_problem() -> None:
    assert seen(target(commit=V3), serving(target())) == []


def test_an_nginx_that_is_not_wholly_installed_is_no_problem() -> None:
    found = replace(serving(target()), nginx_error='[emerg] open() "nginx.conf" failed')
    assert problems(target(), found, now=NOW, database_url=None)
    half = replace(found, packages=found.packages - {"nginx"})
    assert problems(target(), half, now=NOW, database_url=None) == []


def test_a_certificate_that_publishing_makes_anew_is_no_problem() -> None:
    lost = 'cannot load certificate "/etc/changeover/other_app/tls/current/fullchain.pem": BIO_new'
    snapshot = replace(serving(target()), nginx_error=f"[emerg] {lost}")

    assert problems(target(), snapshot, now=NOW, database_url=None) == []


def test_what_a_commit_needs_and_cannot_have_is_named_with_the_commit() -> None:
    wrong = ("lib: a submodule with no address in .gitmodules", "x.bin: the Git LFS server has no")
    parts = Parts(("lib",), large=2, kilobytes=9000 * 1024, problems=wrong)
    wanted = target(commit=replace(V2, parts=parts), ref="v2")

    assert seen(wanted, fresh()) == [
        *(f"commit {V2.id[:12]} (v2): {line}" for line in wrong),
        f"commit {V2.id[:12]} (v2): its files on a Git LFS server take 9000 MB,"
        " playmaker_build_disk_megabytes allows 8192; raise it, or take some out",
    ]
    assert seen(target(commit=replace(V2, parts=Parts(("lib",)))), fresh()) == []


def test_a_release_that_an_earlier_version_made_without_a_part_is_named() -> None:
    release = serving(target()).releases[target().release or ""]
    old = replace(serving(target()), releases={release.name: replace(release, whole=False)})

    for parts, says in ((Parts(("lib",)), True), (Parts(large=1), True), (Parts(), False)):
        found = seen(target(commit=replace(V2, parts=parts)), old)
        assert [line for line in found if "an earlier version of Changeover" in line] == found
        assert bool(found) is says

"""The checks of data, run as a user runs them against a host that ssh's stand-in shows."""

import contextlib
import json
import os
import pwd
import runpy
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from changeover.checks.carriers import Carrier
from changeover.checks.sql import look
from changeover.settings.load import load_values
from tests.unit.host.postgres.cluster import PASSWORD, QUOTED, Cluster
from tests.unit.package import installed

ROOT = Path(__file__).resolve().parents[3]
ADDED = "accounts.0003_add_sumup_oauth_fields"
MOVED = "accounts.0004_migrate_existing_artists_to_sumup"
HISTORY = [
    {"id": "accounts.0001_initial", "after": [], "title": "Users"},
    {"id": ADDED, "after": ["accounts.0001_initial"], "title": "Columns"},
    {"id": MOVED, "after": [ADDED], "title": "Artists"},
]
SCHEMA = """
CREATE TABLE accounts_user (id integer PRIMARY KEY);
CREATE TABLE accounts_artistprofile (
    id integer PRIMARY KEY, user_id integer, sumup_access_token text, sumup_refresh_token text,
    sumup_token_type varchar(20), sumup_expires_at timestamp, sumup_scope varchar(255),
    sumup_merchant_code varchar(50), sumup_connected_at timestamp,
    sumup_connection_status varchar(20)
);
CREATE TABLE django_migrations (app varchar(255), name varchar(255));
INSERT INTO accounts_user VALUES (1), (2), (3);
INSERT INTO accounts_artistprofile (id, user_id, sumup_connection_status)
    VALUES (1, 1, 'connected'), (2, 2, 'error'), (3, 3, 'expired');
INSERT INTO django_migrations VALUES ('accounts', '0001_initial'),
    ('accounts', '0003_add_sumup_oauth_fields'),
    ('accounts', '0004_migrate_existing_artists_to_sumup');
"""
BREAKS = """
ALTER TABLE accounts_artistprofile RENAME COLUMN sumup_scope TO scope;
UPDATE accounts_artistprofile SET sumup_connection_status = NULL WHERE id = 1;
UPDATE accounts_artistprofile SET sumup_connection_status = 'odd' WHERE id = 2;
DELETE FROM accounts_user WHERE id = 3;
"""
SAID = (
    "column accounts_artistprofile.sumup_scope: expected varchar(255), there is no such column",
    "column accounts_artistprofile.sumup_connection_status: expected no NULL, found 1 row with it",
    "column accounts_artistprofile.sumup_connection_status: expected only 'not_connected',"
    " 'connected', 'expired', 'error'; found 'odd' (1 row)",
    "every artist has a user: expected 2, found 3",
)
# as chatty as pytest can be made
CHATTY = ("-vvv", "--showlocals", "--full-trace", "--log-level=DEBUG", "-s")
SUDO_PASSWORD = "sudo-7d1e"  # noqa: S105 - there is no sudo behind it
INVENTORY = """
data = {{
    "ssh_hostname": "192.0.2.7", "ssh_user": "admin", "ssh_port": 2222, "ssh_key": "~/.ssh/web",
    "ssh_config_file": "secrets/ssh_config", "_sudo": True, "_sudo_password": "{password}",
    "jersey_events_repository": "https://git.example/jersey.git",
    "jersey_events_domain": "jersey.example",
    "jersey_events_shared": ["db.sqlite3"],
}}
jersey_events = [("web", data)]
"""


@dataclass(frozen=True)
class Web:
    """A host in a folder."""

    root: Path
    sql: Callable[[str], object]

    def checks(self, which: str, *options: str) -> tuple[int, str]:
        """Run some checks as a user does; return how they ended and what they printed."""
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
        command += [
            "--pyargs",
            "changeover.checks",
            "tests/checks",
            "-k",
            which,
            "--inventory",
            str(self.root / "inventory.py"),
        ]
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PATH": path, "STUB_ROOT": str(self.root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout

    def environment(self, url: str) -> None:
        (self.root / "srv/jersey_events/shared/.env").write_text(f"OTHER=1\nDATABASE_URL='{url}'\n")


@pytest.fixture(params=["sqlite", "postgresql"])
def web(request: pytest.FixtureRequest, tmp_path: Path) -> Web:
    """Return a host whose data is as expected, in either kind of database."""
    shared, release = (tmp_path / f"srv/jersey_events/{name}" for name in ("shared", "current"))
    for folder in (shared, release / ".changeover", tmp_path / "bin", tmp_path / "lib"):
        folder.mkdir(parents=True)
    (release / ".changeover/migrations.json").write_text(
        json.dumps({"steps": HISTORY, "here": True})
    )
    shutil.copy(Path(__file__).with_name("ssh.py"), tmp_path / "bin/ssh")
    (tmp_path / "bin/ssh").chmod(0o755)
    # it wants its password before it runs anything, as the real one
    (tmp_path / "bin/sudo").write_text(
        f'#!/bin/sh\nread -r typed && [ "$typed" = {SUDO_PASSWORD} ] && [ "$1 $2$3" = "-S -p" ]'
        ' || exit 1\nshift 3; exec "$@"\n'
    )
    (tmp_path / "bin/sudo").chmod(0o755)
    (tmp_path / "inventory.py").write_text(INVENTORY.format(password=SUDO_PASSWORD))
    made = _sqlite(tmp_path) if request.param == "sqlite" else _postgresql(request, tmp_path)
    made.sql(SCHEMA)
    return made


def _program(root: Path, program: str, words: str = "") -> None:
    stub = root / f"lib/changeover/{program}"
    stub.parent.mkdir(exist_ok=True)
    stub.write_text(f'#!/bin/sh\nexec {sys.executable} -I {installed()}/{program} "$@"{words}\n')
    stub.chmod(0o755)


def _sqlite(root: Path) -> Web:
    file = root / "srv/jersey_events/shared/db.sqlite3"
    for program in ("sqlite_backup", "expect"):
        # the host's file is where its path says only for the programs of a real host; whoever runs
        # the tests is every user
        _program(root, program, f" --user {pwd.getpwuid(os.geteuid()).pw_name}")

    def sql(script: str) -> None:
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)

    web = Web(root, sql)
    web.environment("sqlite:///./db.sqlite3")
    return web


def _postgresql(request: pytest.FixtureRequest, root: Path) -> Web:
    cluster: Cluster = request.getfixturevalue("cluster")
    cluster.sql("postgres", "DROP DATABASE IF EXISTS jersey")
    cluster.sql("postgres", "CREATE DATABASE jersey OWNER shop")
    (root / ".s.PGSQL.5432").symlink_to(cluster.folder / ".s.PGSQL.5432")
    web = Web(root, lambda script: cluster.sql("jersey", f"SET ROLE shop; {script}"))
    web.environment(f"postgresql://shop:{QUOTED}@localhost/jersey?sslmode=prefer")
    return web


def test_data_as_expected_passes_on_the_inventorys_way(web: Web) -> None:
    status, output = web.checks("data_is_as or itself_names")

    assert status == 0, output
    assert "2 passed" in output
    for line in (web.root / "words").read_text().splitlines():
        for words in ("-F', 'secrets/ssh_config'", "User=admin", "Port=2222", "192.0.2.7"):
            assert words in line


def test_all_that_is_not_as_expected_is_said_at_once_and_no_secret_is(web: Web) -> None:
    web.sql(BREAKS)

    status, output = web.checks("data_is_as", *CHATTY)

    assert status == 1
    for line in SAID:
        assert line in output
    for secret in (PASSWORD, QUOTED, SUDO_PASSWORD):
        assert secret not in output
        assert secret not in (web.root / "words").read_text()


def test_what_a_migration_brings_is_not_expected_before_it(web: Web) -> None:
    web.sql(BREAKS)
    web.sql("DELETE FROM django_migrations WHERE name LIKE '0004%'")

    status, output = web.checks("data_is_as or itself_names")

    assert status == 1
    assert [line in output for line in SAID] == [True, False, False, True]
    assert f"not applied: {MOVED}" in output


@pytest.fixture
def by_socket(web: Web, cluster: Cluster) -> Iterator[Web]:
    """Return a host whose URL has neither a host nor a user, as the documents write it."""
    _program(web.root, "postgres_backup")
    # there is no such user of this system, as whom expect would ask
    expect = web.root / "lib/changeover/expect"
    expect.write_text('#!/bin/sh\ncase "$*" in *"--user jersey_events") exit 0 ;; esac; exit 9\n')
    expect.chmod(0o755)
    role = "jersey_events"
    cluster.sql("postgres", f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    cluster.sql("jersey", f"REASSIGN OWNED BY shop TO {role}")
    web.environment(f"postgresql:///jersey?host={cluster.folder}&password={QUOTED}")
    yield web
    cluster.sql("jersey", f"REASSIGN OWNED BY {role} TO shop")
    cluster.sql("postgres", f"DROP ROLE {role}")


@pytest.mark.parametrize("web", ["postgresql"], indirect=True)
def test_the_data_behind_a_socket_is_looked_at_as_the_app(by_socket: Web) -> None:
    status, output = by_socket.checks("data_is_as or itself_names")

    assert status == 0, output
    assert "2 passed" in output


@pytest.mark.parametrize("web", ["postgresql"], indirect=True)
def test_what_the_hosts_program_says_is_said(by_socket: Web) -> None:
    (by_socket.root / "lib/changeover/postgres_backup").write_text(
        "#!/bin/sh\necho 'postgres_backup: there is no server' >&2; exit 1\n"
    )

    status, output = by_socket.checks("data_is_as")

    assert status == 1
    assert "cannot be read: postgres_backup: there is no server" in output
    assert "Authorized" not in output


@pytest.mark.parametrize("web", ["postgresql"], indirect=True)
def test_a_database_that_lets_nobody_in_is_told_without_its_password(web: Web) -> None:
    web.environment(f"postgresql://shop:no{QUOTED}@localhost/jersey")

    status, output = web.checks("data_is_as", *CHATTY)

    assert status == 1
    assert PASSWORD not in output
    assert QUOTED not in output
    assert "jersey_events@web: the database cannot be read: " in output
    assert 'password authentication failed for user "shop"' in output


@pytest.mark.parametrize("web", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://shop:{}@localhost/nowhere", 'database "nowhere" does not exist'),
        ("postgresql://shop:{}%zz@localhost/jersey", "password authentication failed"),
        ("postgresql://shop:{}@a@b/jersey/x", "names no database"),
        ("postgresql://shop:{}@a@b,c/jersey", "is no URL with one host"),
        ("mysql://shop:{}@localhost/jersey", "expected a URL that begins with sqlite:///"),
    ],
)
def test_what_is_wrong_with_a_url_is_said_without_it(
    web: Web, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    web.environment(url.format(QUOTED))
    monkeypatch.setenv("PATH", f"{web.root / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("STUB_ROOT", str(web.root))
    data = runpy.run_path(str(web.root / "inventory.py"))["data"]
    app = runpy.run_path(str(ROOT / "deploys/jersey_events.py"))["app"]

    seen = look(Carrier("web", data, app, load_values(app.name, data)))

    assert said in seen.problem
    assert PASSWORD not in seen.problem
    assert QUOTED not in seen.problem

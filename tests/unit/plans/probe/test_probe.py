"""The probe, run for real: it finds what is there, changes nothing and always succeeds."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans.migrations.steps import Migration
from changeover.plans.probe import Question, asked, probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Snapshot
from tests.unit.answering import answering
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V2, properties, target

QUESTION = replace(question(target()), packages=("no-such-package",))
PARTS = {
    *("stamp", "environment", "host", "packages", "users", "files", "folders", "foreign", "tools"),
    *("code", "environments", "sizes", "leftovers", "database", "backups", "changeover"),
    *("processes", "site", "health"),
}
PATHS = target().paths
RELEASE = f"{PATHS.releases}/r1"


@pytest.fixture(autouse=True)
def quiet(shell: Shell) -> None:
    """Let the probe neither ask this machine's services nor its network."""
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")


def answered(shell: Shell, question: Question = QUESTION) -> str:
    """Probe, see that nothing has changed, and return what was printed."""
    before = shell.tree()
    said = shell.probe(probe_script(question))
    assert shell.tree() == before
    return said


def probed(shell: Shell, question: Question = QUESTION) -> Snapshot:
    """Probe; return what was found."""
    said = answered(shell, question)
    (line,) = said.splitlines()
    assert json.loads(line)["probe"].keys() == PARTS
    return parse_snapshot(said.splitlines())


def test_this_machine_has_no_such_app(shell: Shell) -> None:
    absent = replace(QUESTION, app="no_such_app")

    found = probed(shell, absent)

    assert found.clock > 1_700_000_000
    assert found.free_kilobytes > 0
    assert found.system
    assert (found.releases, found.current, found.files, found.folders) == ({}, None, {}, {})
    assert (found.database, found.env_mode, found.foreign) == (None, None, ())


def ledger(shell: Shell, *changeovers: tuple[str, str | None, str]) -> Snapshot:
    """Return what is found where these were committed: kind, from and to."""
    shell.write(f"{RELEASE}/.changeover/release.json", json.dumps({"commit": V2.id}))
    lines = [
        {"id": f"c{number}", "outcome": "committed", "kind": kind, "ended": "day"}
        | {"from": {"release": was}, "to": {"release": to}}
        for number, (kind, was, to) in enumerate(changeovers)
    ]
    shell.write(f"{PATHS.state}/ledger.jsonl", "".join(f"{json.dumps(one)}\n" for one in lines))
    return probed(shell)


def test_what_a_rollback_left_is_withdrawn_until_it_is_released_again(shell: Shell) -> None:
    first, away = ("release", None, "r1"), ("rollback code", "r1", "r0")

    assert not ledger(shell, first).releases["r1"].withdrawn
    found = ledger(shell, first, away)
    assert found.releases["r1"].withdrawn
    latest = {"id": found.generation, "kind": away[0], "ended": "day"}
    assert found.latest == latest | {"from": {"release": "r1"}, "to": {"release": "r0"}}
    for since in (("release", "r0", "r1"), ("rollback restore", "r1", "r1")):
        assert not ledger(shell, first, away, since).releases["r1"].withdrawn


def test_the_last_rehearsal_is_found_and_a_torn_note_of_one_is_none(shell: Shell) -> None:
    noted = {"release": "r1", "revisions": ["1"], "when": "day"}
    shell.write(PATHS.rehearsed, json.dumps(noted | {"steps": []}))

    assert probed(shell).rehearsed == noted
    shell.write(PATHS.rehearsed, '{"release"')
    assert probed(shell).rehearsed is None


def test_a_hostile_domain_is_only_a_word(shell: Shell) -> None:
    hostile = replace(QUESTION, domain="$(touch x)'\"", health_path="/`id`")
    with answering() as nginx:
        shell.listens(nginx.port)

        probed(shell, hostile)

    (asked,) = nginx.heard
    assert asked.startswith("GET /`id` HTTP/1.1\r\nHost: $(touch x)'\"\r\n")


def test_releases_with_their_links_are_found(shell: Shell) -> None:
    about = {"commit": V2.id, "ref": "main", "migrations": "scripts1"}
    shell.write(f"{RELEASE}/.changeover/release.json", json.dumps(about, indent=1))
    shell.write(f"{RELEASE}/.changeover/migrations.json", '[{"id": "1", "after": []}]')
    record = {"id": "c1", "outcome": "committed", "to": {"release": "r1"}, "ended": "today"}
    undone = {"id": "c2", "outcome": "undone", "to": {"release": "r1"}, "ended": "later"}
    lines = [json.dumps(record), "{torn", json.dumps(undone), ""]
    shell.write(f"{PATHS.state}/ledger.jsonl", "\n".join(lines))
    shell.write(f"{RELEASE}/docs/shared/readme")
    links = {
        ".env": "../../shared/.env",
        "data/media": "../../../shared/data/media",
        "frontend/dist": "../../../builds/build-1/output",
        ".venv": "../../environments/python-1",
        "with space": "../../shared/with space",
    }
    for path, to in links.items():
        link = shell / f"{RELEASE}/{path}"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(to)
    (shell / f"{RELEASE}/docs/here").symlink_to("shared/readme")
    shell.write(f"{PATHS.releases}/.r2.new/app.py")
    shell.write(f"{PATHS.environments}/python-1/.complete")
    shell.write(f"{PATHS.environments}/python-2/half")
    (shell / PATHS.current).symlink_to("releases/r1")

    found = probed(shell)

    (release,) = found.releases.values()
    assert (release.name, release.commit, release.migrations_object) == ("r1", V2.id, "scripts1")
    assert release.links == links
    assert (release.committed, found.generation) == ("today", "c1")
    assert release.migrations == (Migration("1"),)
    assert (found.current, found.unfinished) == ("r1", (".r2.new",))
    assert found.environments == {"python-1"}


def database(shell: Shell, path: str, revision: str = "0001") -> Path:
    """Make a migrated database."""
    file = shell.write(path)
    with sqlite3.connect(file) as connection:
        connection.execute("create table alembic_version (version_num)")
        connection.execute("insert into alembic_version values (?)", (revision,))
    connection.close()
    return file


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///./playmaker.db",
        "sqlite:///playmaker.db",
        '"sqlite:///./playmaker.db"',
        "'sqlite:///playmaker.db'",
        "sqlite:///playmaker.db?timeout=30",
        "sqlite:////srv/playmaker/shared/playmaker.db",
    ],
)
def test_the_database_is_found_however_its_url_is_written(shell: Shell, url: str) -> None:
    file = database(shell, f"{PATHS.shared}/playmaker.db")
    shell.write(PATHS.env_file, f"DATABASE_URL={shell.moved(url)}\n")

    found = probed(shell)

    assert found.database
    assert found.database.path == str(file)
    assert found.database.revisions == ("0001",)
    assert found.database.fingerprint["database"]["size"] == file.stat().st_size
    assert found.database.fingerprint["wal"] is None


def test_a_fingerprint_changes_with_every_write(shell: Shell) -> None:
    file = database(shell, f"{PATHS.shared}/playmaker.db")
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///playmaker.db\n")
    before = probed(shell).database

    with sqlite3.connect(file) as connection:
        connection.execute("update alembic_version set version_num = '0002'")
    connection.close()
    after = probed(shell).database

    assert before
    assert after
    assert after.revisions == ("0002",)
    assert after.fingerprint != before.fingerprint


def test_what_is_no_database_is_said(shell: Shell) -> None:
    shell.write(f"{PATHS.shared}/playmaker.db", "these are no pages" * 100)
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///playmaker.db\n")

    found = probed(shell)

    assert found.database
    assert found.database.error == "file is not a database"


POSTGRES = [
    ("postgresql://u:hidden@db/x", "postgresql://u@db/x"),
    ("postgresql+psycopg://u:hid@hidden@db:5433/x?a=hidden", "postgresql+psycopg://u@db:5433/x"),
    ("postgres:///x?password=hidden&host=/run/p&a=b", "postgres:///x?host=/run/p"),
]


@pytest.mark.parametrize(("value", "url"), [*POSTGRES, ("", None), ("hidden", "other")])
def test_another_url_is_not_shown(shell: Shell, value: str, url: str | None) -> None:
    shell.write(PATHS.env_file, f"DATABASE_URL={value}\n")

    said = answered(shell)

    assert "hidden" not in said
    assert parse_snapshot(said.splitlines()).database_url == url


def test_the_candidates_url_is_the_one_that_counts(shell: Shell) -> None:
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///old.db\n")
    shell.write(PATHS.candidate, "DATABASE_URL=sqlite:///new.db\n")

    assert probed(shell).database_url == "sqlite:///new.db"


def test_backups_are_found_whatever_lies_between_them(shell: Shell) -> None:
    manifest = {"release": "r1", "revisions": ["0001"], "started": "t", "verified": True}
    for name in ("1", "3"):
        shell.write(f"{PATHS.backups}/{name}.json", json.dumps(manifest))
    shell.write(f"{PATHS.backups}/0.json", "cut sh")
    shell.write(f"{PATHS.backups}/2.json", "[]")

    found = probed(shell)

    assert [Path(backup.manifest).name for backup in found.backups] == ["1.json", "3.json"]
    assert [Path(path).name for path in found.unreadable] == ["0.json", "2.json"]


def test_what_is_not_ours_is_in_the_way(shell: Shell) -> None:
    shell.write(f"{PATHS.root}/index.html")
    shell.write("/etc/systemd/system/playmaker.service", "[Unit]\n")
    shell.write(PATHS.site, "# Managed by Changeover for playmaker. Do not edit.\n")

    found = probed(shell)

    moved = [shell.moved(f"directory {PATHS.root}")]
    moved += [shell.moved("file /etc/systemd/system/playmaker.service")]
    assert list(found.foreign) == moved


def test_our_own_folder_is_not_foreign(shell: Shell) -> None:
    shell.write(f"{PATHS.root}/.changeover")

    assert probed(shell).foreign == ()


@pytest.mark.parametrize(
    ("text", "maintenance"),
    [("by a release\n", "by a release"), ("audit\nmore\n", "audit"), ("", "by hand")],
)
def test_the_flag_says_who_closed_the_site(shell: Shell, text: str, maintenance: str) -> None:
    shell.write(PATHS.maintenance, text)

    assert probed(shell).maintenance == maintenance


def test_every_path_of_the_app_is_asked_about_or_meant_to_be_left_out() -> None:
    # the last but one by its folder, the last is nobody's loss
    left_out = {"bypass", "guard", "rehearsal", "rehearsed", "restarted"}
    left_out |= {"app_caches", "built_caches"}

    told = asked(QUESTION)._asdict()

    for name, path in properties(PATHS).items():
        by_engine = f"{name}={path}\n" in QUESTION.processes
        assert (by_engine or told.get(name) == path) is (name not in left_out), name


def test_output_is_plain_text_whatever_the_host_holds(shell: Shell) -> None:
    shell.write(PATHS.env_file).write_bytes("VITE_A=é\x01\x7fz".encode() + b"\xff\n")

    said = shell.probe(probe_script(QUESTION))

    assert parse_snapshot(said.splitlines()).env_public == {"VITE_A": "é\x01\x7fz\udcff"}
    assert set(said) <= {chr(code) for code in range(32, 127)} | {"\n"}


def test_open_changeovers_of_all_apps_are_seen(shell: Shell) -> None:
    for name in ("hello/undo.d", "host/redo.d"):
        (shell / f"/var/lib/changeover/{name}").mkdir(parents=True)
    (shell / "/var/lib/changeover/quiet").mkdir()

    assert probed(shell).under_way == ("hello", "host")

"""The probe asks a database's server through the host's own program."""

import json
from dataclasses import replace

import pytest

from changeover.host.probe.asked import NOT_INSTALLED
from changeover.plans import candidate_database, pending
from changeover.plans.probe import candidate_script, probe_script
from changeover.plans.probe_answer import parse_candidate, parse_snapshot
from changeover.plans.snapshot import CandidateDatabase, Database
from tests.unit.plans.probe.test_probe import PATHS, QUESTION
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target


@pytest.fixture(autouse=True)
def quiet(shell: Shell) -> None:
    """Let the probe ask nothing else."""
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")


TOLD = {
    "database": "shop",
    "exists": True,
    "size": 8192,
    "revisions": ["a.0001", "b.0001"],
    "fingerprint": "f00d",
    "error": None,
    "kept": [{"name": "shop.undone-r2", "when": "2026-01-02T03:04:05Z", "size": 4096}],
}


def serve(shell: Shell, told: object) -> None:
    """Have a PostgreSQL program on the host that tells of its database."""
    shell.write(PATHS.env_file, "DATABASE_URL=postgresql://u:hidden@localhost/shop\n")
    shell.write("/answer", json.dumps(told))
    program = f'#!/bin/sh\necho "$@" > {shell.root}/asked\ncat {shell.root}/answer\n'
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)


def test_a_server_is_asked_by_the_environment_of_the_app(shell: Shell) -> None:
    serve(shell, TOLD)
    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines())

    assert (shell / "/asked").read_text().split() == [
        *("revisions", "--environment", str(shell / PATHS.env_file)),
        *("--key", "DATABASE_URL", *QUESTION.server_reach),
    ]
    assert found.database == Database("shop", ("a.0001", "b.0001"), "f00d", kilobytes=8)
    (aside,) = found.aside
    assert (aside.path, aside.since, aside.kilobytes) == ("shop.undone-r2", 1767323045, 4)


def test_without_its_program_nobody_knows_what_is_there(shell: Shell) -> None:
    shell.write(PATHS.env_file, "DATABASE_URL=postgresql://u:hidden@localhost/shop\n")

    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines())

    assert found.database == Database("shop", (), None, NOT_INSTALLED)
    host = replace(serving(target()), database=found.database, database_url=found.database_url)
    # a release installs it, and looks again
    assert not list(candidate_database.unusable(target(), host, host.database_url))
    assert pending.moves(target(), host) is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:hidden@localhost/shop", "postgresql://u@localhost/shop"),
        (
            "postgresql:///shop?user=u&password=hidden&host=h&hostaddr=192.0.2.7&sslmode=require",
            "postgresql:///shop?user=u&host=h&hostaddr=192.0.2.7",
        ),
        ("postgresql://u:hid/den@localhost/shop", "postgresql://not:understood"),
    ],
)
def test_a_url_is_told_without_its_password_and_leads_where_it_led(
    shell: Shell, url: str, told: str
) -> None:
    serve(shell, TOLD)
    shell.write(PATHS.env_file, f"DATABASE_URL={url}\n")

    said = shell.probe(probe_script(QUESTION))

    assert "hid" not in said
    assert parse_snapshot(said.splitlines()).database_url == told


def test_a_program_from_before_an_upgrade_is_asked_in_its_own_words(shell: Shell) -> None:
    serve(shell, TOLD)
    program = (shell / "/usr/local/lib/changeover/postgres_backup").read_text()
    usage = 'case "$*" in *--user*) echo "usage: ... unrecognized arguments" >&2; exit 2 ;; esac'
    old = program.replace("#!/bin/sh\n", f"#!/bin/sh\n{usage}\n")
    shell.write("/usr/local/lib/changeover/postgres_backup", old, 0o755)

    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines())

    assert found.database == Database("shop", ("a.0001", "b.0001"), "f00d", kilobytes=8)
    assert (shell / "/asked").read_text().split()[-2:] == ["--superuser", "postgres"]


def test_a_database_that_is_not_there_is_none_and_one_that_does_not_answer_says_why(
    shell: Shell,
) -> None:
    serve(shell, TOLD | {"exists": False, "error": "no such database", "size": None})
    assert parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).database is None
    down: dict[str, object] = {
        "exists": None,
        "error": "Connection refused",
        "size": None,
        "kept": [],
    }
    serve(shell, TOLD | down | {"fingerprint": None, "revisions": []})
    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).database
    assert found == Database("shop", (), None, "Connection refused")


def test_a_url_that_is_not_in_force_is_asked_for_and_kept_nowhere(shell: Shell) -> None:
    serve(shell, TOLD)
    (shell / PATHS.env_file).unlink()
    seen = f"{shell.root}/seen"
    told = '{"wanting": ["rights"], "refused": ""}'
    program = (
        f'#!/bin/sh\ncat "$3" > {seen}\nstat -c %a "$3" >> {seen}\n'
        f"case $1 in wanting) echo '{told}' ;; *) cat {shell.root}/answer ;; esac\n"
    )
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)
    line = "DATABASE_URL='postgresql://u:hidden@localhost/shop'\n"

    said = shell.probe(candidate_script(QUESTION, local_server=True), line)

    assert "hidden" not in said
    assert (shell / "/seen").read_text() == f"{line}600\n"
    database = Database("shop", ("a.0001", "b.0001"), "f00d", kilobytes=8)
    assert parse_candidate(said.splitlines()) == CandidateDatabase(database, ("rights",))
    elsewhere = shell.probe(candidate_script(QUESTION, local_server=False), line)
    assert parse_candidate(elsewhere.splitlines()) == CandidateDatabase(database)


def test_without_our_programs_nobody_knows_what_a_url_leads_to(shell: Shell) -> None:
    said = shell.probe(
        candidate_script(QUESTION, local_server=True), "DATABASE_URL=postgresql:///x\n"
    )

    assert parse_candidate(said.splitlines()) is None


@pytest.mark.parametrize(
    ("content", "empty"),
    [({"tables": {}}, True), ({"tables": {"t": {}}}, False), (None, False), ("odd", False)],
)
def test_a_backup_without_a_table_is_told_from_one_with_data(
    shell: Shell, content: object, empty: bool
) -> None:
    manifest = {"release": "none", "revisions": [], "verified": True, "content": content}
    shell.write(f"{PATHS.backups}/1.json", json.dumps(manifest))

    (found,) = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).backups

    assert found.empty is empty

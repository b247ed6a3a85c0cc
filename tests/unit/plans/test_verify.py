"""What is asked of data and release before it serves, and when."""

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import verify
from changeover.plans.command import words
from changeover.plans.databases.kind import Location
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.processes import Web
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import DEMANDING, HELLO, V2_FIXED, V3, serving, target, with_release

WELL = target(DEMANDING)
NEXT = target(DEMANDING, V3)
FILE = Location(SQLITE, "/srv/x.db")
SERVED = Location(POSTGRES, "shop")


def asked(wanted: Target, snapshot: Snapshot, database: Location = FILE) -> Any:
    """Return what the host program is asked."""
    text = verify.data_script(wanted, snapshot, database)
    (found,) = re.findall(r"(?m)^asked=(.*)$", text)
    return json.loads(shlex.split(found)[0])


def test_what_serves_was_looked_at_already() -> None:
    found = verify.decide(WELL, serving(WELL))

    assert not found.needed
    assert "was looked at before it was put in force" in found.why


def test_new_code_and_changed_data_are_looked_at() -> None:
    fixed = target(DEMANDING, V2_FIXED)

    assert verify.decide(fixed, with_release(serving(WELL), fixed)).needed
    assert verify.decide(WELL, replace(serving(WELL), quiesced=True)).needed
    assert verify.decide(target(DEMANDING, None), serving(WELL)).needed


def test_an_app_that_expects_nothing_is_not_asked() -> None:
    assert not verify.decide(target(commit=V3), serving(target())).needed
    assert not verify.decide(target(HELLO, V3), serving(target(HELLO))).needed


def test_what_is_so_since_a_migration_is_asked_of_releases_that_know_it() -> None:
    older = asked(WELL, serving(WELL))
    newer = asked(NEXT, with_release(serving(WELL), NEXT))

    assert [one["kind"] for one in older["expectations"]] == ["Columns"]
    assert [one["kind"] for one in newer["expectations"]] == ["Columns", "NoNulls"]
    assert newer["expectations"][1]["column"] == "description"


def test_what_is_not_asked_yet_is_said() -> None:
    fixed = target(DEMANDING, V2_FIXED)

    why = verify.decide(fixed, with_release(serving(WELL), fixed)).why

    assert why == (
        "2 expectations of data and release (not what is so since 0002, which it does not know)"
    )


def test_while_the_history_is_unknown_all_counts_as_asked() -> None:
    assert verify.decide(NEXT, serving(WELL)).why == "3 expectations of data and release"


def test_commands_run_in_the_release_with_its_python() -> None:
    (check,) = asked(WELL, serving(WELL))["commands"]

    path = WELL.release_path
    assert check["words"] == [f"{path}/.venv/bin/python", "manage.py", "check"]
    assert (check["command"], check["seconds"]) == ("manage.py check", 7)


@pytest.mark.parametrize(
    ("app", "command", "found"),
    [
        (DEMANDING, "alembic check", ["{}/.venv/bin/alembic", "check"]),
        (DEMANDING, "bin/see 'a b'", ["{}/bin/see", "a b"]),
        (DEMANDING, "/bin/true", ["/bin/true"]),
        (HELLO, "see.py", ["/usr/bin/python3", "see.py"]),
    ],
)
def test_where_a_command_is_found(app: App, command: str, found: list[str]) -> None:
    wanted = target(app)

    assert words(wanted, command) == [word.format(wanted.release_path) for word in found]


def test_a_check_that_still_runs_is_stopped_by_the_undo_and_has_its_time() -> None:
    found = verify.undo(WELL)

    assert "units=(changeover-playmaker-check.service)\n" in found.stop
    assert found.limit_seconds == 1800 + 7


@pytest.mark.parametrize(
    ("database", "where"),
    [
        (
            FILE,
            "--kind sqlite --database /srv/x.db --user playmaker --within /srv/playmaker/shared",
        ),
        (SERVED, "--kind postgres --key DATABASE_URL --user playmaker"),
    ],
)
def test_the_database_is_named_by_its_file_or_by_its_environment(
    shell: Shell, database: Location, where: str
) -> None:
    program = '#!/bin/sh\necho "$@" > "$0.arguments"\ncat > "$0.stdin"\n'
    shell.write("/usr/local/lib/changeover/expect", program, 0o755)

    shell.run(verify.data_script(WELL, serving(WELL), database))

    called = (shell / "/usr/local/lib/changeover/expect.arguments").read_text()
    assert shell.moved(f"data {where} --app playmaker --folder {WELL.release_path}") in called
    assert shell.moved("--environment /srv/playmaker/shared/.env") in called
    said = (shell / "/usr/local/lib/changeover/expect.stdin").read_text()
    assert json.loads(said)["commands"][0]["command"] == "manage.py check"


def test_expectations_have_to_fit_the_app() -> None:
    plain: dict[str, Any] = {"name": "hello", "processes": (Web("/bin/x"),)}

    for key, says in [
        ("expectations", "expectations= of data need database="),
        ("once", "since='0002' needs migrations="),
    ]:
        with pytest.raises(ValueError, match=re.escape(says)):
            App(**plain, **{key: getattr(DEMANDING, key)})
    with pytest.raises(ValueError, match="needs a full path, as the app has no python="):
        App(**plain, once=DEMANDING.once[:1])
    with pytest.raises(ValueError, match="have the same name"):
        App(**plain, once=(DEMANDING.once[0],) * 2)

"""Migrations are rehearsed when there are any, and data; on nothing but the copy."""

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import rehearse
from changeover.plans.databases.kind import Location
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.snapshot import Snapshot
from changeover.plans.undo import STEP_SECONDS
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import (
    DEMANDING,
    HELLO,
    REHEARSED,
    V3,
    fresh,
    serving,
    target,
    with_release,
)

TARGET = target(commit=V3)
BEFORE = with_release(serving(target()), TARGET)
FILE = Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
SERVER = Location(POSTGRES, "shop")
STATE = "/var/lib/changeover/playmaker"
WELL = {"release": TARGET.release, "revisions": ["0001"], "when": REHEARSED}


def asked(text: str) -> dict[str, Any]:
    """Return what a script gives its program."""
    line = next(line for line in text.splitlines() if line.startswith("asked="))
    rest = text[text.index(line) :]
    found: dict[str, Any] = json.loads(shlex.split(rest)[0].removeprefix("asked="))
    return found


def test_what_waits_is_rehearsed_where_there_is_data() -> None:
    assert rehearse.decide(TARGET, BEFORE).needed
    assert rehearse.decide(TARGET, BEFORE).why == "on a copy of the data: 0002"
    assert BEFORE.database
    first = replace(BEFORE, database=replace(BEFORE.database, revisions=()))
    assert "if there is data" in rehearse.decide(TARGET, first).why
    assert rehearse.decide(target(commit=None), serving(target())).needed


@pytest.mark.parametrize(
    ("wanted", "snapshot", "why"),
    [
        (target(), serving(target()), "no migration waits"),
        (target(HELLO), serving(target(HELLO)), "no migration waits"),
        (TARGET, replace(BEFORE, database=None), "no database yet"),
        (TARGET, fresh(), "no database yet"),
        (TARGET, replace(BEFORE, rehearsed=WELL), f"0002 went well on a copy .* {REHEARSED}"),
    ],
)
def test_there_is_nothing_to_rehearse(wanted: Any, snapshot: Snapshot, why: str) -> None:
    decision = rehearse.decide(wanted, snapshot)

    assert not decision.needed
    assert re.search(why, decision.why)


@pytest.mark.parametrize(
    "other",
    [
        {"release": "another"},
        {"revisions": []},
        {"when": "2026-01-02T03:00:00Z"},
    ],
    ids=["another release", "another schema", "the day before yesterday"],
)
def test_a_rehearsal_of_something_else_does_not_count(other: dict[str, Any]) -> None:
    assert rehearse.decide(TARGET, replace(BEFORE, rehearsed=WELL | other)).needed


def test_the_program_is_told_each_step_and_what_is_expected_after_the_last() -> None:
    wanted = target(DEMANDING, V3)
    before = with_release(serving(target(DEMANDING)), wanted)

    told = asked(rehearse.rehearse_script(wanted, before, FILE))

    (step,) = told["steps"]
    assert step == {"step": "0002", "gains": ["0002"], "drops": ["0001"]}
    assert [one["kind"] for one in told["expectations"]] == ["Columns", "NoNulls"]
    assert (told["release"], told["revisions"]) == (wanted.release, ["0001"])


def test_a_step_sees_the_copys_environment_and_can_write_the_copy_alone(shell: Shell) -> None:
    for place, shared in ((FILE, f"{STATE}/rehearsal/data:/run/changeover-leaf"), (SERVER, "")):
        shell.write(f"{TARGET.release_path}/.venv/bin/python", "#!/bin/sh\n", 0o755)
        shell.write("/srv/playmaker/shared/.env")
        script = rehearse.rehearsal_script(TARGET, BEFORE, place)

        shell.run(f"set -- mark\n{script}")

        words = shell.walls.rpartition("run app ")[2].replace("\n", " ")
        environment = f"{STATE}/rehearsal/environment"
        assert shell.moved(f"--environment {environment} ") in words
        assert shell.moved(f"--read {environment}:/srv/playmaker/shared/.env ") in words
        assert re.findall("--write ([^ ]+) ", words) == [shell.moved(shared)] * bool(shared)
        assert " --input -- " in words


def test_without_an_environment_in_force_nothing_lies_over_it(shell: Shell) -> None:
    shell.write(f"{TARGET.release_path}/.venv/bin/python", "#!/bin/sh\n", 0o755)

    shell.run(f"set -- mark\n{rehearse.rehearsal_script(TARGET, BEFORE, FILE)}")

    assert "--read /srv" in shell.walls.replace(str(shell.root), "")
    assert "/shared/.env" not in shell.walls


def test_the_programs_words_name_the_kind_of_database(shell: Shell) -> None:
    shell.write("/usr/local/lib/changeover/rehearse", '#!/bin/sh\necho "$@"\ncat', 0o755)
    shell.write(f"{STATE}/candidate.env")
    folder, environment = f"--folder {STATE}/rehearsal", f"--environment {STATE}/candidate.env"
    key = f"{folder} --key DATABASE_URL"

    ran = shell.run(rehearse.rehearse_script(TARGET, BEFORE, FILE))
    cleared = shell.run(rehearse.undo(TARGET, SERVER).script)

    file = f"--sqlite {FILE.name} --within /srv/playmaker/shared"
    assert shell.moved(f"run {environment} {key} {file}\n") in ran
    assert cleared == shell.moved(
        f"clear {environment} {key} --superuser postgres --user playmaker\n"
    )


def test_an_undo_without_the_program_or_an_environment_does_nothing(shell: Shell) -> None:
    assert shell.run(rehearse.undo(TARGET, FILE).script) == ""


def test_its_undo_stops_the_engine_and_what_it_says_is_shown() -> None:
    undo = rehearse.undo(TARGET, FILE)

    assert undo.step == "rehearse.migrations"
    assert "units=(changeover-playmaker-migrate.service)\n" in undo.stop
    assert undo.shown
    assert undo.limit_seconds > STEP_SECONDS

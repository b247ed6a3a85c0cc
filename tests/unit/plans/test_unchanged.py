"""A script outside a changeover acts only on a host that is as this run saw it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans import prune
from changeover.plans.databases.none import NOWHERE
from changeover.plans.unchanged import guarded
from tests.unit.plans.prune.test_prune import made
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, serving, target

PATHS = target().paths
LEDGER = f"{PATHS.state}/ledger.jsonl"
ROOT = "/srv/playmaker"


def record(changeover: str, outcome: str = "committed", **more: object) -> str:
    return json.dumps({"id": changeover, "outcome": outcome} | more, sort_keys=True) + "\n"


def done(shell: Shell, generation: str) -> str:
    """Return what a script says that saw this changeover as the last."""
    snapshot = replace(serving(target()), generation=generation)
    ended = shell.try_(guarded(target(), snapshot, "echo acted"))
    return (ended.stdout + ended.stderr).strip()


def test_a_host_that_is_as_it_was_is_acted_on(shell: Shell) -> None:
    assert done(shell, "") == "acted", "nothing was ever released"
    shell.write(LEDGER, record("c1") + record("c2", "undone", why='"outcome": "committed"}'))
    assert done(shell, "c1") == "acted"
    torn = '{"id": "c2", "outcome": "committed", "to\n'
    shell.write(LEDGER, record("c1") + torn + record("once", "done"))
    assert done(shell, "c1") == "acted", "what a power cut tore is no record"


def test_what_was_released_since_is_not_touched(shell: Shell) -> None:
    shell.write(LEDGER, record("c1") + record("c2"))

    said = done(shell, "c1")

    assert "acted" not in said
    assert "playmaker was released by somebody else since this run looked" in said
    assert "changeover c2" in said


def test_an_open_changeover_of_another_run_is_not_worked_into(shell: Shell) -> None:
    shell.write(LEDGER, record("c1"))
    shell.write(f"{PATHS.state}/undo.d/about.json")
    snapshot = replace(serving(target()), generation="c1")

    assert "acted" not in shell.try_(guarded(target(), snapshot, "echo acted")).stdout


def test_one_that_was_seen_is_the_scripts_own_business(shell: Shell) -> None:
    shell.write(LEDGER, record("c1"))
    shell.write(f"{PATHS.state}/undo.d/about.json")
    snapshot = replace(serving(target()), generation="c1", open_changeover={"id": "c2"})

    assert shell.try_(guarded(target(), snapshot, "echo acted")).stdout == "acted\n"


@pytest.fixture
def old(shell: Shell) -> dict[str, Path]:
    """Give releases, environments and builds; all of them look old."""
    names = [f"releases/r{number}" for number in (1, 2, 3, 4)]
    names += ["environments/python-1", "environments/python-2", "builds/build-1"]
    found = {name: shell.write(f"{ROOT}/{name}/file").parent for name in names}
    shell.stub("systemctl", "echo 0")
    return found


def prune_all(shell: Shell) -> str:
    """Prune what was seen to be old: all but r4, which is kept. Nothing runs."""
    shell.stub("units", "exit 0")
    seen = replace(
        fresh(),
        releases={f"r{number}": made(f"r{number}", 7, None) for number in (1, 2, 3)},
        environments=frozenset({"python-1", "python-2", "build-1"}),
    )
    ended = shell.try_(prune.prune_script(target(), seen, NOWHERE))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def test_what_is_current_by_now_stays(shell: Shell, old: dict[str, Path]) -> None:
    (shell / PATHS.current).symlink_to("releases/r1")

    said = prune_all(shell)

    assert f"{old['releases/r1']} is in use by now, and stays" in said
    assert old["releases/r1"].exists()
    assert not old["releases/r2"].exists()


def test_what_a_release_that_stays_leads_to_stays(shell: Shell, old: dict[str, Path]) -> None:
    (old["releases/r4"] / ".venv").symlink_to("../../environments/python-1")
    (old["releases/r4"] / "frontend").mkdir()
    (old["releases/r4"] / "frontend/dist").symlink_to("../../../builds/build-1/output")
    (old["releases/r1"] / ".venv").symlink_to("../../environments/python-2")

    prune_all(shell)

    stays = {name for name, path in old.items() if path.exists()}
    assert stays == {"releases/r4", "environments/python-1", "builds/build-1"}


@pytest.mark.parametrize("body", ["exit 1", "echo"])
def test_nothing_goes_while_nobody_knows_what_runs(
    shell: Shell, old: dict[str, Path], body: str
) -> None:
    shell.stub("systemctl", body)
    seen = replace(fresh(), releases={"r1": made("r1", 1, None)})

    ended = shell.try_(prune.prune_script(target(), seen, NOWHERE))

    assert ended.returncode == 1
    assert old["releases/r1"].exists()

"""The order of phases that the promises stand on, in each app's deploy file."""

import ast
from pathlib import Path

import pytest

from tests.unit.fleet import APPS, ROOT

# The first stands before the second in every file that has both, and why.
ORDER = [
    ("preflight.check", "provision.converge", "nothing is touched while there is a problem"),
    ("provision.converge", "changeover.begin", "the programs that undo are there"),
    ("changeover.begin", "fetch.release", "what a release makes can be undone"),
    ("fetch.release", "dependencies.install", "packages are those of the commit"),
    ("dependencies.install", "build.assets", "a build has its packages"),
    ("environment.prepare", "rehearse.migrations", "a step runs with the new environment"),
    ("rehearse.migrations", "maintenance.close", "what fails on a copy closes nothing"),
    ("maintenance.close", "service.quiesce", "visitors are told before the app is gone"),
    ("service.quiesce", "backup.take", "nobody writes after the backup"),
    ("backup.take", "migrate.forward", "there is a verified way back"),
    ("migrate.forward", "verify.data", "the data is looked at as it has become"),
    ("verify.data", "activate.release", "wrong data is served by nobody"),
    ("environment.prepare", "activate.release", "the new code has its environment"),
    ("build.assets", "activate.release", "the new code has its pages"),
    ("activate.release", "service.restart", "what is started is the new code"),
    ("service.restart", "health.local", "what is asked is what was started"),
    ("site.publish", "health.local", "a site that nginx refuses is undone"),
    ("health.local", "changeover.commit", "only what is well is committed"),
    ("changeover.commit", "maintenance.reopen", "nobody writes before it"),
    ("changeover.commit", "tls.certificate", "a release does not fail because of one"),
    ("changeover.commit", "health.through_site", "visitors are let in by it"),
    ("changeover.commit", "prune.old", "an undo may need what is old"),
    ("changeover.commit", "once.run", "it cannot be undone"),
]
ALWAYS = {"preflight.check", "changeover.begin", "health.local", "changeover.commit"}
WITH = {"migrate.forward": {"maintenance.close", "service.quiesce", "backup.take"}}


def calls(deploy: Path) -> list[str]:
    """Return the phases that a deploy file calls, in order: ``backup.take``."""
    lines = (
        node.value for node in ast.parse(deploy.read_text()).body if isinstance(node, ast.Expr)
    )
    return [ast.unparse(line.func) for line in lines if isinstance(line, ast.Call)]


def breaches(phases: list[str]) -> list[str]:
    """Return what of the order is not kept."""
    there = set(phases)
    late = [
        f"{second} before {first}: {why}"
        for first, second, why in ORDER
        if {first, second} <= there and phases.index(first) > phases.index(second)
    ]
    needed = ALWAYS.union(*(needs for phase, needs in WITH.items() if phase in there))
    return late + [f"no {phase}" for phase in sorted(needed - there)]


@pytest.mark.parametrize("app", sorted(APPS))
def test_a_deploy_file_keeps_the_order_that_promises_stand_on(app: str) -> None:
    assert breaches(calls(ROOT / f"deploys/{app}.py")) == []


def test_the_file_with_every_phase_keeps_all_of_it() -> None:
    phases = set(calls(ROOT / "deploys/playmaker.py"))

    assert {phase for first, second, _ in ORDER for phase in (first, second)} == phases


@pytest.mark.parametrize(("first", "second", "why"), ORDER)
def test_two_phases_the_wrong_way_round_are_seen(first: str, second: str, why: str) -> None:
    phases = calls(ROOT / "deploys/playmaker.py")
    one, two = phases.index(first), phases.index(second)
    phases[one], phases[two] = second, first

    assert f"{second} before {first}: {why}" in breaches(phases)


def test_a_migration_without_a_way_back_is_seen() -> None:
    phases = calls(ROOT / "deploys/playmaker.py")
    phases.remove("backup.take")

    assert breaches(phases) == ["no backup.take"]

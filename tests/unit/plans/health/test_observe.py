"""When pages are asked for and the log is looked through, and what is asked."""

import json
import os
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from changeover.operations.view import View
from changeover.plans import observe
from changeover.plans.rollback_methods.method import CODE, Method
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings.expect import Errors
from changeover.settings.processes import Worker
from tests.unit.plans.shell import Shell
from tests.unit.plans.web import web
from tests.unit.plans.world import DEMANDING, V3, serving, target, view, with_release

WELL = target(DEMANDING)
NEXT = target(DEMANDING, V3)
HELD: dict[str, Any] = {
    "held": {"what": "release"},
    "open_changeover": {"id": "x", "began": 1767500000.5},
}


def decided(seen: View) -> tuple[bool, str]:
    found = observe.decide(seen.target, seen.snapshot, switches=seen.switches)
    return found.needed, found.why


def asked(wanted: Target, snapshot: Snapshot) -> dict[str, Any]:
    """Return what the host's program is asked."""
    (line,) = re.findall(r"(?m)^asked=(.*)$", observe.observe_script(wanted, snapshot))
    (text,) = shlex.split(line)
    found: dict[str, Any] = json.loads(text)
    return found


def test_where_nothing_is_put_in_force_nothing_is_asked() -> None:
    assert decided(view(WELL, serving(WELL))) == (False, "nothing was put in force")


def test_a_release_that_is_held_is_looked_at_also_when_all_is_well_already() -> None:
    assert decided(view(WELL, replace(serving(WELL), **HELD))) == (
        True,
        "1 page and the log (not what is so since 0002, which it does not know)",
    )


def test_what_a_dead_release_left_open_is_not_this_ones() -> None:
    left = replace(serving(WELL), open_changeover=HELD["open_changeover"])

    assert not decided(view(WELL, left))[0]


@pytest.mark.parametrize(
    "changes", [{"current": "other"}, {"site_loaded": "other"}, {"processes": {}}], ids=str
)
def test_code_a_restart_and_the_site_put_something_in_force(changes: dict[str, Any]) -> None:
    assert decided(view(WELL, replace(serving(WELL), **changes)))[0]
    assert decided(view(WELL, web(serving(WELL), release="other")))[0]


def test_a_rollback_is_not_held_to_what_a_newer_deploy_file_expects() -> None:
    snapshot = replace(serving(WELL), **HELD)
    (release,) = snapshot.releases.values()
    back = replace(WELL, rollback=Rollback(release, Method(CODE)))

    assert not observe.decide(back, snapshot, switches=True).needed


def test_pages_since_a_migration_are_asked_of_releases_that_know_it() -> None:
    older = asked(WELL, serving(WELL))["pages"]["pages"]
    newer = asked(NEXT, with_release(serving(WELL), NEXT))["pages"]["pages"]

    assert [page["path"] for page in older] == ["/"]
    assert [page["path"] for page in newer] == ["/", "/new"]


def test_the_log_is_that_of_this_changeover_and_files_are_in_the_shared_folder() -> None:
    found = asked(WELL, replace(serving(WELL), **HELD))["log"]

    assert found["after"] == 1767500000.5
    (log,) = found["logs"]
    assert log["files"] == ["/srv/playmaker/shared/logs/a.log"]
    assert log["journals"] == ["playmaker.service"]
    assert (log["allowed"], found["user"]) == (1, "playmaker")
    assert found["marked"] == "/var/lib/changeover/playmaker/restarted.json"


def test_code_is_that_of_the_release() -> None:
    found = asked(WELL, serving(WELL))

    assert found["code"] == {"root": "/srv/playmaker", "release": WELL.release}


def test_processes_beside_the_one_that_serves_are_looked_at_for_longer() -> None:
    worker = Worker("rq worker", instances=2, errors=Errors(allowed=3))
    app = DEMANDING.model_copy(update={"processes": (*DEMANDING.processes, worker)})
    wanted = target(app)

    found = asked(wanted, serving(wanted))

    assert asked(WELL, serving(WELL))["running"] == {"seconds": 0}
    assert found["running"] == {"seconds": 2}
    web, workers = found["log"]["logs"]
    assert (web["of"], workers["of"], workers["allowed"]) == ("web", "worker", 3)
    assert workers["journals"] == [f"playmaker-worker@{number}.service" for number in (1, 2)]


def test_all_is_looked_at_even_if_the_first_is_not_as_expected(shell: Shell) -> None:
    """No page answers, nothing runs, and nobody knows when the app was restarted."""
    shell.stub("units", "exit 0")
    shell.stub("systemctl", "printf 'NRestarts=0\\nActiveState=inactive\\n'")
    shell.stub("journalctl", "exit 0")
    shell.write("/var/lib/changeover/playmaker/restarted.json", "{torn")

    done = shell.try_(observe.observe_script(WELL, serving(WELL)))

    assert done.returncode == 1
    page, running, *said, code, log = done.stderr.splitlines()
    assert running == "not as expected: playmaker.service does not run"
    assert said[-1] == "(it said nothing)"
    assert page.startswith("not as expected: page /: no whole answer within 10 s (")
    assert code == "not as expected: nothing of the app runs"
    assert log.startswith("expect log: ")


def test_the_checks_of_hosts_look_at_the_code_alone(shell: Shell) -> None:
    shell.stub("units", f"echo {os.getpid()}")

    done = shell.try_(observe.code_script(WELL, "r1"))

    assert (done.returncode, done.stderr) == (0, "")

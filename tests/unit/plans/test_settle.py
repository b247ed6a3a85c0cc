"""The end of an undo is patient, however little time the release was given."""

import pytest

from changeover.plans.settle import settle_script
from changeover.plans.snapshot import Snapshot
from tests.unit.plans.shell import Shell
from tests.unit.plans.web import stopped, web
from tests.unit.plans.world import V3, serving, target


@pytest.mark.parametrize(("given", "deadline"), [(5, 60), (300, 300)])
def test_the_old_release_has_time_to_start(given: int, deadline: int) -> None:
    wanted = target(commit=V3, health_timeout_seconds=given)

    assert f'"seconds": {deadline},' in settle_script(wanted, serving(target()))


@pytest.mark.parametrize(
    ("body", "code", "reloads"),
    [
        ("echo active", 0, True),
        ("echo inactive", 0, False),
        ("echo failed", 0, False),
        ("exit 1", 1, False),
    ],
)
def test_an_nginx_that_runs_has_the_old_site_again(
    shell: Shell, body: str, code: int, reloads: bool
) -> None:
    shell.stub("systemctl", f'echo "$@" >> "$0.arguments"; case $1 in show) {body} ;; esac')
    shell.stub("nginx", "exit 0")
    shell.write("/var/lib/changeover/playmaker/.keep")
    text = settle_script(target(), serving(target()))

    done = shell.try_(f"steps='001-site.publish'\n{text}")

    assert done.returncode == code
    calls = (shell.programs / "systemctl.arguments").read_text()
    assert ("reload-or-restart nginx" in calls) is reloads


@pytest.mark.parametrize(
    ("before", "calls"),
    [
        (stopped(serving(target())), ["stop"]),
        (web(serving(target()), active=False), ["stop", "start", "restart"]),
        (serving(target()), ["start", "restart"]),
    ],
    ids=["stopped", "about to start", "active"],
)
def test_what_the_release_started_does_not_outlive_its_undo(
    shell: Shell, before: Snapshot, calls: list[str]
) -> None:
    shell.stub("systemctl", "exit 0")
    words = '[ "$1" != --stop-seconds ] || shift 2; '
    shell.stub("units", f'{words}echo "$1" >> "$0.calls"; [ "$1" != restart ] || exit 1')
    shell.write("/var/lib/changeover/playmaker/.keep")

    done = shell.try_(f"steps='009-service.restart'\n{settle_script(target(), before)}")

    assert (shell.programs / "units.calls").read_text().split() == calls
    # only one that served has to serve again
    assert done.returncode == (1 if before.processes["web"].active else 0), done.stderr

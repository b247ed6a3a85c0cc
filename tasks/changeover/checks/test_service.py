"""The app's units are as they should be, and what runs is what was released."""

import shlex

from changeover.checks.carriers import Carrier
from changeover.host.probe.status import FOREIGN
from changeover.plans.paths import PROGRAMS


def test_the_units_are_enabled_and_active(carrier: Carrier) -> None:
    for unit in (carrier.paths.unit, carrier.paths.socket_unit):
        assert carrier.host.service(unit).is_enabled, f"{unit} is not enabled"
        assert carrier.host.service(unit).is_running, f"{unit} is not active"


def test_no_unit_of_the_host_has_failed(carrier: Carrier) -> None:
    failed = carrier.output("systemctl list-units --failed --plain --no-legend")
    names = [line.split()[0] for line in failed.splitlines()]
    assert not names, f"failed: {', '.join(names)} (journalctl -u NAME says why)"


def test_the_current_release_runs(carrier: Carrier) -> None:
    current = carrier.output("readlink -e %s", carrier.paths.current)
    pid = carrier.output("systemctl show -p MainPID --value %s", carrier.paths.unit)
    assert pid != "0", f"{carrier.paths.unit} does not run"
    runs = carrier.output("readlink -e /proc/%s/cwd", pid)
    assert runs == current, f"{carrier.paths.unit} runs {runs}; current is {current}"


def test_what_runs_has_its_files_in_the_current_release(carrier: Carrier) -> None:
    paths = carrier.paths
    current = carrier.output("readlink -e %s", paths.current).rpartition("/")[2]
    where = ("--unit", paths.unit, "--root", paths.root, "--release", current)
    status, said = carrier.said(f"{PROGRAMS}/expect code" + " %s" * len(where), *where)
    assert (status, said) == (0, ""), said


def test_what_was_released_was_not_changed_afterwards(carrier: Carrier) -> None:
    paths = carrier.paths
    made = f"{paths.releases} {paths.environments} {paths.builds}"
    changed = carrier.output(f"find {made} {shlex.join(FOREIGN)} -print -quit")
    assert changed == "", f"{changed} is not root's alone, so anybody may have changed it"


def test_the_app_says_that_the_current_release_is_well(carrier: Carrier) -> None:
    commit = carrier.output("cat %s/REVISION", carrier.paths.current)
    told = carrier.health().get("release")
    assert told == commit, f"{carrier.app.health.path} says release {told}; current is {commit}"

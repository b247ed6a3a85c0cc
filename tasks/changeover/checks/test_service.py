"""The app's processes are as they should be, and what runs is what was released."""

import shlex

from changeover.checks.carriers import Carrier
from changeover.host.health import RELEASE, is_well
from changeover.host.probe.status import FOREIGN
from changeover.plans.observe import code_script
from changeover.plans.processes.instances import instances


def test_the_processes_run_and_start_with_the_host(carrier: Carrier) -> None:
    found = carrier.processes
    for name in (one.name for one in instances(carrier.app)):
        assert name in found, f"nobody says anything of {name}"
        assert found[name].enabled, f"{name} does not start with the host"
        assert found[name].active, f"{name} does not run"


def test_no_unit_of_the_host_has_failed(carrier: Carrier) -> None:
    failed = carrier.output("systemctl list-units --failed --plain --no-legend")
    names = [line.split()[0] for line in failed.splitlines()]
    assert not names, f"failed: {', '.join(names)} (journalctl -u NAME says why)"


def test_the_current_release_runs(carrier: Carrier) -> None:
    current = carrier.output("readlink -e %s", carrier.paths.current).rpartition("/")[2]
    for name, process in carrier.processes.items():
        assert process.active, f"{name} does not run"
        assert process.release == current, f"{name} runs {process.release}; current is {current}"


def test_what_runs_has_its_files_in_the_current_release(carrier: Carrier) -> None:
    current = carrier.output("readlink -e %s", carrier.paths.current).rpartition("/")[2]
    status, said = carrier.said("bash --norc -c %s", code_script(carrier.target, current))
    assert (status, said) == (0, ""), said


def test_what_was_released_was_not_changed_afterwards(carrier: Carrier) -> None:
    paths = carrier.paths
    made = f"{paths.releases} {paths.environments} {paths.builds}"
    changed = carrier.output(f"find {made} {shlex.join(FOREIGN)} -print -quit")
    assert changed == "", f"{changed} is not root's alone, so anybody may have changed it"


def test_the_app_says_that_the_current_release_is_well(carrier: Carrier) -> None:
    if RELEASE not in carrier.app.health.says:
        path, status = carrier.app.health.path, carrier.ask(carrier.app.health.path).status
        assert is_well(status, says_nothing=True), f"{path} answers {status}"
        return
    commit = carrier.output("cat %s/REVISION", carrier.paths.current)
    told = carrier.health().get(RELEASE)
    assert told == commit, f"{carrier.app.health.path} says release {told}; current is {commit}"

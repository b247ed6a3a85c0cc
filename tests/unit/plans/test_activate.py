"""The switch: the environment first, then ``current``, each by one rename."""

from dataclasses import replace
from pathlib import Path

from changeover.plans import activate
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V3, fresh, serving, target

PATHS = target().paths


def test_the_reason_names_what_is_current() -> None:
    before = serving(target())

    first = activate.decide(target(), fresh(), environment_changes=False)
    assert first.why == f"nothing is current; {target().release} is wanted"
    found = activate.decide(target(commit=V3), before, environment_changes=False)
    assert found.why == f"{target().release} is current; {target(commit=V3).release} is wanted"


def test_a_candidate_that_was_left_has_to_go_into_force() -> None:
    snapshot = serving(target())
    left = replace(snapshot, files={**snapshot.files, PATHS.candidate: "sum"})

    assert activate.decide(target(), left, environment_changes=False).needed
    assert not activate.decide(target(), snapshot, environment_changes=False).needed


def test_the_candidate_goes_into_force_and_the_old_environment_is_kept(shell: Shell) -> None:
    shell.write(PATHS.candidate, "A=2\n", 0o600)
    shell.write(PATHS.env_file, "A=1\n", 0o600)

    shell.run(activate.activate_script(target()))

    assert (shell / PATHS.env_file).read_text() == "A=2\n"
    assert (shell / PATHS.env_file).stat().st_mode & 0o777 == 0o640
    assert not (shell / PATHS.candidate).exists()
    (kept,) = (shell / f"{PATHS.state}/environments").iterdir()
    assert kept.read_text() == "A=1\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_current_is_a_relative_link_to_the_release(shell: Shell) -> None:
    shell.write(f"{PATHS.root}/.keep")
    shell.write(f"{PATHS.state}/.keep")

    for wanted in (target(), target(commit=V3)):
        shell.run(activate.activate_script(wanted))

        assert str((shell / PATHS.current).readlink()) == f"releases/{wanted.release}"
    assert {path.name for path in (shell / PATHS.root).iterdir()} == {".keep", "current"}
    boot, seconds = (shell / PATHS.activated).read_text().split()
    assert boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert float(seconds) <= float(Path("/proc/uptime").read_text().split()[0])


def test_a_second_switch_changes_nothing(shell: Shell) -> None:
    shell.write(PATHS.candidate, "A=2\n")
    shell.write(f"{PATHS.shared}/.keep")
    shell.run(activate.activate_script(target()))
    before = shell.tree()

    shell.run(activate.activate_script(target()))

    assert shell.tree() == before

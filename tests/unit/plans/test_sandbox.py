"""What ends tasks that may still run, before anything of theirs is undone."""

import pytest

from changeover.plans.sandbox import stop
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

BUILD, FETCH = "changeover-playmaker-build.service", "changeover-playmaker-fetch.service"


def calls(shell: Shell) -> list[str]:
    return (shell.programs / "calls").read_text().splitlines()


def test_tasks_that_have_ended_are_stopped_all_the_same(shell: Shell) -> None:
    """One may be about to start: a stop takes that back."""
    noting = f'echo "$@" >> {shell.programs}/calls'
    answer = "printf 'inactive\\n\\nfailed\\n'"
    shell.stub("systemctl", f"{noting}; case $1 in stop) exit 5 ;; show) {answer} ;; esac")
    shell.stub("units", f"echo units >> {shell.programs}/calls")

    shell.run(stop(target(), "build", "fetch"))

    assert calls(shell) == [
        f"stop {BUILD} {FETCH}",
        f"show -p ActiveState --value {BUILD} {FETCH}",
    ]


def test_where_no_task_can_run_nothing_is_run() -> None:
    assert stop(target()) == ""


@pytest.mark.parametrize("said", ["active", "deactivating", "", "inactive\nactivating", "inactive"])
def test_what_is_not_seen_to_have_ended_is_killed(shell: Shell, said: str) -> None:
    shell.stub("systemctl", f"case $1 in show) echo '{said}' ;; esac")
    shell.stub("units", f'echo "$@" >> {shell.programs}/calls; exit 1')

    assert shell.try_(stop(target(), "build", "fetch")).returncode == 1

    assert calls(shell) == [f"stop {BUILD} {FETCH}"]


def test_what_nobody_tells_is_not_taken_for_an_end(shell: Shell) -> None:
    shell.stub("systemctl", "exit 1")
    shell.stub("units", "exit 1")

    assert shell.try_(stop(target(), "build")).returncode == 1

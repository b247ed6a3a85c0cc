"""The probe for people: what the host's own program tells, and what is not as it was made."""

import os

import pytest

from changeover.plans.probe import files, status_script
from changeover.plans.status import StatusAnswer, parse_status, report
from tests.unit.plans.probe.test_probe import PATHS, QUESTION, quiet
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

__all__ = ["quiet"]
PROGRAM = "/usr/local/lib/changeover/changeover"


def told(shell: Shell) -> StatusAnswer:
    return parse_status(shell.probe(status_script(QUESTION)).splitlines())


def test_a_host_without_the_program_says_so(shell: Shell) -> None:
    found = told(shell)

    assert found.complaint == "it is not installed"
    assert found.total_kilobytes > found.snapshot.free_kilobytes > 0
    assert found.changed == ""


def test_what_the_program_tells_is_told(shell: Shell) -> None:
    shell.write(PROGRAM, '#!/bin/sh\necho "{\\"asked\\": \\"$*\\"}"\n', 0o755)

    found = told(shell)

    assert (found.program, found.complaint) == ({"asked": "status playmaker"}, "")


def test_of_what_it_complains_the_last_line_is_told(shell: Shell) -> None:
    shell.write(PROGRAM, "#!/bin/sh\necho Traceback >&2\necho SyntaxError: x >&2\nexit 1\n", 0o755)

    assert told(shell).complaint == "SyntaxError: x"


def test_a_program_that_does_not_answer_leaves_all_else_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(PROGRAM, "#!/bin/sh\nexec sleep 60\n", 0o755)
    short = {
        path: text.replace("_PROGRAM_SECONDS = 600, 20", "_PROGRAM_SECONDS = 600, 1")
        for path, text in files().items()
    }
    monkeypatch.setattr("tests.unit.plans.shell.files", lambda: short)

    found = told(shell)

    assert found.complaint == f"{shell / PROGRAM} does not come to its end"
    assert found.total_kilobytes > 0


def test_a_search_that_fails_is_not_that_nothing_was_changed(shell: Shell) -> None:
    shell.stub("find", "kill -9 $$")

    found = told(shell)

    assert found.changed is None
    problems = report(target(), found, "")["problems"]
    assert [line for line in problems if "nobody could tell" in line]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make what is root's")
def test_what_others_may_write_is_named_once(shell: Shell) -> None:
    shell.write(f"{PATHS.releases}/r1/app.py")
    shell.write(f"{PATHS.releases}/.r2.new/app.py", mode=0o666)
    assert told(shell).changed == ""

    shell.write(f"{PATHS.releases}/r1/other.py", mode=0o666)

    assert told(shell).changed == shell.moved(f"{PATHS.releases}/r1/other.py")

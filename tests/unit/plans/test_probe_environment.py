"""The probe of the host's own environment file: lines that nobody understands, by number."""

from dataclasses import replace

import pytest

from tasks.plans import preflight
from tasks.plans.environment import render_line
from tests.unit.plans.shell import Shell
from tests.unit.plans.test_probe import PATHS, probed, quiet
from tests.unit.plans.world import serving, target

__all__ = ["quiet"]
HIDDEN = "hunter2-s3cr3t"
WRONG = f"""A=1
FOO {HIDDEN}

SECRET_KEY="{HIDDEN}
 'B'=1
C='{HIDDEN}' {HIDDEN}
{HIDDEN}
"""
RIGHT = """
# note
; note
export A=1
 B = two words # note
C='a "b" \\x' # note
D="a \\"b\\" 'c'"
E=
F=it's
"""


def test_lines_that_nobody_understands_are_refused_by_number_and_not_shown(shell: Shell) -> None:
    shell.write(PATHS.env_file, WRONG, 0o640)

    found = probed(shell)
    host = replace(serving(target()), env_unread=found.env_unread)
    said = preflight.problems(target(), host, now=host.clock, database_url=None)

    assert found.env_unread == (2, 4, 5, 6, 7)
    assert [line for line in said if PATHS.env_file in line] == [
        f"{PATHS.env_file}: line {number}: no KEY=value in one line, or a quote that is not closed;"
        " mend it on the host"
        for number in (2, 4, 5, 6, 7)
    ]
    assert HIDDEN not in " ".join(said)


def test_what_readers_understand_is_read(shell: Shell) -> None:
    shell.write(PATHS.env_file, RIGHT, 0o640)

    assert probed(shell).env_unread == ()


@pytest.mark.parametrize("value", ["", "a b", "it's", 'a"b', "a\\b", "#", "it's \\\\ ", "é"])
def test_what_is_written_there_is_read(shell: Shell, value: str) -> None:
    shell.write(PATHS.env_file, f"{render_line('A', value)}\n", 0o640)

    assert probed(shell).env_unread == ()

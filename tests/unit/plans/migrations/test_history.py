"""A release's migrations, as the commit's own code tells them: whatever it prints, one word."""

import json
import sys

import pytest

from changeover.plans import migrate
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V3, target

TARGET = target(commit=V3)
STEPS = [{"id": "0001", "after": [], "title": "First"}]
LINE = "@@history " + json.dumps({"steps": STEPS, "here": True, "says": "by the way\n"})
HISTORY = f"{TARGET.release_path}/.changeover/migrations.json"


def told(shell: Shell, code: str) -> tuple[int, str]:
    """Have a commit's code tell its history; return how that ended, and what was said."""
    shell.write(HISTORY).unlink()
    shell.write("/commit.py", code)
    python = f"#!/bin/sh\nexec {sys.executable} {shell / '/commit.py'}\n"
    shell.write(f"{TARGET.release_path}/.venv/bin/python", python, 0o755)
    done = shell.try_(migrate.history_script(TARGET))
    return done.returncode, done.stderr


def test_a_history_is_kept(shell: Shell) -> None:
    code = f"print('hello'); print({LINE!r}); print('bye')"
    assert told(shell, code) == (0, "by the way\n")
    assert json.loads((shell / HISTORY).read_text()) == {
        "steps": STEPS,
        "here": True,
        "engine": "Alembic",
    }
    assert [one.name for one in (shell / HISTORY).parent.iterdir()] == ["migrations.json"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "there are 0 lines"),
        (f"print({LINE!r}); print({LINE!r})", "there are 2 lines"),
        ("print('@@history ' + '[' * 100_000)", "RecursionError"),
        ("print('@@history [')", "JSONDecodeError"),
        ("print('@@history {}')", "KeyError"),
        ("print('@@history []')", "TypeError"),
        ("""print('@@history {"steps": {}}')""", "no list of steps"),
        ("""print('@@history {"steps": [7]}')""", "TypeError"),
        ("""print('@@history {"steps": [{}]}')""", "KeyError"),
        (f"print({LINE.replace('[]', '[3]')!r})", "no list of steps"),
        (f"print({LINE.replace('First', '')!r}[:-2] + ', \"replaces\": 3}}]')", "no list of steps"),
    ],
)
def test_what_is_no_history_is_refused(shell: Shell, code: str, why: str) -> None:
    status, said = told(shell, code)
    assert (status, why in said) == (1, True), said
    assert "alembic tells of the release's migrations makes no sense" in said.lower()
    assert not (shell / HISTORY).exists()


def test_what_has_no_end_is_cut_and_named(shell: Shell) -> None:
    status, said = told(shell, "while True: print('x' * 65536)")
    assert status == 1
    assert "tells more than 4 MiB" in said
    assert (shell / f"{HISTORY}.told").stat().st_size == (4 << 20) + 1
    status, said = told(
        shell, "import sys\nfor _ in range(500): sys.stderr.write('x' * 9999)\n1 / 0"
    )
    assert (status, "cannot tell the release's migrations" in said) == (1, True)
    assert (shell / f"{HISTORY}.said").stat().st_size == 65536


def test_the_engines_own_words_are_all_where_it_says_so(shell: Shell) -> None:
    refuses = "import sys\nsys.stderr.write('run makemigrations\\n'); sys.exit(4)"
    assert told(shell, refuses) == (1, "run makemigrations\n")

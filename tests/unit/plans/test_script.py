"""Scripts: values are data whatever they hold, and the first error is the last."""

import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from changeover.plans import script

HOSTILE = [
    "",
    " ",
    "a b",
    "it's",
    '"',
    "$HOME",
    "$(id)",
    "`id`",
    "\\",
    "\n",
    "-n",
    "*",
    "é",
    "a\nb'",
]


def bash(text: str) -> str:
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_never_code(value: str) -> None:
    assigned = script.assignments({"value": value, "list": ["x", value]})

    assert bash(f"{assigned}printf '%s' \"$value\"") == value
    assert bash(f"{assigned}printf '%s' \"${{list[1]}}\"") == value
    assert bash(f'{assigned}echo "${{#list[@]}}"') == "2\n"


def test_an_empty_list_and_a_number_are_what_they_are() -> None:
    assigned = script.assignments({"none": [], "some": (), "number": 7})

    assert bash(f'set -u; {assigned}echo "${{#none[@]}} ${{#some[@]}} $number"') == "0 0 7\n"


def test_a_script_stops_at_the_first_error() -> None:
    for mistake in ("false", "false | true", 'echo "$nobody_set_this"', "x=$(false)"):
        text = f"{script.read('prelude')}{mistake}\necho went on\n"
        done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=False)

        assert done.returncode != 0, mistake
        assert done.stdout == "", mistake


def test_no_shell_reads_the_files_of_its_user(tmp_path: Path) -> None:
    (tmp_path / ".bashrc").write_text("echo said\n")
    command = shlex.split(f"env -i HOME={tmp_path} PATH=/usr/bin:/bin {script.SHELL} -c 'echo ran'")
    ours, theirs = socket.socketpair()

    with ours, theirs:
        done = subprocess.run(
            command, stdin=theirs.fileno(), capture_output=True, text=True, check=True
        )

    assert done.stdout == "ran\n"
    folder = Path(script.__file__).parent.parent
    files = [path for end in ("py", "sh") for path in folder.rglob(f"*.{end}")]
    assert not [str(path) for path in files if "bash -c" in path.read_text()]

"""The wanted environment: from a private file or a command, whose values never show."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from changeover.facts import run
from changeover.facts.environment import WantedEnvironment, wanted_environment
from changeover.settings.load import load_values
from tests.odd_values import PEM

HIDDEN = "hunter2-s3cr3t"


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin a run with nothing read, in a folder of its own."""
    monkeypatch.setattr(run, "this", run.Run())
    monkeypatch.chdir(tmp_path)


def wanted(groups: Sequence[str] = (), **settings: str) -> WantedEnvironment:
    data = {"play_repository": "https://git.example/x", "play_domain": "play.example"}
    data |= {f"play_{key}": value for key, value in settings.items()}
    return wanted_environment("play", load_values("play", data), groups)


def secret_file(path: Path, text: str, mode: int = 0o600) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_a_private_file_is_read(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "env", "# note\nexport A=1\nB='two words'\nC=\"$HOME\"\nD=\n")

    found = wanted(env_file=file)

    assert (found.values, found.problems) == (
        {"A": "1", "B": "two words", "C": "$HOME", "D": ""},
        (),
    )
    assert found.lines() == "A=1\nB='two words'\nC='$HOME'\nD=\n"


def test_by_default_the_file_is_named_after_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories/prod.py").touch()
    secret_file(tmp_path / "secrets/prod/play.env", "A=prod\n")

    assert wanted(groups=("play", "prod", "all")).values == {"A": "prod"}


def test_a_missing_file_says_where_it_should_be() -> None:
    (problem,) = wanted().problems

    assert problem.startswith("secrets/all/play.env: not there; put the environment of play into")
    assert "play_env_command" in problem


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604])
def test_a_file_that_others_may_read_is_refused_with_the_way_to_mend_it(
    tmp_path: Path, mode: int
) -> None:
    file = secret_file(tmp_path / "env", f"A={HIDDEN}\n", mode)

    found = wanted(env_file=file)

    assert found.values == {}
    assert found.problems == (f"{file}: mode {mode:04o}, others may read it; chmod 0600 {file}",)


def test_a_command_prints_the_environment() -> None:
    assert wanted(env_command="printf 'A=1\\nB=2\\n'").values == {"A": "1", "B": "2"}


def test_no_shell_reads_the_command() -> None:
    assert wanted(env_command="echo 'A=$(id)' ';' '|'").values == {"A": "$(id) ; |"}


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (f"sh -c 'echo {HIDDEN}; echo {HIDDEN} >&2; exit 3'", "play_env_command: ended with 3"),
        (f"no-such-program {HIDDEN}", "play_env_command: FileNotFoundError"),
        (f"echo '{HIDDEN}", "play_env_command: ValueError"),
    ],
)
def test_a_command_that_fails_shows_nothing_of_what_it_said(command: str, problem: str) -> None:
    found = wanted(env_command=command)

    assert found.values == {}
    (said,) = found.problems
    assert said.startswith(problem)
    assert HIDDEN not in said


def test_a_value_may_have_many_lines(tmp_path: Path) -> None:
    one_line = PEM.strip().replace("\n", "\\n")
    file = secret_file(tmp_path / "env", f'A=\'{PEM}\'\nB="{PEM}"\nC="{one_line}"\nD=1\n')

    found = wanted(env_file=file)

    assert found.values == {"A": PEM, "B": PEM, "C": PEM.strip(), "D": "1"}
    assert found.problems == ()
    assert found.lines() == f"A='{PEM}'\nB='{PEM}'\nC='{PEM.strip()}'\nD=1\n"


@pytest.mark.parametrize(
    "swallowed",
    [f'B={HIDDEN}\nC="', f'B={HIDDEN}\n# a "', f'\nexport B = {HIDDEN}\n"', '\nB="'],
)
def test_a_quote_that_closes_too_late_is_named_with_what_it_takes(
    tmp_path: Path, swallowed: str
) -> None:
    file = secret_file(tmp_path / "env", f'\nKEY="{HIDDEN}\n{swallowed}\nD=1\n')

    found = wanted(env_file=file)

    assert found.values == {}
    (said,) = found.problems
    line = 3 if swallowed.startswith("B") else 4
    assert said.startswith(f"{file}: line 2: KEY: its quote closes later than line {line}, which")
    assert HIDDEN not in said


WRONG = f"""A=1

# a note
FOO {HIDDEN}
{HIDDEN}
{HIDDEN}=={HIDDEN}
OK=1
\tJUNK="{HIDDEN}" {HIDDEN}
TWO='\x07{HIDDEN}'
SECRET_KEY="{HIDDEN}
"""


def test_each_line_that_is_not_understood_is_named_at_once_and_none_is_shown(
    tmp_path: Path,
) -> None:
    file = secret_file(tmp_path / "env", WRONG)
    for found, source in (
        (wanted(env_file=file), file),
        (wanted(env_command=f"cat {file}"), "play_env_command"),
    ):
        assert found.values == {}
        assert [said.split(": ")[:2] for said in found.problems] == [
            [source, f"line {number}"] for number in (4, 5, 6, 8, 9, 10)
        ]
        assert HIDDEN not in " ".join(found.problems)


def test_what_is_no_text_is_named_by_its_line(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "env", "A=1\n")
    Path(file).write_bytes(b"A=1\nB=\xff\n")

    assert wanted(env_file=file).problems == (f"{file}: line 2: no UTF-8",)


def test_values_are_not_in_what_is_printed_of_an_environment() -> None:
    assert HIDDEN not in repr(WantedEnvironment({"A": HIDDEN}))
    assert HIDDEN not in f"{WantedEnvironment({'A': HIDDEN})}"


def test_it_is_read_once_a_run(tmp_path: Path) -> None:
    file = secret_file(tmp_path / "env", "A=1\n")
    first = wanted(env_file=file)
    secret_file(tmp_path / "env", "A=2\n")

    assert wanted(env_file=file) is first

"""What the controller sends: the programs and pages of this checkout, and the deploy key."""

from pathlib import Path

import pytest

from changeover.facts.program import deploy_key, program_files
from changeover.settings.load import load_values


def test_programs_are_named_as_they_are_called() -> None:
    programs = {path for path in program_files() if path.startswith("/usr/local/lib/changeover/")}

    names = {path.rsplit("/", 1)[1] for path in programs}
    assert {"record_start", "postgres_backup", "sqlite_backup", "tree"} <= names
    assert "/usr/local/lib/changeover/current/host/sqlite/files.py" in programs
    assert not [path for path in programs if "/probe/" in path], "it is sent with each question"


def test_a_program_has_its_interpreter_in_its_first_line() -> None:
    for path, content in program_files().items():
        if path.startswith("/usr/local/lib/") and not path.endswith(".py"):
            assert content.startswith(b"#!"), path


def key(path: str | None) -> str:
    data = {"play_repository": "https://x", "play_domain": "x", "play_deploy_key": path}
    return deploy_key(load_values("play", data))


def test_a_deploy_key_ends_with_one_line_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in ("key", "key\n", "key\n\n"):
        (tmp_path / "key").write_text(text)

        assert key(str(tmp_path / "key")) == "key\n"
        assert key("~/key") == "key\n"


def test_no_key_is_an_empty_one() -> None:
    assert key(None) == ""


def test_a_key_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        key(str(tmp_path / "absent"))

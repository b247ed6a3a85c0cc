"""The weekly look at a host's files: a new baseline each time, and a failure where it matters."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import PROGRAM

INTEGRITY = PROGRAM.with_name("integrity")


def look(folder: Path, aide: int, debsums: int = 0) -> int:
    """Run it with an aide and a debsums that end so; return its exit status."""
    database = folder / "aide.db"
    stubs = {
        "aide": f'echo "$3" >> {folder}/calls; echo new > {database}.new; exit {aide}',
        "debsums": f"exit {debsums}",
    }
    for name, body in stubs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    text = INTEGRITY.read_text().replace("/var/lib/aide/aide.db", str(database))
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run(["sh", "-c", text], env=environment, check=False).returncode


def test_the_first_look_makes_the_baseline_and_others_replace_it(tmp_path: Path) -> None:
    assert look(tmp_path, 0) == 0
    assert (tmp_path / "aide.db").read_text() == "new\n"
    assert look(tmp_path, 7) == 0  # added, removed and changed files are told, no failure
    assert (tmp_path / "calls").read_text().split() == ["--init", "--update"]


@pytest.mark.parametrize("aide", [14, 17])
def test_an_error_of_aide_keeps_the_old_baseline(tmp_path: Path, aide: int) -> None:
    (tmp_path / "aide.db").write_text("old\n")
    assert look(tmp_path, aide) == aide
    assert (tmp_path / "aide.db").read_text() == "old\n"


def test_a_packages_file_that_differs_is_a_failure(tmp_path: Path) -> None:
    assert look(tmp_path, 0, debsums=2) == 2

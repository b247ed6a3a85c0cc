"""What serves must have its files in its release: real processes, looked at as on a host."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from changeover.host.expect.code import failures
from tests.unit.host.expecting import expect

PACKAGES = "lib/python3.11/site-packages"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an app's folder with two releases, each with packages of its own."""
    for number in ("1", "2"):
        release = tmp_path / f"releases/r{number}"
        (release / ".changeover").mkdir(parents=True)
        for kind, link in (("python", ".venv"), ("node", ".changeover/node")):
            environment = tmp_path / f"environments/{kind}-{number}"
            (environment / PACKAGES).mkdir(parents=True)
            (release / link).symlink_to(environment)
    return tmp_path


@contextmanager
def running(folder: Path, *words: str) -> Iterator[int]:
    """Have a process that runs in a folder."""
    command = words or ("sleep", "60")
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as process:
        if words:
            assert process.stdout
            process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def test_what_runs_in_its_release_with_its_packages_is_well(root: Path) -> None:
    (root / f"environments/python-2/{PACKAGES}/a.pth").write_text(f"{root}/releases/r2/src\n")

    with running(root / "releases/r2") as pid:
        assert failures([pid], root, "r2") == []


def test_a_process_of_another_release_is_named(root: Path) -> None:
    with running(root / "releases/r1") as pid:
        (said,) = failures([pid], root, "r2")
    assert said.startswith(f"process {pid} (")
    assert said.endswith(f" runs with files of {root}/releases/r1")


def test_a_program_or_code_of_other_packages_is_named(root: Path) -> None:
    # a program, and a library that it has loaded
    program = root / "environments/python-1/sleep"
    shutil.copy(shutil.which("sleep") or "", program)
    library = root / "environments/node-1/code.so"
    library.write_bytes(b"\0" * 4096)
    load = (
        "import mmap, sys, time; f = open(sys.argv[1], 'r+b'); m = mmap.mmap(f.fileno(), 0);"
        " sys.argv.clear(); print(flush=True); time.sleep(60)"
    )
    release = root / "releases/r2"

    with subprocess.Popen([str(program), "60"], cwd=release) as process:
        try:
            (said,) = failures([process.pid], root, "r2")
        finally:
            process.kill()
    assert said.endswith(f" runs with files of {root}/environments/python-1")
    with running(release, sys.executable, "-c", load, str(library)) as pid:
        (one,) = failures([pid], root, "r2")
    assert one.endswith(f"runs with files of {root}/environments/node-1")


@pytest.mark.parametrize(
    "name", ["__editable__.shop-1.pth", "__editable___shop_finder.py", "shop.egg-link"]
)
def test_packages_that_lead_to_another_release_are_named(root: Path, name: str) -> None:
    (root / f"environments/python-2/{PACKAGES}/{name}").write_text(f"x = '{root}/releases/r1'")

    assert failures([], root, "r2") == [f"python-2 leads to {root}/releases/r1 ({name})"]


def test_a_process_that_has_ended_uses_nothing(root: Path) -> None:
    with running(root / "releases/r1") as pid:
        pass

    assert failures([pid], root, "r2") == []


def test_no_more_is_said_than_a_person_reads(root: Path) -> None:
    for number in range(15):
        (root / f"environments/python-2/{PACKAGES}/{number:02}.pth").write_text(
            f"{root}/releases/r1"
        )

    said = failures([], root, "r2")

    assert (len(said), said[-1]) == (11, "and 5 more")


def asked(root: Path, functions: str) -> dict[str, object]:
    engine = {"title": "engine", "label": "play", "functions": functions}
    return {"engine": engine, "code": {"root": str(root), "release": "r2"}}


def test_the_process_engine_tells_which_processes_are_the_apps(root: Path) -> None:
    with running(root / "releases/r1") as pid:
        said = expect(asked(root, f"own_processes() {{ echo {pid}; }}"), "observe")
    assert len(said) == 1
    assert f"process {pid} (sleep) runs with files of {root}/releases/r1" in said[0]
    assert expect(asked(root, f"own_processes() {{ echo {os.getpid()}; }}"), "observe") == []


def test_that_nothing_runs_is_not_as_expected(root: Path) -> None:
    said = expect(asked(root, "own_processes() { :; }"), "observe")
    assert said == ["nothing of the app runs"]

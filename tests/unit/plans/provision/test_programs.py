"""Modules of an earlier version leave a host, but never while somebody may yet load one."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from changeover.facts.program import program_files
from changeover.plans import provision
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

OLD = (
    "/usr/local/lib/changeover/changeover_hold.py",
    "/usr/local/lib/changeover/host/gone/cli.py",
    "/usr/local/lib/changeover/host/postgres/gone.py",
)
OURS = "/usr/local/lib/changeover/firewall"


def with_old_modules(shell: Shell) -> None:
    """Make a host with programs of an earlier version, and one that is no part of these."""
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    for path in (*OLD, OURS):
        shell.write(path, "old")
    shell.write("/usr/local/lib/changeover/__pycache__/changeover_hold.cpython-311.pyc")
    shell.write("/usr/local/lib/changeover/host/gone/__pycache__/cli.cpython-311.pyc")


def test_modules_of_an_earlier_version_go(shell: Shell) -> None:
    files, paths = program_files(), target().paths
    with_old_modules(shell)

    shell.run(provision.programs_script(paths), stdin=provision.archive(files))

    folder = shell / "/usr/local/lib/changeover"
    sent = {path for path in files if path.startswith("/usr/local/lib/")}
    called = {Path(path).name for path in sent if path.count("/") == OURS.count("/")}
    assert {path.name for path in folder.iterdir()} == {
        *called,
        Path(OURS).name,
        "current",
        "versions",
    }
    assert all((shell / path).read_bytes() == files[path] for path in sent)


@pytest.mark.parametrize("where", ["playmaker/undo.d", "playmaker/redo.d", "hello/undo.d"])
def test_modules_of_an_earlier_version_stay_while_something_is_under_way(
    where: str, shell: Shell
) -> None:
    with_old_modules(shell)
    (shell / f"/var/lib/changeover/{where}").mkdir(parents=True)

    shell.run(provision.programs_script(target().paths), stdin=provision.archive(program_files()))

    assert all((shell / path).is_file() for path in OLD)
    (shell / f"/var/lib/changeover/{where}").rmdir()
    shell.run(provision.programs_script(target().paths), stdin=provision.archive(program_files()))
    assert not any((shell / path).exists() for path in OLD)


def test_modules_of_an_earlier_version_are_named_once_nothing_is_under_way() -> None:
    paths, files = target().paths, {OLD[0]: b"new"}
    sums = {OLD[0]: hashlib.sha256(b"new").hexdigest(), OURS: "any", OLD[1]: "any"}
    sums[f"/etc/systemd/system/multi-user.target.wants/{paths.guard}"] = "any"

    found = provision.decide_programs(paths, files, sums)

    assert found.why == f"left of an earlier version: {OLD[1]}"
    assert not provision.decide_programs(paths, files, sums, quiet=False).needed
    del sums[OLD[1]]
    assert not provision.decide_programs(paths, files, sums).needed


FOLDER = "/usr/local/lib/changeover"


def install(shell: Shell, version: str) -> None:
    """Install programs of which ``quiet`` loads a part of its own late, and says which it is."""
    text = "import importlib, os, sys, time\n"
    text += "def main():\n    print('up', flush=True); sys.stdin.readline()\n"
    text += "    print(importlib.import_module('host.quiet.late').SAYS, flush=True); return 0\n"
    files = {path: content for path, content in program_files().items() if "/quiet" not in path}
    files |= {f"{FOLDER}/{name}": program_files()[f"{FOLDER}/quiet"] for name in ("slow", version)}
    files |= {f"{FOLDER}/quiet": b"#!/bin/sh\n"}
    modules = {"__init__.py": "", "cli.py": text, "late.py": f"SAYS = {version!r}\n"}
    for package in ("slow", "quiet"):
        for name, content in modules.items():
            files[f"{FOLDER}/current/host/{package}/{name}"] = content.encode()
    shell.run(provision.programs_script(target().paths), stdin=provision.archive(files))


def test_what_runs_goes_on_with_its_own_version(shell: Shell) -> None:
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    install(shell, "one")
    command = [sys.executable, "-I", str(shell / f"{FOLDER}/slow")]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout
        assert program.stdout.readline() == "up\n"
        install(shell, "two")
        said, _ = program.communicate("\n")

    assert said == "one\n"
    again = subprocess.run(command, input="\n", capture_output=True, text=True, check=True)
    assert again.stdout == "up\ntwo\n"


def test_versions_before_the_last_go_with_what_they_called(shell: Shell) -> None:
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    for version in ("one", "two", "three"):
        install(shell, version)

    assert len(list((shell / f"{FOLDER}/versions").iterdir())) == 2
    assert (shell / f"{FOLDER}/three").is_file()
    assert not os.path.lexists(shell / f"{FOLDER}/one")
    assert not list((shell / FOLDER).glob(".*"))


def test_an_install_that_dies_half_way_changes_no_program(shell: Shell) -> None:
    """Until the one rename nothing of the new version has a name by which it is called."""
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    install(shell, "one")
    before = (shell / f"{FOLDER}/current").readlink()
    shell.stub("sync", "exit 1")

    broken = provision.archive(program_files())
    done = shell.try_(provision.programs_script(target().paths), stdin=broken)

    assert done.returncode
    assert (shell / f"{FOLDER}/current").readlink() == before
    assert (shell / f"{FOLDER}/quiet").read_text() == "#!/bin/sh\n"

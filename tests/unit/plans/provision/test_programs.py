"""Programs come whole; those of an earlier version go, but never while one may yet be loaded."""

import base64
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from changeover.facts.program import program_files
from changeover.plans.provision.programs import archive, decide_programs, programs_script
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

OLD = (
    "/usr/local/lib/changeover/changeover_hold.py",
    "/usr/local/lib/changeover/host/gone/cli.py",
    "/usr/local/lib/changeover/host/postgres/gone.py",
)
OURS = "/usr/local/lib/changeover/firewall"


def test_the_archive_holds_programs_and_pages_to_the_letter() -> None:
    files = program_files()

    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(archive(files)))) as tar:
        found = {name: tar.extractfile(name) for name in tar.getnames()}
        texts = {name: file.read() for name, file in found.items() if file}

    assert texts["programs/record_start"] == files["/usr/local/lib/changeover/record_start"]
    assert set(texts.values()) == set(files.values())
    assert {name.split("/")[0] for name in texts} == {"programs", "pages", "units"}


def test_installed_programs_are_of_this_version(shell: Shell) -> None:
    files = program_files()

    wanted = target()
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    shell.run(programs_script(wanted.paths), stdin=archive(files))

    sums = {path: hashlib.sha256((shell / path).read_bytes()).hexdigest() for path in files}
    assert decide_programs(wanted.paths, files, sums).needed
    sums[f"/etc/systemd/system/multi-user.target.wants/{wanted.paths.guard}"] = "any"
    assert not decide_programs(wanted.paths, files, sums).needed

    installed = (shell / "/usr/local/lib/changeover").iterdir()
    assert {path.stat().st_mode & 0o777 for path in installed} == {0o755}


def test_of_many_programs_that_differ_some_are_named() -> None:
    wanted = target()

    few = decide_programs(wanted.paths, {"/a": b"", "/b": b""}, {})
    many = decide_programs(wanted.paths, {f"/{name}": b"" for name in range(7)}, {})

    assert few.why == "missing or of another version: /a /b"
    assert many.why == "missing or of another version: /0 /1 /2 /3 /4 and 2 more"


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

    shell.run(programs_script(paths), stdin=archive(files))

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

    shell.run(programs_script(target().paths), stdin=archive(program_files()))

    assert all((shell / path).is_file() for path in OLD)
    (shell / f"/var/lib/changeover/{where}").rmdir()
    shell.run(programs_script(target().paths), stdin=archive(program_files()))
    assert not any((shell / path).exists() for path in OLD)


def test_modules_of_an_earlier_version_are_named_once_nothing_is_under_way() -> None:
    paths, files = target().paths, {OLD[0]: b"new"}
    sums = {OLD[0]: hashlib.sha256(b"new").hexdigest(), OURS: "any", OLD[1]: "any"}
    sums[f"/etc/systemd/system/multi-user.target.wants/{paths.guard}"] = "any"

    found = decide_programs(paths, files, sums)

    assert found.why == f"left of an earlier version: {OLD[1]}"
    assert not decide_programs(paths, files, sums, quiet=False).needed
    del sums[OLD[1]]
    assert not decide_programs(paths, files, sums).needed


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
    shell.run(programs_script(target().paths), stdin=archive(files))


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

    broken = archive(program_files())
    done = shell.try_(programs_script(target().paths), stdin=broken)

    assert done.returncode
    assert (shell / f"{FOLDER}/current").readlink() == before
    assert (shell / f"{FOLDER}/quiet").read_text() == "#!/bin/sh\n"

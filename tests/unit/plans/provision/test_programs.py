"""Modules of an earlier version leave a host, but never while somebody may yet load one."""

import hashlib

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
    there = {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    sent = {shell / path for path in files if path.startswith("/usr/local/lib/")}
    assert there - sent == {shell / OURS}
    assert sent <= there
    assert not (folder / "__pycache__").exists()
    assert not (folder / "host/gone").exists()


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

"""What an app needs is installed; what a package said when that failed is in the message."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans.commit import Parts
from changeover.plans.databases.none import NOWHERE
from changeover.plans.decision import Decision
from changeover.plans.probe import question
from changeover.plans.provision.packages import (
    decide_large,
    decide_packages,
    missing,
    needed_packages,
    packages_script,
)
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, PLAYMAKER, V2, fresh, target

BAD = """#!/bin/sh
echo 'Job for shop.service failed because the control process exited with error code.'
echo 'shop: cannot bind to port 80: address in use'
exit 1
"""
# apt with a dpkg that works below a folder; it ends with apt's own words
APT = """
case "$*" in *update*) exit 0 ;; esac
for number in $(seq 300); do echo "Unpacking package $number ..."; done
dpkg --root={root} --force-script-chrootless --force-not-root -i {folder}/*.deb || {{
    echo 'E: Sub-process /usr/bin/dpkg returned an error code (1)' >&2
    exit 100
}}
"""


def test_an_app_gets_the_packages_of_its_parts_and_its_own() -> None:
    own = PLAYMAKER.model_copy(update={"packages": ("ffmpeg", "git")})

    assert "python3-venv" in needed_packages(target())
    assert "python3-venv" not in needed_packages(target(HELLO))
    found = needed_packages(target(own))
    assert "ffmpeg" in found
    assert list(found) == sorted(set(found))


def test_git_lfs_is_for_commits_that_need_it_and_always_asked_for() -> None:
    def decided(parts: Parts | None, *installed: str) -> Decision:
        return decide_large(target(commit=replace(V2, parts=parts)), installed)

    assert decided(Parts(large=1)).why == "not installed: git-lfs"
    assert not decided(Parts(large=1), "git-lfs").needed
    assert not decided(Parts(("lib",))).needed
    assert not decided(None).needed
    assert not decide_large(target(commit=None), ()).needed
    assert "git-lfs" in question(target(commit=None)).packages


def test_only_what_is_missing_is_installed() -> None:
    most = replace(fresh(), packages=frozenset(needed_packages(target())) - {"git", "zstd"})
    lacking = missing(needed_packages(target(), NOWHERE), most.packages)

    assert "packages=(git zstd)\n" in packages_script(lacking)
    assert decide_packages(lacking).why == "not installed: git zstd"


def package(folder: Path, name: str, script: str) -> None:
    """Make a package with a script that is run when it is installed."""
    control = folder / name / "DEBIAN"
    control.mkdir(parents=True)
    (control / "control").write_text(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\n"
        "Description: a test\n"
    )
    (control / "postinst").write_text(script)
    (control / "postinst").chmod(0o755)
    build = ["dpkg-deb", "--root-owner-group", "-b", str(folder / name), f"{folder}/{name}.deb"]
    subprocess.run(build, check=True, capture_output=True)


@pytest.fixture
def apt(shell: Shell, tmp_path: Path) -> Path:
    """Return a folder of packages that apt installs, below a root of its own."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("no dpkg on this machine")
    root, folder = tmp_path / "root", tmp_path / "packages"
    for name in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    folder.mkdir()
    shell.stub("apt-get", APT.format(root=root, folder=folder))
    shell.stub("dpkg-audit", "exit 0")
    return folder


def test_what_a_package_said_is_in_the_message(shell: Shell, apt: Path) -> None:
    package(apt, "first-shop", BAD)
    for number in range(20):
        package(apt, f"other{number}", "#!/bin/sh\necho all is well\n")

    done = shell.try_(packages_script(["first-shop"]))

    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert "shop: cannot bind to port 80: address in use" in said
    assert any(line.startswith("dpkg: error processing package first-shop") for line in said)
    assert "E: Sub-process /usr/bin/dpkg returned an error code (1)" in said
    assert said[-1].startswith("apt-get cannot install first-shop; /var/log/apt/term.log has")
    assert len(said) < 62
    assert "Unpacking package 1 ..." not in said


def test_where_all_is_well_nothing_is_said(shell: Shell, apt: Path) -> None:
    package(apt, "shop", "#!/bin/sh\necho all is well\n")

    done = shell.try_(packages_script(["shop"]))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

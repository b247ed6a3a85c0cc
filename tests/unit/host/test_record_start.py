"""The record of what a service was started with."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.unit.package import HOST

SCRIPT = HOST / "record_start.sh"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The parts of a host that the script looks at."""
    app = tmp_path / "srv" / "shop"
    (app / "releases" / "20261120T120000Z-abc").mkdir(parents=True)
    (app / "current").symlink_to("releases/20261120T120000Z-abc")
    (app / "shared").mkdir()
    (app / "shared" / ".env").write_bytes(b"KEY=value\n")
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    (units / "shop.service").write_bytes(b"[Service]\n")
    (units / "shop.socket").write_bytes(b"[Socket]\n")
    return tmp_path


def start(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["/bin/sh", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nonexistent", **environment},
        umask=0o077,
    )


def read(host: Path, unit: str = "shop.service") -> dict[str, str]:
    lines = (host / "var/lib/changeover-started" / "shop" / unit).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_what_is_recorded(host: Path) -> None:
    done = start("shop", "shop.service", host, ROOT="/elsewhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = read(host)
    names = ("release", "environment", "unit", "socket", "python", "node", "build", "started")
    assert tuple(found) == names
    assert found["release"] == "20261120T120000Z-abc"
    assert found["environment"] == sha256(b"KEY=value\n")
    assert found["unit"] == sha256(b"[Service]\n")
    assert found["socket"] == sha256(b"[Socket]\n")
    assert (found["python"], found["node"], found["build"]) == ("none", "none", "none")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["started"])
    folder = host / "var/lib/changeover-started" / "shop"
    assert [path.name for path in folder.iterdir()] == ["shop.service"]
    assert {path.stat().st_mode & 0o777 for path in (folder, folder.parent)} == {0o755}
    assert (folder / "shop.service").stat().st_mode & 0o777 == 0o644


def test_the_packages_of_the_release_are_recorded(host: Path) -> None:
    release = host / "srv/shop/releases/20261120T120000Z-abc"
    (release / ".changeover").mkdir()
    for kind, link in (("python", ".venv"), ("node", ".changeover/node")):
        environment = host / f"srv/shop/environments/{kind}-1"
        environment.mkdir(parents=True)
        (release / link).symlink_to(environment)
    start("shop", "shop.service", host)
    assert (read(host)["python"], read(host)["node"]) == ("python-1", "node-1")


def test_a_second_start_replaces_the_record(host: Path) -> None:
    start("shop", "shop.service", host)
    release = host / "srv" / "shop" / "releases" / "next"
    release.mkdir()
    (host / "srv" / "shop" / "current").unlink()
    (host / "srv" / "shop" / "current").symlink_to(release)
    (host / "srv" / "shop" / "shared" / ".env").unlink()
    start("shop", "shop.service", host)
    assert (read(host)["release"], read(host)["environment"]) == ("next", "none")


def test_an_instance_has_the_unit_file_of_its_template(host: Path) -> None:
    units = host / "etc" / "systemd" / "system"
    (units / "job@.service").write_bytes(b"template")
    start("shop", "job@a.service", host)
    assert read(host, "job@a.service")["unit"] == sha256(b"template")
    (units / "job@a.service").write_bytes(b"own")
    start("shop", "job@a.service", host)
    assert read(host, "job@a.service")["unit"] == sha256(b"own")


def test_an_app_that_is_not_there_yet(tmp_path: Path) -> None:
    assert start("shop", "shop.service", tmp_path).returncode == 0
    found = read(tmp_path)
    assert (found["release"], found["environment"], found["unit"]) == ("none", "none", "none")


def test_a_link_that_leads_nowhere_is_no_release(host: Path) -> None:
    (host / "srv" / "shop" / "releases" / "20261120T120000Z-abc").rmdir()
    start("shop", "shop.service", host)
    assert read(host)["release"] == "none"


@pytest.mark.parametrize("arguments", [(), ("shop",), ("", "u"), ("../x", "u"), ("shop", "a/b")])
def test_wrong_arguments_never_stop_a_start(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = start(*arguments)
    assert done.returncode == 0
    assert "usage:" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_trouble_never_stops_a_start_and_leaves_no_old_record(host: Path) -> None:
    start("shop", "shop.service", host)
    unit = host / "etc" / "systemd" / "system" / "shop.service"
    if os.geteuid() == 0:
        unit.unlink()
        unit.symlink_to(f"/proc/{os.getpid()}/mem")  # a file that even root cannot read
    else:
        unit.chmod(0)
    done = start("shop", "shop.service", host)
    assert done.returncode == 0
    assert "cannot record the start of shop.service" in done.stderr
    assert list((host / "var/lib/changeover-started" / "shop").iterdir()) == []


def test_a_folder_that_cannot_be_made(host: Path) -> None:
    (host / "var").write_text("in the way")
    done = start("shop", "shop.service", host)
    assert done.returncode == 0
    assert "cannot record" in done.stderr


def test_folders_that_a_build_lets_the_app_write_are_made(host: Path) -> None:
    build = host / "srv/shop/builds/build-1"
    release = host / "srv/shop/releases/20261120T120000Z-abc"
    build.mkdir(parents=True)
    (build / ".caches").write_text("cache\nserver/pages\n")
    (release / ".changeover").mkdir()
    (release / ".changeover/build").symlink_to("../../../builds/build-1")
    above = host / "var/cache/changeover-apps/shop/built"

    for _ in range(2):
        done = start("shop", "shop.service", host)
        assert (done.returncode, done.stderr) == (0, "")
        assert read(host)["build"] == "build-1"
        assert (above / "build-1/cache").is_dir()
        assert (above / "build-1/server/pages").is_dir()


def test_folders_that_cannot_be_made_keep_no_service_from_starting(host: Path) -> None:
    build = host / "srv/shop/builds/build-1"
    release = host / "srv/shop/releases/20261120T120000Z-abc"
    build.mkdir(parents=True)
    (build / ".caches").write_text("cache\n")
    (release / ".changeover").mkdir()
    (release / ".changeover/build").symlink_to("../../../builds/build-1")
    (host / "var/cache").mkdir(parents=True)
    (host / "var/cache/changeover-apps").write_text("in the way")

    done = start("shop", "shop.service", host)

    assert done.returncode == 0
    assert "cannot make the folders" in done.stderr
    assert read(host)["release"] == "20261120T120000Z-abc"

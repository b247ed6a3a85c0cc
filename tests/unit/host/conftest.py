"""Run the host programs as they run on a host: as processes."""

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.changeover.machine import Host
from tests.unit.host.forge import Forge
from tests.unit.host.postgres.cluster import Cluster, Shop
from tests.unit.host.treeing import Place
from tests.unit.package import host_program

ONESELF = pwd.getpwuid(os.geteuid()).pw_name
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def program() -> Path:
    return host_program("sqlite_backup")


@pytest.fixture(scope="session")
def run(program: Path) -> Run:
    """Run sqlite_backup."""

    def run_it(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(program), *map(str, arguments)]
        if "--user" not in command:
            command += ["--user", ONESELF]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run_it


@pytest.fixture(scope="session")
def ok(run: Run) -> Callable[..., dict[str, Any]]:
    """Run sqlite_backup, which must succeed; return its answer."""

    def run_it(*arguments: object) -> dict[str, Any]:
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    return run_it


@pytest.fixture(scope="session")
def refused(run: Run) -> Callable[..., str]:
    """Run sqlite_backup, which must refuse in one line; return that line."""

    def run_it(*arguments: object) -> str:
        done = run(*arguments)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr

    return run_it


@pytest.fixture(scope="session")
def back_up(ok: Callable[..., dict[str, Any]]) -> Callable[..., Path]:
    """Back up a database; return the path of the manifest."""

    def run_it(database: Path, into: Path, name: str = "first") -> Path:
        names = ["--name", name, "--app", "shop", "--release", "r1", "--commit", "c0ffee"]
        answer = ok("backup", "--database", database, "--into", into, *names)
        return Path(answer["manifest"])

    return run_it


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host that carries the app ``shop``."""
    made = Host(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Give a PostgreSQL server."""
    if os.geteuid() != 0:
        pytest.skip("needs root to act for the user postgres")
    made = Cluster()
    yield made
    made.close()


_numbers = count(1)


@pytest.fixture
def make_shop(cluster: Cluster, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Make databases with what a script says; they and what became of them go in the end."""
    made: list[str] = []

    def make(
        script: str = "", name: str = "", superuser: bool = True, trusted: bool = False
    ) -> Shop:
        """Run the script as the app's role; as the superuser where the app is trusted."""
        name = name or f"shop{next(_numbers)}"
        made.append(name)
        quoted = name.replace('"', '""')
        cluster.sql("postgres", f'CREATE DATABASE "{quoted}" OWNER shop')
        shop = Shop(cluster, name, tmp_path, superuser, trusted)
        shop.sql(script)
        return shop

    yield make
    left = [name for name in cluster.databases() if name.startswith(tuple(n[:20] for n in made))]
    for name in left:
        quoted = name.replace('"', '""')
        cluster.sql("postgres", f'DROP DATABASE "{quoted}" WITH (FORCE)')
    assert not [name for name in cluster.databases() if name.startswith("changeover_scratch")]


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """Give a server with repositories and Git LFS."""
    made = Forge(tmp_path / "forge")
    with made.serving():
        yield made


@pytest.fixture
def place(forge: Forge, tmp_path: Path) -> Place:
    """Give a place where commits of the forge are fetched to and written."""
    return Place(forge, tmp_path)

"""Two apps with a database each, and what one of them puts in the place of its own."""

import os
import pwd
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Ok = Callable[..., dict[str, Any]]
Refused = Callable[..., str]
APP, OTHER = "daemon", "nobody"
MARKER = "a row of the other app"
WHOSE = {APP: "mine", OTHER: MARKER}
QUICK_SECONDS = 20


class Apps:
    """Two apps' folders as a host has them, and root's folder of backups."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.backups = root / "backups"
        self.shared = {user: self._shared(user) for user in WHOSE}
        self.database, self.theirs = (self.shared[user] / "data" / "app.db" for user in WHOSE)

    def _shared(self, user: str) -> Path:
        found = pwd.getpwnam(user)
        shared = self.root / user / "shared"
        (shared / "data").mkdir(parents=True)
        database = shared / "data" / "app.db"
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript("CREATE TABLE t (id INTEGER PRIMARY KEY, v)")
            rows = [(WHOSE[user],)] * 500
            connection.executemany("INSERT INTO t (v) VALUES (?)", rows)
            connection.commit()
        for path in (shared / "data", database):
            os.chown(path, found.pw_uid, found.pw_gid)
        os.chown(shared, 0, found.pw_gid)
        shared.chmod(0o1770)
        # readable by all, should anybody come as far
        database.chmod(0o644)
        return shared

    @property
    def place(self) -> list[object]:
        """Return how the program is told of the app's database."""
        where = ["--database", self.database, "--within", self.shared[APP], "--user", APP]
        return list(where)

    def backup(self, name: str = "first") -> list[object]:
        """Return the arguments of a backup."""
        what = ["--name", name, "--app", APP, "--release", "r1", "--commit", "c0ffee"]
        return ["backup", *self.place, "--into", self.backups, *what]

    def as_app(self, *words: object) -> None:
        """Do something as the app."""
        command = ["setpriv", "--reuid", APP, "--regid", APP, "--clear-groups", "--"]
        subprocess.run([*command, *map(str, words)], check=True)

    def leaked(self) -> list[Path]:
        """Return the files outside of the other app's folder that hold its rows."""
        found = []
        for path in (*self.backups.rglob("*"), *self.shared[APP].rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            content = path.read_bytes()
            if path.suffix == ".zst":
                done = subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True)
                content = done.stdout
            if MARKER.encode() in content:
                found.append(path)
        return found


@pytest.fixture
def apps() -> Iterator[Apps]:
    # where other users can reach it, as they cannot a folder of pytest's
    with tempfile.TemporaryDirectory(dir="/var/tmp") as root:
        Path(root).chmod(0o755)
        yield Apps(Path(root))


def link(apps: Apps) -> None:
    apps.as_app("ln", "-sfn", apps.theirs, apps.database)


def link_in_links(apps: Apps) -> None:
    apps.as_app("ln", "-sfn", "../../nobody/shared/data", apps.database.parent / "inner")
    apps.as_app("ln", "-sfn", "inner/../data/../../../nobody/shared/data/app.db", apps.database)


def circle(apps: Apps) -> None:
    apps.as_app("ln", "-sfn", "app.db", apps.database)


def pipe(apps: Apps) -> None:
    apps.as_app("rm", apps.database)
    apps.as_app("mkfifo", apps.database)


def folder(apps: Apps) -> None:
    apps.as_app("rm", apps.database)
    apps.as_app("mkdir", apps.database)


def folder_above(apps: Apps) -> None:
    data = apps.database.parent
    away = data.with_name("away")
    # the folder above is sticky, and this one is the app's own
    apps.as_app("mv", data, away)
    apps.as_app("ln", "-sn", apps.theirs.parent, data)


def log_pipe(apps: Apps) -> None:
    apps.as_app("mkfifo", f"{apps.database}-wal")


def journal_pipe(apps: Apps) -> None:
    apps.as_app("mkfifo", f"{apps.database}-journal")


def log_link(apps: Apps) -> None:
    apps.as_app("ln", "-s", apps.theirs, f"{apps.database}-wal")


ATTACKS: dict[Callable[[Apps], None], str] = {
    link: "is a symbolic link out of",
    link_in_links: "is a symbolic link out of",
    circle: "circle",
    pipe: "is a pipe, not a file",
    folder: "is a folder, not a file",
    folder_above: "is a symbolic link out of",
    log_pipe: "-wal is a pipe, not a file",
    journal_pipe: "-journal is a pipe, not a file",
    log_link: "-wal is a symbolic link, not a file",
}

"""The probe of a host whose app puts odd things where root looks: it says so, and never waits."""

import json
import os
import pwd
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from changeover.plans.probe import Question, files, packed, probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.probe_parts import NeedsRootError
from changeover.plans.snapshot import Snapshot
from tests.unit.package import host_program
from tests.unit.plans.shell import Shell

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")

APP, MARKER = "daemon", "0666_of_another_app"
QUICK_SECONDS = 15


class Host:
    """A folder that stands for a host, where an app is another user."""

    def __init__(self, root: Path) -> None:
        self.root, self.shared = root, root / "srv/shared"
        self.shared.mkdir(parents=True)
        root.chmod(0o755)
        user = pwd.getpwnam(APP)
        (root / "theirs").mkdir()
        self.theirs = self.database(root / "theirs/other.db", MARKER)
        self.theirs.parent.chmod(0o700)  # as each app's data is
        self.file = self.database(self.shared / "app.db", "0001")
        os.chown(self.file, user.pw_uid, user.pw_gid)
        os.chown(self.shared, 0, user.pw_gid)
        self.shared.chmod(0o1770)
        self.settings = self.shared / ".env"
        self.settings.write_text("DATABASE_URL=sqlite:///app.db\n")
        self.settings.chmod(0o640)
        self.stubs = Shell(root)
        for name in ("systemctl", "nginx", "dpkg-query"):
            self.stubs.stub(name, "exit 1")
        (root / "bin/runuser").unlink()
        (root / "bin/python3").unlink()

    def database(self, path: Path, revision: str) -> Path:
        """Make a migrated database."""
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE alembic_version (version_num)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
            connection.commit()
        return path

    def as_app(self, script: str) -> None:
        """Run a script as the app."""
        command = ["setpriv", "--reuid", APP, "--regid", APP, "--clear-groups", "sh", "-ec"]
        subprocess.run([*command, f"cd {self.shared}; {script}"], check=True)

    def probed(self) -> Snapshot:
        """Probe."""
        return parse_snapshot(self.answered())

    def answered(self, *before: str) -> list[str]:
        """Return what the probe says; ``before`` are words that stand before its own."""
        none = "tell_processes() { :; }\n"
        asked = (APP, (), "a.example", "/", "DATABASE_URL", (), "DATABASE")
        question = Question(*asked, processes=none)
        texts = {name: self.moved(text) for name, text in files().items()}
        path = f"{self.root}/bin:/usr/bin:/usr/sbin:/bin"
        done = subprocess.run(
            [*before, "bash", "-c", self.moved(probe_script(question))],
            input=f"{packed(texts)}\n",
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert MARKER not in done.stdout
        return done.stdout.splitlines()

    def moved(self, text: str) -> str:
        """Return a text with the host's paths below the folder."""
        text = text.replace(f"/srv/{APP}", f"{self.root}/srv")
        text = text.replace("/var/backups/changeover", f"{self.root}/backups")
        return text.replace("/var/lib/changeover", f"{self.root}/lib")


@pytest.fixture
def host() -> Iterator[Host]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        yield Host(Path(name))


def test_what_the_app_has_is_told(host: Host) -> None:
    host.as_app("touch app.db.undone-r1 app.db.other; ln -s x app.db.undone-r2")
    found = host.probed()
    assert found.database
    assert (found.database.revisions, found.database.error) == (("0001",), None)
    assert found.database.fingerprint
    assert [one.path for one in found.aside] == [f"{host.file}.undone-r1"]
    assert str(host.settings) in found.files


def test_the_program_tells_the_same_state(host: Host) -> None:
    program = host_program("sqlite_backup")
    command = [sys.executable, "-I", str(program), "fingerprint", "--database", str(host.file)]
    said = subprocess.run([*command, "--user", APP], capture_output=True, text=True, check=True)
    found = host.probed().database
    assert found
    assert found.fingerprint
    assert found.fingerprint == json.loads(said.stdout)["fingerprint"]
    assert found.fingerprint["database"]["ctime_ns"] == host.file.stat().st_ctime_ns


ATTACKS: dict[str, Callable[[Host], str]] = {
    "link": lambda host: f"ln -sfn {host.theirs} app.db",
    "pipe": lambda _: "rm app.db; mkfifo app.db",
    "folder": lambda _: "rm app.db; mkdir app.db",
    "log": lambda _: "mkfifo app.db-wal",
    "journal": lambda _: "mkfifo app.db-journal",
    "circle": lambda _: "rm app.db; ln -s app.db app.db",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_file_of_the_app_is_said(host: Host, attack: str) -> None:
    host.as_app(ATTACKS[attack](host))
    found = host.probed().database
    assert found
    assert found.error
    assert str(host.file) in found.error
    assert "put the file itself there" in found.error
    assert found.fingerprint is None


@pytest.mark.parametrize("attack", ["ln -s ../../secret .env", "mkfifo .env"])
def test_settings_that_the_app_put_there_are_read_as_the_app(host: Host, attack: str) -> None:
    (host.root / "secret").write_text(f"DATABASE_URL={MARKER}\n")
    (host.root / "secret").chmod(0o600)
    host.settings.unlink()
    host.as_app(attack)
    found = host.probed()
    assert found.env_public == {}
    assert found.env_keys == ()


def test_settings_without_end_are_refused_by_name(host: Host) -> None:
    host.settings.unlink()
    host.as_app("head -c 2097153 /dev/zero > .env")

    with pytest.raises(ValueError, match=r"UnreadableError: .*/\.env is larger than 2 MB"):
        host.probed()


def test_who_reads_for_the_probe_has_no_way_back_and_is_out_of_reach(host: Host) -> None:
    with closing(sqlite3.connect(host.file, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")  # the child waits for this lock
        answers: list[Snapshot] = []
        asking = threading.Thread(target=lambda: answers.append(host.probed()))
        asking.start()
        process = reader(host)
        status = (process / "status").read_text(errors="replace")
        first_to_go = (process / "oom_score_adj").read_text()
        asking.join()
    assert "NoNewPrivs:\t1\n" in status
    assert "CapEff:\t0000000000000000\n" in status
    assert first_to_go == "1000\n"
    assert answers[0].database
    assert "locked" in (answers[0].database.error or "")


def reader(host: Host) -> Path:
    """Return the process that reads as that app's user, once it waits for the database."""
    uid, ends = pwd.getpwnam(APP).pw_uid, time.monotonic() + QUICK_SECONDS
    while time.monotonic() < ends:
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                text = status.read_text(errors="replace")
                ours = str(host.shared).encode() in (status.parent / "cmdline").read_bytes()
                if ours and f"\nUid:\t{uid}\t" in text:
                    time.sleep(0.3)
                    return status.parent
        time.sleep(0.02)
    raise AssertionError("nobody reads")


@pytest.mark.parametrize("status", [3, 127])
@pytest.mark.parametrize("known", ["settings", "candidate", "ledger", "journal", "backup", ""])
def test_a_host_without_python_has_nothing_of_ours_or_is_refused(
    host: Host, known: str, status: int
) -> None:
    """A fresh machine may have none, or a part of one (status 3)."""
    host.stubs.stub("python3", f"exit {status}")
    state = host.root / "lib" / APP
    state.mkdir(parents=True)
    if known != "settings":
        host.settings.unlink()
    if known == "candidate":
        (state / "candidate.env").symlink_to("nowhere")
    elif known == "ledger":
        (state / "ledger.jsonl").touch()
    elif known == "journal":
        (state / "redo.d").mkdir(parents=True)
    elif known == "backup":
        backups = host.root / "backups" / APP
        backups.mkdir(parents=True)
        (backups / "1.json").symlink_to("nowhere")
    if not known:
        found = host.probed()
        assert (found.database, found.backups, found.generation) == (None, (), "")
        return
    what = "environment" if known in ("settings", "candidate") else "data"
    with pytest.raises(ValueError, match=f"the look at the {what} failed: does python3 run"):
        host.probed()


def test_a_look_that_fails_is_not_a_host_without_data(host: Host) -> None:
    host.stubs.stub("python3", "exit 1")
    with pytest.raises(ValueError, match="cut short"):
        host.probed()


def test_without_root_the_answer_says_what_to_do(host: Host) -> None:
    """On a host that carries an app, root alone may look at what is there."""
    (host.root / f"backups/{APP}").mkdir(parents=True, mode=0o700)

    said = host.answered("setpriv", "--reuid", APP, "--regid", APP, "--clear-groups")

    assert len(said) == 1
    with pytest.raises(NeedsRootError, match="the probe needs root: set _sudo"):
        parse_snapshot(said)

"""A PostgreSQL cluster of the tests' own: real, in a temporary folder, gone with the tests."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.unit.package import PACKAGE, host_program

PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), default=None
)
PASSWORD = "s3:cr@t/p%w"  # noqa: S105 - of a role that lives as long as the tests
QUOTED = "s3%3Acr%40t%2Fp%25w"
NAMES = ["--app", "shop", "--release", "r1", "--commit", "c0ffee"]
HBA = "local all postgres peer\nlocal all all scram-sha-256\n"
# Runs the program after a change to it.
PATCHED = """
import sys
sys.path.insert(0, sys.argv[1])
from host.postgres import cli as postgres_cli, content as postgres_content, dump as postgres_dump
from host.postgres import load as postgres_load, session as postgres_session
exec(sys.argv[2])
del sys.argv[1:3]
sys.exit(postgres_cli.main())
"""


class Cluster:
    """A server without a network, whose sockets lie in a folder of its own."""

    def __init__(self) -> None:
        """Make and start it."""
        assert PROGRAMS, "install the package postgresql"
        self.programs = PROGRAMS
        # In memory where that is possible: every DROP DATABASE waits for the disk.
        memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
        _clear(Path(memory or tempfile.gettempdir()))
        self.folder = Path(tempfile.mkdtemp(prefix="changeover-postgres-", dir=memory))
        self.folder.chmod(0o755)
        shutil.chown(self.folder, "postgres", "postgres")
        self.data = self.folder / "data"
        options = ["-D", str(self.data), "-E", "UTF8", "--locale=C.UTF-8", "-A", "peer"]
        subprocess.run(
            [self.programs / "initdb", *options],
            check=True,
            user="postgres",
            group="postgres",
            extra_groups=[],
            cwd="/",
            stdout=subprocess.DEVNULL,
        )
        (self.data / "pg_hba.conf").write_text(HBA)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("autovacuum = off\n")  # it comes when a test calls it
        self.server = self.start()
        self.sql("postgres", f"CREATE ROLE shop LOGIN CREATEDB PASSWORD '{PASSWORD}'")

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server; it stops with the tests, also when they are killed."""
        # The kernel sends the signal for a fast stop when the tests are gone.
        as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        command = [*as_postgres, "--pdeathsig", "INT", str(self.programs / "postgres")]
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}"]
        settings += ["shared_buffers=32MB", "max_prepared_transactions=2"]
        arguments = ["-D", str(self.data), *(part for s in settings for part in ("-c", s))]
        with (self.folder / "log").open("ab") as log:
            server = subprocess.Popen([*command, *arguments], stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 30
        while not (self.data / "postmaster.pid").exists() or not self.ready():
            assert server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return server

    def ready(self) -> bool:
        command = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """Stop at once, without a checkpoint."""
        self.server.send_signal(3)  # SIGQUIT
        self.server.wait()

    def close(self) -> None:
        """Stop it and remove all of it."""
        self.stop()
        shutil.rmtree(self.folder)

    def psql(self, database: str, *arguments: str) -> list[str]:
        """Return a command that reaches a database as the superuser."""
        reach = ["-XqAt", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-d", database]
        return [str(self.programs / "psql"), *reach, *arguments]

    def session(self, database: str) -> "subprocess.Popen[str]":
        """Start a psql that reads statements."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.psql(database),
            stdin=pipe,
            stdout=pipe,
            text=True,
            user="postgres",
            group="postgres",
            extra_groups=[],
            cwd="/",
        )

    def sql(self, database: str, text: str) -> str:
        """Run statements as the superuser; return what they print."""
        done = subprocess.run(
            self.psql(database),
            input=text,
            capture_output=True,
            text=True,
            check=False,
            user="postgres",
            group="postgres",
            extra_groups=[],
            cwd="/",
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def databases(self) -> set[str]:
        """Return the databases but PostgreSQL's own."""
        own = "('postgres', 'template0', 'template1')"
        query = f"SELECT datname FROM pg_database WHERE datname NOT IN {own}"  # noqa: S608
        return set(self.sql("postgres", query).splitlines())


def _clear(folder: Path) -> None:
    """Remove the clusters of tests that were killed more than an hour ago."""
    for old in folder.glob("changeover-postgres-*"):
        note = old / "data" / "postmaster.pid"
        running = note.exists() and Path("/proc", note.read_text().split()[0]).exists()
        if not running and time.time() - old.stat().st_mtime > 3600:
            shutil.rmtree(old)


def say(session: "subprocess.Popen[str]", text: str) -> None:
    """Run a statement in a session and wait for its end."""
    assert session.stdin
    assert session.stdout
    session.stdin.write(f"{text};\n\\echo done\n")
    session.stdin.flush()
    while (line := session.stdout.readline()) != "done\n":
        assert line, text


class Shop:
    """A database of a cluster, and the program that is told of it."""

    def __init__(
        self,
        cluster: Cluster,
        name: str,
        folder: Path,
        superuser: bool = True,
        trusted: bool = False,
    ) -> None:
        """Make no database yet; the environment file and backups go into the folder."""
        self.cluster, self.name = cluster, name
        self.superuser, self.trusted = superuser, trusted
        self.environment = folder / "shop.env"
        self.backups = folder / "backups"
        # of a path drivers read %XX differently, of a parameter they do not
        place = f"{name}?" if quote(name) == name else f"?dbname={quote(name)}&"
        self.environment.write_text(
            f"export DATABASE_URL='postgresql+psycopg://shop:{QUOTED}@/{place}host={cluster.folder}"
            "&schema=public'\n"
        )
        self.manifest = self.backups / "first.json"

    def arguments(self, command: str, *arguments: object) -> list[str]:
        """Return the words after the program's name."""
        reach = ["--environment", str(self.environment)]
        reach += ["--superuser", "postgres"] if self.superuser else []
        reach += ["--trusted"] if self.trusted else []
        return [command, *reach, *map(str, arguments)]

    def command(self, command: str, *arguments: object) -> list[str]:
        """Return the program and its words."""
        program = str(host_program("postgres_backup"))
        return [sys.executable, "-I", program, *self.arguments(command, *arguments)]

    def run(self, command: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return _run(self.command(command, *arguments))

    def patched(
        self, change: str, command: str, *arguments: object
    ) -> "subprocess.CompletedProcess[str]":
        """Run the program changed."""
        start = [sys.executable, "-I", "-c", PATCHED, str(PACKAGE), change]
        return _run([*start, *self.arguments(command, *arguments)])

    def ok(self, command: str, *arguments: object) -> Any:
        """Run the program, which must succeed; return its answer."""
        done = self.run(command, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(self, command: str, *arguments: object) -> str:
        """Run the program, which must refuse in one line; return that line."""
        return refusal(self.run(command, *arguments))

    def backup_words(self, name: str = "first") -> list[object]:
        """Return what a backup is told."""
        return ["--into", self.backups, "--name", name, *NAMES]

    def back_up(self, name: str = "first") -> dict[str, Any]:
        """Take a backup; return its manifest."""
        self.ok("backup", *self.backup_words(name))
        found: dict[str, Any] = json.loads((self.backups / f"{name}.json").read_text())
        return found

    def sql(self, text: str, role: str = "") -> str:
        """Run statements in the database as that role; else as the app's, or who acts for it."""
        role = role or ("postgres" if self.trusted else "shop")
        return self.cluster.sql(self.name, f'SET SESSION AUTHORIZATION "{role}"; {text}')

    def fingerprint(self) -> Any:
        found = self.ok("revisions")
        assert found["error"] is None
        return found["fingerprint"]


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one line of a program that refused."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    # What the caller has set for PostgreSQL must change nothing.
    noise = {"PGHOST": "nowhere", "PGDATESTYLE": "German", "PGOPTIONS": "-c bytea_output=escape"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, env=os.environ | noise
    )

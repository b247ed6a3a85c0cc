"""Talking to a server through PostgreSQL's own programs, as the app's role or as a superuser.

A password is handed over in the environment of the child, which nobody but its
user and root can read; nothing of it is ever on a disk or on a command line.
A superuser comes in by peer authentication: the child runs as that system user.
"""

import contextlib
import json
import os
import pwd
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .changeover_files import Failure
from .postgres_address import Address

PROGRAMS = Path("/usr/lib/postgresql")
END = "--changeover-end-of-answer"
# The text of a value must not hang on what the database, the role or the host have set.
SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "lc_monetary": "C",
    "xmloption": "content",
    "search_path": "",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "row_security": "off",  # hidden rows are an error, not a smaller table
    "client_min_messages": "error",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_read_only": "off",
    "jit": "off",
}


class Trouble(Failure):
    """What PostgreSQL's programs say, with the server's code for it."""

    def __init__(self, said: str) -> None:
        """Take what a program wrote on its standard error."""
        lines = [line for line in said.splitlines() if not line.startswith("LOCATION:")]
        text = " ".join(" ".join(lines).split())
        code = re.search(r"(?:ERROR|FATAL|PANIC): +([0-9A-Z]{5}): ", text)
        self.code = code[1] if code else ""
        super().__init__(text.replace(f"{self.code}: ", "", 1) if self.code else text)


@dataclass(frozen=True, repr=False)
class Access:
    """How one database's server is reached; holds the password, so it is never printed."""

    address: Address
    superuser: str | None
    """The system user whose children come in by peer authentication, None for the URL's role."""

    @property
    def database(self) -> str:
        """Return the name of the app's database."""
        return self.address.database

    @property
    def role(self) -> str:
        """Return the role that acts."""
        return self.superuser or self.address.user

    def environment(self, database: str, settings: dict[str, str]) -> dict[str, str]:
        """Return the environment of a child: all that it needs to know, and nothing else."""
        options = SETTINGS | settings
        made = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "PGCLIENTENCODING": "UTF8",
            "PGCONNECT_TIMEOUT": "10",
            "PGAPPNAME": "changeover",
            "PGPORT": self.address.port,
            "PGDATABASE": database,
            "PGOPTIONS": " ".join(f"-c {key}={value}" for key, value in options.items()),
        }
        if self.superuser:
            return made | {"PGHOST": self.address.sockets or "", "PGUSER": self.superuser}
        made |= {"PGHOST": self.address.host, "PGUSER": self.address.user}
        password = {"PGPASSWORD": self.address.password} if self.address.password else {}
        return made | password | self.address.settings


def access_to(address: Address, superuser: str | None) -> Access:
    """Return the way to a server; a superuser by peer authentication there is on this host only."""
    if superuser and address.sockets:
        return Access(address, superuser)
    if not address.user:
        raise Failure("the URL names no user: write it as postgresql://USER:PASSWORD@HOST/NAME")
    return Access(address, None)


@cache
def tool(name: str, major: int = 0) -> str:
    """Return the path of a client program: of the server's own version, else the newest."""
    # Debian's /usr/bin/psql is a Perl script that looks for clusters first.
    found = {
        int(path.parent.parent.name): str(path)
        for path in PROGRAMS.glob(f"*/bin/{name}")
        if path.parent.parent.name.isdigit()
    }
    if not found:
        raise Failure(f"{name} is missing: install the package postgresql-client")
    return found.get(major) or found[max(found)]


def start(
    access: Access,
    command: list[str],
    database: str,
    settings: dict[str, str] | None = None,
    **streams: Any,
) -> "subprocess.Popen[bytes]":
    """Start a client program that reaches a database; its password is in the environment only."""
    user: dict[str, Any] = {}
    if access.superuser and pwd.getpwuid(os.geteuid()).pw_name != access.superuser:
        try:
            entry = pwd.getpwnam(access.superuser)
        except KeyError:
            raise Failure(f"there is no system user {access.superuser} on this host") from None
        groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}
    environment = access.environment(database, settings or {})
    return subprocess.Popen(command, env=environment, cwd="/", **user, **streams)


class Session:
    """One connection, held by a psql that is fed one statement after the other."""

    def __init__(self, access: Access, database: str) -> None:
        """Connect; what is wrong shows at the first statement."""
        command = [tool("psql"), "-XqAtw", "-v", "VERBOSITY=verbose", "-v", "SHOW_CONTEXT=never"]
        pipe = subprocess.PIPE
        self._process = start(access, command, database, stdin=pipe, stdout=pipe, stderr=pipe)
        self._count = 0

    def run(self, statement: str) -> list[str]:
        """Run one statement; return its lines. Raises Trouble, after which others can be run."""
        lines, state = self._ask(f"{statement};", ":SQLSTATE")
        if state == "00000":
            return lines
        said, _ = self._ask("\\echo :LAST_ERROR_MESSAGE", "")
        raise Trouble(f"ERROR: {state}: " + " ".join(said))

    def _ask(self, what: str, ending: str) -> tuple[list[str], str]:
        stdin, stdout, stderr = self._process.stdin, self._process.stdout, self._process.stderr
        assert stdin
        assert stdout
        assert stderr
        self._count += 1
        end = f"{END} {self._count} "
        with contextlib.suppress(BrokenPipeError):  # it ended: its words say why
            stdin.write(f"{what}\n\\echo {end}{ending}\n".encode())
            stdin.flush()
        lines: list[str] = []
        for raw in stdout:
            line = raw.rstrip(b"\n").decode(errors="surrogateescape")
            if line.startswith(end.rstrip()):
                return lines, line.removeprefix(end)
            lines.append(line)
            if line.startswith(END):  # of a statement that a signal kept us from hearing
                lines.clear()
        said = stderr.read().decode(errors="replace")
        raise Trouble(said or f"psql ended with status {self._process.wait()}")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""
        (line,) = self.run(
            f"SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM ({query}) AS q"  # noqa: S608
        )
        found: list[dict[str, Any]] = json.loads(line)
        return found

    def value(self, query: str) -> str:
        """Return the only value of a query as text, "" for NULL."""
        return "\n".join(self.run(query))

    def close(self) -> None:
        """End the connection, and whatever still runs on it."""
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            # psql passes an interrupt on to the server as a cancel
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream
            stream.close()


@contextlib.contextmanager
def session(access: Access, database: str) -> Iterator[Session]:
    """Give a connection."""
    made = Session(access, database)
    try:
        yield made
    finally:
        made.close()


def literal(text: str) -> str:
    """Quote a text for SQL."""
    if "\0" in text:
        raise Failure("a text with a NUL byte is none for PostgreSQL")
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + text.replace('"', '""') + '"'

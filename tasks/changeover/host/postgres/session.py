"""Connections, each held by a psql, and what PostgreSQL says."""

import contextlib
import re
import secrets
import signal
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from .. import json_text
from ..files import Failure
from ..output.tail import Heard
from .access import MARK, Access, start
from .address import schemas_in

_END = "--changeover-end-of-answer"
# All of it by its full name: what an app, or another, has left in its schemas is not called.
_BEGIN = f"""SELECT pg_catalog.jsonb_build_object(
    'path', pg_catalog.current_setting('search_path'::pg_catalog.text),
    'mark', pg_catalog.current_setting('{MARK}'::pg_catalog.text, true),
    'now', pg_catalog.set_config('search_path'::pg_catalog.text, ''::pg_catalog.text, false))"""
# What poolers say of the settings with which a connection begins.
_POOLER = re.compile(
    r"unsupported startup parameter|support command-line options|no such database: "
)
POOLER = (
    "what answers there is a connection pooler, and Changeover needs the server itself: write its"
    " own URL into another key of the environment, and name that key in the deploy file,"
    ' Database(direct_url="DIRECT_URL")'
)
_ATTEMPT = re.compile(r"^(psql: error: )?connection to server .*? failed: ")
# how much one answer may be
_MOST = 128 << 20


class Trouble(Failure):
    """What PostgreSQL's programs say, with the server's code for it."""

    def __init__(self, said: str) -> None:
        """Take what a program wrote on its standard error."""
        lines = _once([line for line in said.splitlines() if not line.startswith("LOCATION:")])
        text = " ".join(" ".join(lines).split())
        text = f"{POOLER} ({text})" if _POOLER.search(text) else text
        code = re.search(r"(?:ERROR|FATAL|PANIC): +([0-9A-Z]{5}): ", text)
        self.code = code[1] if code else ""
        super().__init__(text.replace(f"{self.code}: ", "", 1) if self.code else text)


def _once(lines: list[str]) -> list[str]:
    """Return each reason once: libpq says it for each address and each way that it tried."""
    reasons: dict[str, str] = {}
    for line in lines:
        reasons.setdefault(_ATTEMPT.sub("", line), line)
    return list(reasons.values())


class Session:
    """One connection, held by a psql that is fed one statement after the other."""

    def __init__(
        self,
        access: Access,
        database: str,
        superuser: str | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        """Connect; what is wrong shows at the first statement."""
        command = [
            access.place.client("psql"),
            "-XqAtw",
            "-v",
            "VERBOSITY=verbose",
            "-v",
            "SHOW_CONTEXT=never",
        ]
        pipe = subprocess.PIPE
        self._process = start(
            access, command, database, superuser, settings, stdin=pipe, stdout=pipe, stderr=pipe
        )
        # a superuser's names nothing of the app's from its first word on
        self._begun, self._role = bool(superuser), access.role
        self._path: list[str] = []
        self._said = Heard(self._process.stderr)
        self._end = f"{_END}-{secrets.token_hex(8)}"
        self._count = 0

    def run(self, statement: str) -> list[str]:
        """Run one statement; return its lines. Raises Trouble, after which others can be run."""
        self._begin()
        return self._run(statement)

    @property
    def path(self) -> list[str]:
        """
        Return the schemas in which the app finds what it does not name in full, the first first.

        Here nothing is found so, unless ``found_as_by`` says. Of a superuser's there are none.
        """
        self._begin()
        return self._path

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        told = json_text.read("\n".join(self._run(_BEGIN)), _MOST)
        if told["mark"] != "yes":
            raise Failure(POOLER)
        self._path = schemas_in(told["path"], self._role)

    @contextlib.contextmanager
    def found_as_by(self, path: Iterable[str]) -> Iterator[None]:
        """Find what is not named in full in these schemas, as code of the app expects it."""
        self.run(found_as_by(path))
        try:
            yield
        finally:
            with contextlib.suppress(Trouble):  # what came first is said
                self.run("SET search_path TO ''")

    def _run(self, statement: str) -> list[str]:
        lines, state = self._ask(f"{statement};", ":SQLSTATE")
        if state == "00000":
            return lines
        said, _ = self._ask("\\echo :LAST_ERROR_MESSAGE", "")
        raise Trouble(f"ERROR: {state}: " + " ".join(said))

    def _ask(self, what: str, ending: str) -> tuple[list[str], str]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        self._count += 1
        end = f"{self._end} {self._count} "
        with contextlib.suppress(BrokenPipeError):  # it ended: its words say why
            stdin.write(f"{what}\n\\echo {end}{ending}\n".encode())
            stdin.flush()
        lines: list[str] = []
        room = _MOST
        while raw := stdout.readline(room + 1):
            room -= len(raw)
            if room < 0:
                raise Failure(f"PostgreSQL answers with more than {_MOST >> 20} MB")
            line = raw.rstrip(b"\n").decode(errors="surrogateescape")
            if line.startswith(end.rstrip()):
                return lines, line.removeprefix(end)
            lines.append(line)
            if line.startswith(self._end):  # of a statement that a signal kept us from hearing
                lines.clear()
        said = self._said.text()
        raise Trouble(said or f"psql ended with status {self._process.wait()}")

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of a query by the names of its columns."""
        (line,) = self.run(
            f"SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM ({query}) AS q"  # noqa: S608
        )
        try:
            found: list[dict[str, Any]] = json_text.read(line, _MOST)
        except ValueError as error:
            raise Failure(f"what PostgreSQL answers is no JSON that can be read: {error}") from None
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
        self._said.text()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream
            stream.close()


@contextlib.contextmanager
def session(
    access: Access, database: str, settings: dict[str, str] | None = None
) -> Iterator[Session]:
    """Give a connection for what is the app's: as the app's role, unless the app is trusted."""
    with contextlib.closing(Session(access, database, access.inside, settings)) as made:
        yield made


@contextlib.contextmanager
def above(
    access: Access, database: str, settings: dict[str, str] | None = None
) -> Iterator[Session]:
    """
    Give a connection as the superuser, if there is one, else as the app's role.

    Nothing may be said there that could call what an app made: no table, type or function of its.
    """
    with contextlib.closing(Session(access, database, access.superuser, settings)) as made:
        yield made


def found_as_by(path: Iterable[str]) -> str:
    """Return what has a connection find in these schemas what is not named in full."""
    return f"SET search_path TO {', '.join(name(schema) for schema in ('pg_catalog', *path))}"


def path_of(access: Access, connection: Session) -> list[str]:
    """Return the schemas in which the app finds things, asked as the app's role."""
    if not access.inside:
        return connection.path
    with contextlib.closing(Session(access, access.database)) as own:
        return own.path


def literal(text: str) -> str:
    """Quote a text for SQL."""
    if "\0" in text:
        raise Failure("a text with a NUL byte is none for PostgreSQL")
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + text.replace('"', '""') + '"'

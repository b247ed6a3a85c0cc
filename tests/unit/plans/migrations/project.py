"""Real migration engines at work in folders of their own, by the programs that releases use."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from changeover.plans.migrations.protocol import Engine
from changeover.plans.migrations.steps import kept

MARK = "m4rk"
INI = "[alembic]\nscript_location = alembic\nprepend_sys_path = .\n"
ENVIRONMENT = """\
import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


class Known(NamedTuple):
    """A commit by what is known of it without its files."""

    objects: Mapping[str, str | None]
    python_key: str | None = None
    node_key: str | None = None

    def object_of(self, path: str) -> str | None:
        """Return git's object id of a path."""
        return self.objects.get(path)


class Project:
    """An app's folder, with its migrations and a SQLite database, unless another is named."""

    def __init__(self, root: Path, engine: Engine, *program: str) -> None:
        """Take the folder, the engine, and how a program is run: after these words."""
        self.root, self.engine, self.python = root, engine, [sys.executable, *program]
        self.environment = {**os.environ, "DATABASE_URL": f"sqlite:///{root}/app.db"}

    def write(self, path: str, text: str = "") -> None:
        """Write a file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def command(self, program: str, *words: str) -> list[str]:
        """Return the command that runs one of the engine's programs."""
        text = f"mark = {MARK!r}\n{self.engine.variables()[program]}"
        return [*self.python, "-c", text, *words]

    def run(
        self, program: str, *words: str, stdin: Any = subprocess.DEVNULL
    ) -> "subprocess.CompletedProcess[str]":
        """Run one of the engine's programs, as its shell functions do."""
        return subprocess.run(
            self.command(program, *words),
            cwd=self.root,
            env=self.environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def history(self) -> dict[str, Any]:
        """Return what it tells of its history."""
        done = self.run("tell_program", *self.words, *(self.engine.hints if self.words else ()))
        assert done.returncode == 0, done.stderr
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("@@history ")]
        found: dict[str, Any] = json.loads(line.removeprefix("@@history "))
        return found

    @property
    def words(self) -> list[str]:
        """The words that Alembic's programs are given."""
        known = self.engine.variables()
        return [str(known[name]) for name in ("config", "scripts") if name in known]

    def waiting(self) -> list[str]:
        """Return the steps of Alembic's that a SQLite database has not."""
        found: list[str] = []
        with (
            closing(sqlite3.connect(self.root / "app.db")) as connection,
            suppress(sqlite3.Error),
        ):
            rows = connection.execute("SELECT version_num FROM alembic_version")
            found = [row[0] for row in rows]
        return [move.step for move in self.engine.forward(kept(self.history()).steps, found)]

    @contextmanager
    def watched(self, *steps: str) -> Iterator[tuple["subprocess.Popen[str]", IO[str], IO[str]]]:
        """Take steps that wait for a word; yield the program, its input and its output."""
        with subprocess.Popen(
            self.command("upgrade_program", *self.words[:1], *steps),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        ) as child:
            assert child.stdin
            assert child.stdout
            yield child, child.stdin, child.stdout

    def upgrade(self, *steps: str) -> tuple[list[str], "subprocess.CompletedProcess[str]"]:
        """Take these steps, else all; return what was told, and how it went."""
        words = [*self.words[:1], *(steps or self.waiting())] if self.words else []
        done = self.run("upgrade_program", *words)
        ours = f"@@step {MARK} "
        lines = done.stdout.splitlines()
        return [line.removeprefix(ours) for line in lines if line.startswith(ours)], done

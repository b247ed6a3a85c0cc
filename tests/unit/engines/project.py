"""Real migration engines at work in folders of their own, by the programs that releases use."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tasks.plans.engines.protocol import Engine

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

    def run(
        self, program: str, *words: str, stdin: Any = subprocess.DEVNULL
    ) -> "subprocess.CompletedProcess[str]":
        """Run one of the engine's programs, as its shell functions do."""
        return subprocess.run(
            [*self.python, "-c", self.engine.variables()[program], *words],
            cwd=self.root,
            env=self.environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def history(self) -> dict[str, Any]:
        """Return what it tells of its history."""
        done = self.run("tell_program", *self.words)
        assert done.returncode == 0, done.stderr
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("@@history ")]
        found: dict[str, Any] = json.loads(line.removeprefix("@@history "))
        return found

    @property
    def words(self) -> list[str]:
        """The words that Alembic's programs are given."""
        known = self.engine.variables()
        return [known[name] for name in ("config", "scripts") if name in known]

    def upgrade(self) -> tuple[list[str], "subprocess.CompletedProcess[str]"]:
        """Take all steps; return what was told, and how it went."""
        done = self.run("upgrade_program", *self.words[:1])
        return [line for line in done.stdout.splitlines() if line.startswith("@@")], done

"""Run the host program ``rehearse`` on a database, with steps that are SQL."""

import json
import os
import pwd
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.package import host_program

PROGRAM = host_program("rehearse")
USER = pwd.getpwuid(os.geteuid()).pw_name


@dataclass
class Rehearsal:
    """What is rehearsed, below a folder."""

    root: Path
    how: list[str]
    """How the program is told of the database."""
    script: str
    """Takes a step: bash, whose argument is SQL."""
    url: str
    expectations: list[dict[str, Any]] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)
    user: str = USER
    """The app's."""

    def __post_init__(self) -> None:
        self.environment = self.root / "candidate.env"
        self.environment.write_text(f"SECRET=1\nDATABASE_URL={self.url}\n")
        self.folder = self.root / "state" / "rehearsal"
        self.folder.parent.mkdir(exist_ok=True)
        self.kept = self.root / "state" / "rehearsed.json"
        self.log = self.root / "state" / "rehearsal.log"

    def command(self, verb: str) -> list[str]:
        """Return the program's command line."""
        place = ["--folder", str(self.folder), "--environment", str(self.environment)]
        return [sys.executable, "-I", str(PROGRAM), verb, *place, *self.how]

    def engine(self, steps: tuple[str, ...]) -> str:
        """Return an engine that takes the steps one after the other, each told and waited for."""
        script = shlex.quote(self.script.replace("FOLDER", str(self.folder)))
        lines = [
            f'echo "@@step $1 000{number}"; read -r _\nbash -c {script} step {shlex.quote(sql)} >&2'
            for number, sql in enumerate(steps, 1)
        ]
        return "\n".join(["set -e", *lines])

    def asked(self, *steps: str) -> str:
        """Return what the program reads: each step is SQL, and changes no revision."""
        asked = {
            "app": self.user,
            "release": "r2",
            "revisions": self.revisions,
            "key": "DATABASE_URL",
            "script": self.engine(steps),
            "unit": "",
            "log": str(self.log),
            "kept": str(self.kept),
            "steps": [
                {"step": f"000{number}", "gains": [], "drops": []}
                for number, _ in enumerate(steps, 1)
            ],
            "expectations": self.expectations,
            "limits": {
                "copy": 900,
                "copy_setting": "app_undo_timeout_seconds",
                "steps": 60,
                "steps_setting": "app_migration_timeout_seconds",
            }
            | self.limits,
        }
        return json.dumps(asked)

    def run(self, *steps: str) -> "subprocess.CompletedProcess[str]":
        """Rehearse steps."""
        return subprocess.run(
            self.command("run"),
            input=self.asked(*steps),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def seen(self, *steps: str) -> list[dict[str, Any]]:
        """Rehearse steps, which must go well; return what was kept of each."""
        done = self.run(*steps)
        assert done.returncode == 0, done.stderr
        assert not self.folder.exists()
        found: list[dict[str, Any]] = json.loads(self.kept.read_text())["steps"]
        return found

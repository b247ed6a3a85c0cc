"""
A migration engine in one file: what it takes to have another one beside those of Changeover.

Its steps are files such as ``001_notes.step``: a title behind ``#``, a statement behind ``+`` in
each line for the way forward, and one behind ``-`` for the way back. It notes a checksum of each
step, and whether it was finished.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from changeover.host.revisions.table import Row, Table
from changeover.plans import migrations
from changeover.plans.digest import digest
from changeover.plans.migrations.judgement import Judged, Judgement, State, judged
from changeover.plans.migrations.protocol import Context
from changeover.plans.migrations.steps import History, Move, Revisions
from changeover.plans.script import Text, Variable
from changeover.settings.base import RelativePath
from changeover.settings.migrations import Migrations

FUNCTIONS = Text("""\
toy() { run python3 -I -c "$toy" "$folder" "$@"; }
require_engine() { [ -d "$release_path/$folder" ] || fail "$release_path has no $folder"; }
tell_history() { toy history; }
upgrade_all() { toy upgrade "$@"; }
downgrade() { toy downgrade "$1"; }
""")

# It runs in the host's own Python, as an engine that is a program of its own does.
PROGRAM = """\
import hashlib, json, os, pathlib, stat, sys

folder, command, *words = sys.argv[1:]
files = {path.stem: path.read_text() for path in sorted(pathlib.Path(folder).glob("*.step"))}

def lines(name, sign):
    return [line[1:].strip() for line in files[name].splitlines() if line.startswith(sign)]

def checksum(name):
    return hashlib.sha256("\\n".join(lines(name, "+")).encode()).hexdigest()[:12]

def connect():
    url = os.environ["DATABASE_URL"]
    if url.startswith("sqlite:///"):
        import sqlite3
        return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    import psycopg
    return psycopg.connect(url, autocommit=True)

def note(sql, *values):
    quoted = ["'" + value.replace("'", "''") + "'" for value in values]
    connection.execute(sql.format(*quoted))

def history():
    names = list(files)
    steps = [
        {"id": name, "after": names[at - 1:at] if at else [], "title": " ".join(lines(name, "#")),
         "checksum": checksum(name), "reversible": bool(lines(name, "-"))}
        for at, name in enumerate(names)
    ]
    print("@@history", json.dumps({"steps": steps, "here": True}))

def upgrade(mark, *names):
    note("CREATE TABLE IF NOT EXISTS toy_steps"
         " (id text PRIMARY KEY, checksum text, done integer, said text)")
    for name in names:
        print(f"@@step {mark} {name}", flush=True)
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            sys.stdin.readline()
        note("INSERT INTO toy_steps VALUES ({}, {}, 0, NULL)", name, checksum(name))
        try:
            for statement in lines(name, "+"):
                connection.execute(statement)
        except Exception as error:
            note("UPDATE toy_steps SET said = {} WHERE id = {}", str(error), name)
            sys.exit(f"{name}: {error}")
        note("UPDATE toy_steps SET done = 1 WHERE id = {}", name)

def downgrade(name):
    for statement in reversed(lines(name, "-")):
        connection.execute(statement)
    note("DELETE FROM toy_steps WHERE id = {}", name)

if command == "history":
    history()
else:
    connection = connect()
    {"upgrade": upgrade, "downgrade": downgrade}[command](*words)
    connection.close()
"""


class Steps(Migrations):
    """Migrations by the toy."""

    needs: ClassVar[tuple[str, ...]] = ("database",)
    folder: RelativePath = "steps"
    """The folder of its files, relative to the app. A release without it has no migrations."""
    backward_compatible: tuple[str, ...] = ()
    """Steps after which code from before them still runs."""


class StepsEngine:
    """The toy, as a deploy file declares it."""

    title = "Steps"
    functions: str = FUNCTIONS
    table = Table("toy_steps", ("id",), checksum="checksum", finished="done", error="said")

    def __init__(self, declared: Steps) -> None:
        """Keep what the deploy file says."""
        self.backward_compatible = declared.backward_compatible
        self.marker = declared.folder
        self.sources: tuple[str, ...] = (declared.folder,)
        self.hints: tuple[str, ...] = ()

    def variables(self) -> dict[str, Variable]:
        """Return the folder, and the program that reads it."""
        return {"folder": self.marker, "toy": PROGRAM}

    def history_key(self, commit: Context) -> str | None:
        """Return a digest of the folder: all of the history is in it."""
        return digest(commit.object_of(self.marker))

    def judge(self, history: History, rows: Sequence[Row]) -> Judgement:
        """Return what the rows say, and what is out of its order."""
        newest = max((row.id for row in rows if row.finished), default="")
        last = history[-1].id if history else ""
        found = judged(self, history, rows)
        return Judgement(tuple(_in_order(one, newest, last) for one in found.steps))

    def applied(self, history: History, revisions: Revisions) -> frozenset[str]:
        """Return what both name."""
        return frozenset(step.id for step in history).intersection(revisions)

    def unknown(self, history: History, revisions: Revisions) -> tuple[str, ...]:
        """Return what the history does not name."""
        known = {step.id for step in history}
        return tuple(revision for revision in revisions if revision not in known)

    def forward(self, history: History, revisions: Revisions) -> tuple[Move, ...]:
        """Return what the database does not name."""
        waiting = [step.id for step in history if step.id not in revisions]
        return tuple(Move(name, name, (name,)) for name in waiting)

    def beyond(self, history: History, revisions: Revisions, kept: frozenset[str]) -> History:
        """Return what was applied and is not kept."""
        applied = self.applied(history, revisions) - kept
        return [step for step in reversed(history) if step.id in applied]

    def back(
        self, history: History, revisions: Revisions, kept: frozenset[str]
    ) -> tuple[Move, ...]:
        """Return one move for each step: it says itself how it is taken back."""
        steps = self.beyond(history, revisions, kept)
        for step in steps:
            if not step.reversible:
                raise ValueError(f"{step.id} has no line that takes it back")
        return tuple(Move(step.id, step.id, (), (step.id,)) for step in steps)

    def heads(self, revisions: Revisions) -> tuple[str, ...]:
        """Return the one with the highest number."""
        return tuple(sorted(revisions)[-1:])


def _in_order(one: Judged, newest: str, last: str) -> Judged:
    if one.state == State.PENDING and one.step < newest:
        return replace(one, state=State.BLOCKED, reason=f"{newest} was applied before it")
    if one.state == State.UNKNOWN and one.step < last:
        reason = "the database has it, and the release has later ones without it"
        return replace(one, state=State.DRIFTED, reason=reason)
    return one


migrations.ENGINES.add(Steps, StepsEngine)

"""How the steps of a history stand in a database, each with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from changeover.host.revisions.table import Row, names
from changeover.plans.migrations.steps import History, Migration, Move, Revisions


class State(StrEnum):
    """How one step stands."""

    PENDING = "pending"
    """It waits, and can be taken."""
    APPLIED = "applied"
    UNKNOWN = "unknown"
    """The database has it, and the release does not know it."""
    EDITED = "edited"
    """It was applied, and says something else since."""
    HALF_APPLIED = "half-applied"
    """It was begun, and nobody knows how much of it was done."""
    FAILED = "failed"
    """It was begun, and ended with an error."""
    DRIFTED = "drifted"
    """The database is not as the steps that it names have made it."""
    BLOCKED = "blocked"
    """It waits, and cannot be taken as things are."""


# by these nothing is refused; what is unknown is told with the ways back from it
_SOUND = (State.PENDING, State.APPLIED, State.UNKNOWN)


@dataclass(frozen=True)
class Judged:
    """How one step stands, and why."""

    step: str
    state: State
    reason: str

    @property
    def said(self) -> str:
        """What a person is told of it."""
        return f"{self.step} is {self.state}: {self.reason}"


@dataclass(frozen=True)
class Judgement:
    """How all steps stand: those of the history in order, then what only the database has."""

    steps: tuple[Judged, ...]

    @property
    def refused(self) -> tuple[Judged, ...]:
        """The steps because of which no other may be taken."""
        return tuple(one for one in self.steps if one.state not in _SOUND)


class Reader(Protocol):
    """What an engine makes of names alone, as ``protocol.Engine`` says."""

    def applied(self, history: History, revisions: Revisions) -> frozenset[str]:
        """Return the steps that a database has."""

    def unknown(self, history: History, revisions: Revisions) -> tuple[str, ...]:
        """Return what a history does not know."""

    def forward(self, history: History, revisions: Revisions) -> tuple[Move, ...]:
        """Return the steps that wait."""


def judged(engine: Reader, history: History, rows: Sequence[Row]) -> Judgement:
    """
    Return what rows tell by themselves, and what an engine makes of their names.

    Whoever notes checksums sees what was edited; whoever notes begin and end, what stayed undone.
    """
    revisions = names(rows)
    found = [*_of_history(engine, history, rows)]
    known = {step.id for step in history}
    found += [one for row in rows if row.id not in known for one in [_unfinished(row)] if one]
    found += [
        Judged(name, State.UNKNOWN, "the release does not know it")
        for name in engine.unknown(history, revisions)
    ]
    return Judgement(tuple(found))


def _of_history(engine: Reader, history: History, rows: Sequence[Row]) -> Iterator[Judged]:
    revisions, named = names(rows), {row.id: row for row in rows}
    applied = engine.applied(history, revisions)
    pending = {move.step for move in engine.forward(history, revisions)}
    for step in history:
        row = named.get(step.id)
        wrong = row and (_unfinished(row) or _edited(step, row))
        if wrong:
            yield wrong
        elif step.id in applied:
            yield Judged(step.id, State.APPLIED, "the database names it")
        elif step.id in pending:
            yield Judged(step.id, State.PENDING, "the database does not name it")


def _unfinished(row: Row) -> Judged | None:
    if row.finished:
        return None
    if row.error:
        return Judged(row.id, State.FAILED, row.error)
    return Judged(row.id, State.HALF_APPLIED, "it was begun, and no end of it is noted")


def _edited(step: Migration, row: Row) -> Judged | None:
    if not step.checksum or not row.checksum or step.checksum == row.checksum:
        return None
    return Judged(step.id, State.EDITED, "it was applied, and says something else since")

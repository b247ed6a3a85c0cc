"""What a migration engine is: how its history and a database's revisions are read and moved."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from changeover.plans.script import Variable

Step = Mapping[str, Any]
"""One migration: ``id``, ``after`` (what it depends on), ``title``; what an engine adds to it."""
History = Sequence[Step]
"""A release's own migrations, in the order in which they are applied."""
Revisions = Sequence[str]
"""What the database says of itself, sorted."""


@dataclass(frozen=True)
class Move:
    """One named step, forward or back, and how the database's revisions differ after it."""

    step: str
    to: str
    """What the engine's command is told on the way back."""
    gains: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


class Engine(Protocol):
    """
    One tool that changes a database's schema in named steps.

    Its shell functions are

    - ``tell_history``: prints a line ``@@history`` with JSON: ``steps``, the release's own
      history; ``here``, whether the same ``history_key`` means the same one; ``says``, to be shown.
      Ends with 4 where code and migrations do not agree and its own words say all about it.
    - ``upgrade_all MARK STEP...``: takes all steps in one process, and tells each, in lines that
      have the mark (``migrate/steps.py``).
    - ``downgrade TO``: takes one step back.
    """

    title: str
    """As the deploy file spells it."""
    functions: str
    """The script file of its shell functions."""
    backward_compatible: tuple[str, ...]
    """Steps after which code from before them still runs."""
    marker: str
    """The path without which a release has no migrations."""
    sources: tuple[str, ...]
    """Paths that the commit must have, ``marker`` among them."""
    hints: tuple[str, ...]
    """Further paths that it may have, and that the history depends on."""

    def variables(self) -> dict[str, Variable]:
        """Return the variables of its shell functions."""

    def history_key(self, object_of: Callable[[str], str | None], python: str | None) -> str | None:
        """Return what two commits with the same history have in common, from git's object ids."""

    def applied(self, history: History, revisions: Revisions) -> frozenset[str]:
        """Return the steps of a history that a database with these revisions has."""

    def unknown(self, history: History, revisions: Revisions) -> tuple[str, ...]:
        """Return the revisions by which a database is beyond this history."""

    def forward(self, history: History, revisions: Revisions) -> tuple[Move, ...]:
        """Return the steps that wait, in order."""

    def beyond(self, history: History, revisions: Revisions, kept: frozenset[str]) -> History:
        """Return the steps that a database has beside the ``kept`` ones, newest first."""

    def back(
        self, history: History, revisions: Revisions, kept: frozenset[str]
    ) -> tuple[Move, ...]:
        """
        Return how the steps beyond the ``kept`` ones are taken back, newest first.

        Raises ValueError, with the reason, where a step cannot be taken back.
        """

    def heads(self, revisions: Revisions) -> tuple[str, ...]:
        """Return the revisions that stand for all; joined by ``, `` the health answer's schema."""


class Kept(NamedTuple):
    """A history as it lies beside a release's code, in ``.changeover/migrations.json``."""

    steps: tuple[Step, ...]
    shared: bool
    """Every release with the same ``history_key`` has it."""


def kept(told: Any) -> Kept:
    """Return what is kept. Raises TypeError or KeyError for what is no history."""
    if isinstance(told, dict):
        return Kept(tuple(told["steps"]), bool(told["here"]))
    return Kept(tuple(told), True)  # of an earlier version


def after(revisions: Iterable[str], moves: Iterable[Move]) -> tuple[str, ...]:
    """Return what the database says once these steps were taken."""
    found = set(revisions)
    for move in moves:
        found = (found - set(move.drops)) | set(move.gains)
    return tuple(sorted(found))


def whole(moves: Sequence[Move]) -> Move:
    """Return several steps, of which there is one at least, as one."""
    dropped = {drop for move in moves for drop in move.drops}
    gained = after((), moves)
    return Move(moves[-1].step, moves[-1].to, gained, tuple(sorted(dropped)))


def fits(engine: Engine, history: History, revisions: Revisions) -> bool:
    """Tell whether a database has all steps of a history and none beyond it."""
    return not engine.forward(history, revisions) and not engine.unknown(history, revisions)


def schema(engine: Engine, revisions: Revisions) -> str | None:
    """Return what a healthy app says of its database; None where nothing was applied."""
    return ", ".join(engine.heads(revisions)) or None

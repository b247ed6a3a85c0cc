"""What a migration engine is: how its history and a database's revisions are read and moved."""

from collections.abc import Sequence
from typing import Protocol

from changeover.host.revisions.table import Row, Table
from changeover.plans.migrations.judgement import Judgement
from changeover.plans.migrations.steps import History, Move, Revisions
from changeover.plans.script import Variable


class Context(Protocol):
    """What a commit is known by, without a look into its files."""

    @property
    def python_key(self) -> str | None:
        """The name of its Python environment; None where it has none, or nobody knows yet."""

    @property
    def node_key(self) -> str | None:
        """The name of its node_modules; None where it has none, or nobody knows yet."""

    def object_of(self, path: str) -> str | None:
        """Return git's object id of a path of the app, None where it is not in the commit."""


class Engine(Protocol):
    """
    One tool that changes a database's schema in named steps.

    Its shell functions run what is the release's own by ``run``, behind walls. They are

    - ``require_engine``: fails, by ``fail``, where the release lacks what the engine needs.
    - ``tell_history``: prints a line ``@@history`` with JSON: ``steps``, the release's own history
      (``steps.Migration``); ``here``, whether the same ``history_key`` means the same one;
      ``says``, to be shown. Ends with 4 where code and migrations do not agree and its own words
      say all.
    - ``upgrade_all MARK STEP...``: takes all steps in one process. Before each it prints a line
      ``@@step MARK STEP``, and waits for a line if its standard input is a pipe.
    - ``downgrade TO``: takes one step back.
    """

    title: str
    """As the deploy file spells it."""
    functions: str
    """The script file of its shell functions, or their ``Text``."""
    table: Table
    """Where a database notes what was applied to it."""
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

    def history_key(self, commit: Context) -> str | None:
        """Return what two commits with the same history have in common; None: nobody knows."""

    def judge(self, history: History, rows: Sequence[Row]) -> Judgement:
        """Return how the steps of a history stand in a database that has these rows, and why."""

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


def fits(engine: Engine, history: History, revisions: Revisions) -> bool:
    """Tell whether a database has all steps of a history and none beyond it."""
    return not engine.forward(history, revisions) and not engine.unknown(history, revisions)


def schema(engine: Engine, revisions: Revisions) -> str | None:
    """Return what a healthy app says of its database; None where nothing was applied."""
    return ", ".join(engine.heads(revisions)) or None

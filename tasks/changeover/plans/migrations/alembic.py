"""Alembic: the database names the heads of what was applied."""

from collections.abc import Sequence

from changeover.host.revisions.table import Row, Table
from changeover.plans.digest import digest
from changeover.plans.migrations.judgement import Judgement, judged
from changeover.plans.migrations.protocol import Context
from changeover.plans.migrations.steps import History, Move, Revisions
from changeover.plans.script import Variable, program
from changeover.settings.migrations import Alembic

# histories that were said to be shared where links led elsewhere are asked for anew
_VERSION = 2


class AlembicEngine:
    """Alembic, as the deploy file declares it."""

    title = "Alembic"
    table = Table("alembic_version", ("version_num",))
    functions = "migrations/alembic/engine"

    def __init__(self, declared: Alembic) -> None:
        """Keep what the deploy file says."""
        self.backward_compatible = declared.backward_compatible
        self.marker = declared.config
        self.sources: tuple[str, ...] = (declared.config, declared.scripts)
        self.hints: tuple[str, ...] = ("pyproject.toml",)  # it may hold a part of the configuration
        self._scripts = declared.scripts

    def variables(self) -> dict[str, Variable]:
        """Return its files, the folder that its configuration should name, and its programs."""
        return {
            "config": self.marker,
            "scripts": self._scripts,
            "hints": self.hints,
            "tell_program": program("migrations/alembic/history"),
            "upgrade_program": program("migrations/tell_steps", "migrations/alembic/upgrade"),
        }

    def history_key(self, commit: Context) -> str | None:
        """
        Return a digest of the configuration and the scripts.

        The history is made of them alone, or says that it is not (``here``).
        """
        return digest(_VERSION, *(commit.object_of(path) for path in (*self.sources, *self.hints)))

    def judge(self, history: History, rows: Sequence[Row]) -> Judgement:
        """Return what is applied, waits or is unknown: more is not noted."""
        return judged(self, history, rows)

    def applied(self, history: History, revisions: Revisions) -> frozenset[str]:
        """Return the revisions that the history knows, and all that these depend on."""
        depends = {step.id: step.after for step in history}
        found: set[str] = set()
        rest = [revision for revision in revisions if revision in depends]
        while rest:
            revision = rest.pop()
            if revision not in found:
                found.add(revision)
                rest += depends[revision]
        return frozenset(found)

    def unknown(self, history: History, revisions: Revisions) -> tuple[str, ...]:
        """Return the revisions that are not in the history."""
        known = {step.id for step in history}
        return tuple(found for found in revisions if found not in known)

    def forward(self, history: History, revisions: Revisions) -> tuple[Move, ...]:
        """Return what waits; a step takes the place of those that it depends on."""
        applied = self.applied(history, revisions)
        return tuple(
            Move(step.id, step.id, (step.id,), step.after)
            for step in history
            if step.id not in applied
        )

    def beyond(self, history: History, revisions: Revisions, kept: frozenset[str]) -> History:
        """Return what was applied and is not kept."""
        applied = self.applied(history, revisions) - kept
        return [step for step in reversed(history) if step.id in applied]

    def back(
        self, history: History, revisions: Revisions, kept: frozenset[str]
    ) -> tuple[Move, ...]:
        """Return the straight line down; where branches were merged there is none."""
        depends = {step.id: step.after for step in history}
        moves, at = [], tuple(revisions)
        while at and not kept.issuperset(at):
            if len(at) > 1 or len(depends[at[0]]) > 1:
                raise ValueError(f"{at[0]} merges branches: no straight line leads back over it")
            step, at = at[0], depends[at[0]]
            moves.append(Move(step, at[0] if at else "base", at, (step,)))
        return tuple(moves)

    def heads(self, revisions: Revisions) -> tuple[str, ...]:
        """Return them all: they are heads."""
        return tuple(revisions)

"""Django: the database names all that was applied, each as ``app.name``."""

from collections.abc import Sequence

from changeover.host.revisions.table import Row, Table
from changeover.plans.digest import digest
from changeover.plans.migrations.judgement import Judgement, judged
from changeover.plans.migrations.protocol import Context
from changeover.plans.migrations.steps import History, Migration, Move, Revisions
from changeover.plans.script import Variable, program
from changeover.settings.migrations import Django

_HISTORY = "migrations/django/history"
_SQUASHED = "_squashed_"


class DjangoEngine:
    """Django's migrations, as the deploy file declares them."""

    title = "Django"
    table = Table("django_migrations", ("app", "name"))
    functions = "migrations/django/engine"

    def __init__(self, declared: Django) -> None:
        """Keep what the deploy file says."""
        self.backward_compatible = declared.backward_compatible
        self.marker = declared.manage
        self.sources: tuple[str, ...] = (".", declared.manage)
        self.hints: tuple[str, ...] = ()
        self._may_differ = declared.models_may_differ
        self._settings = declared.settings or ""

    def variables(self) -> dict[str, Variable]:
        """Return ``manage.py``, the settings where it does not set them, and what it shall run."""
        return {
            "manage": self.marker,
            "settings": self._settings,
            "tell_program": f"may_differ = {self._may_differ}\n{program(_HISTORY)}",
            "upgrade_program": program("migrations/tell_steps", "migrations/django/upgrade"),
        }

    def history_key(self, commit: Context) -> str | None:
        """Return a digest of all code, the app's and its packages': any may bring migrations."""
        tree, python = commit.object_of("."), commit.python_key
        if tree is None or python is None:
            return None
        return digest(tree, python, self.marker, self._settings, self._may_differ)

    def judge(self, history: History, rows: Sequence[Row]) -> Judgement:
        """Return what is applied, waits or is unknown: more is not noted."""
        return judged(self, history, rows)

    def applied(self, history: History, revisions: Revisions) -> frozenset[str]:
        """Return what the database names; a squash counts when all that it replaces is there."""
        found = set(revisions)
        return frozenset(step.id for step in history if _is_applied(step, found))

    def unknown(self, history: History, revisions: Revisions) -> tuple[str, ...]:
        """
        Return the revisions of the history's apps that are newer than what it has there.

        As Django does, rows that outlived their files are passed over: those of an app that was
        removed, and those of an app from before its newest known migration.
        """
        if not history:
            return tuple(revisions)
        known = {step.id for step in history} | _replaced(history)
        newest: dict[str, str] = {_label(step.id): "" for step in history}
        for revision in known.intersection(revisions):
            label = _label(revision)
            newest[label] = max(newest.get(label, ""), _place(revision))
        return tuple(
            revision
            for revision in revisions
            if revision not in known
            and _label(revision) in newest
            and _place(revision) > newest[_label(revision)]
        )

    def forward(self, history: History, revisions: Revisions) -> tuple[Move, ...]:
        """Return what waits; with a squash Django also records what it replaces."""
        rows, applied, moves = set(revisions), self.applied(history, revisions), []
        for step in _visible(history, rows):
            if step.id in applied:
                continue
            now = rows | {step.id, *step.replaces}
            now |= _whole_squashes(history, now)
            moves.append(Move(step.id, step.id, tuple(sorted(now - rows))))
            rows = now
        return tuple(moves)

    def beyond(self, history: History, revisions: Revisions, kept: frozenset[str]) -> History:
        """Return what was applied and is not kept; a squash of what is kept is kept too."""
        applied = self.applied(history, revisions) - kept
        return [
            step
            for step in reversed(_visible(history, set(revisions)))
            if step.id in applied
            if not (step.replaces and kept.issuperset(step.replaces))
        ]

    def back(
        self, history: History, revisions: Revisions, kept: frozenset[str]
    ) -> tuple[Move, ...]:
        """Return the way back: ``migrate`` to what stands before a step takes that step alone."""
        rows, applied, moves = set(revisions), self.applied(history, revisions), []
        there = [step for step in _visible(history, rows) if step.id in applied]
        for step in self.beyond(history, revisions, kept):
            if kept.intersection(step.replaces):
                raise ValueError(f"{step.id} cannot be taken back in part")
            if not step.reversible:
                raise ValueError(f"{step.id} cannot be taken back; rollback=restore is")
            there.remove(step)
            now = rows - {step.id, *step.replaces}
            now |= _whole_squashes(history, now)
            gains, drops = tuple(sorted(now - rows)), tuple(sorted(rows - now))
            moves.append(Move(step.id, _before(step, there), gains, drops))
            rows = now
        return tuple(moves)

    def heads(self, revisions: Revisions) -> tuple[str, ...]:
        """Return the revision with the highest name of each app."""
        highest = {_label(revision): revision for revision in sorted(revisions)}
        return tuple(sorted(highest.values()))


def _label(revision: str) -> str:
    return revision.partition(".")[0]


def _place(revision: str) -> str:
    """Return the name that tells how far an app is: a squash is as far as its last part."""
    return revision.partition(".")[2].rpartition(_SQUASHED)[2]


def _replaced(history: History) -> set[str]:
    return {replaced for step in history for replaced in step.replaces}


def _is_applied(step: Migration, rows: set[str]) -> bool:
    replaces = step.replaces
    return rows.issuperset(replaces) if replaces else step.id in rows


def _whole_squashes(history: History, rows: set[str]) -> set[str]:
    """Return the squashes that ``migrate`` records, as all that they replace is there."""
    return {step.id for step in history if step.replaces and _is_applied(step, rows)}


def _visible(history: History, rows: set[str]) -> list[Migration]:
    """Return the steps that count: a squash or what it replaces, by what the database has."""
    hidden: set[str] = set()
    for step in history:
        replaces = step.replaces
        if replaces:
            some = not rows.isdisjoint(replaces) and not rows.issuperset(replaces)
            hidden.update((step.id,) if some else replaces)
    return [step for step in history if step.id not in hidden]


def _before(step: Migration, rest: list[Migration]) -> str:
    """Return what ``migrate`` is told so that it takes this step back and no other."""
    label, only = _label(step.id), f"{step.id} cannot be taken back alone"
    needing = [other.id for other in rest if step.id in other.after]
    if needing:
        raise ValueError(f"{only}: {', '.join(needing)} needs it")
    same = [other for other in rest if _label(other.id) == label]
    before = [other.id for other in same if other.id in step.after]
    if not before and not same:
        return f"{label}.zero"
    for parent in before:
        if not any(parent in other.after for other in same):
            return parent
    raise ValueError(f"{only}: it is on a branch of {label}'s migrations")

"""Migrations by name: a release's own history of them, and how a database moves along it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Migration:
    """One migration of a release's history."""

    id: str
    after: tuple[str, ...] = ()
    """The steps that it depends on."""
    title: str = ""
    replaces: tuple[str, ...] = ()
    """The steps that it stands for, where several were made one."""
    reversible: bool = True
    checksum: str = ""
    """Of what it does, as the engine counts it; "" where the engine has none."""

    def dumped(self) -> dict[str, Any]:
        """Return it as it is kept beside a release's code; what is as ever is left out."""
        told: dict[str, Any] = {"id": self.id, "after": list(self.after), "title": self.title}
        told |= {"replaces": list(self.replaces)} if self.replaces else {}
        told |= {} if self.reversible else {"reversible": False}
        return told | ({"checksum": self.checksum} if self.checksum else {})


History = Sequence[Migration]
"""A release's own migrations, in the order in which they are applied."""
Revisions = Sequence[str]
"""The names of what a database says was applied, sorted."""


@dataclass(frozen=True)
class Move:
    """One named step, forward or back, and how the database's revisions differ after it."""

    step: str
    to: str
    """What the engine's command is told on the way back."""
    gains: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


class Kept(NamedTuple):
    """A history as it lies beside a release's code, in ``.changeover/migrations.json``."""

    steps: tuple[Migration, ...]
    shared: bool
    """Every release with the same ``history_key`` has it."""
    engine: str = ""
    """Whose it is, as a deploy file spells it; "" in one of an earlier version."""


def kept(told: Any) -> Kept:
    """Return what is kept. Raises TypeError or KeyError for what is no history."""
    if isinstance(told, dict):
        engine = str(told.get("engine", ""))
        return Kept(tuple(map(_step, told["steps"])), bool(told["here"]), engine)
    return Kept(tuple(map(_step, told)), True)  # of an earlier version


def _step(told: Any) -> Migration:
    return Migration(
        id=told["id"],
        after=tuple(told["after"]),
        title=told.get("title", ""),
        replaces=tuple(told.get("replaces", ())),
        reversible=told.get("reversible", True),
        checksum=told.get("checksum", ""),
    )


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

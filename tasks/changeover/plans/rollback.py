"""A rollback that a person asked for: what is said, what is refused, and the way of the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from changeover.host import json_text
from changeover.plans import databases, migrate, pending, rollback_methods, time_limits
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.rollback_methods.choose import choose, rolled_back
from changeover.plans.rollback_methods.method import DOWNGRADE, RESTORE, Method
from changeover.plans.script import script
from changeover.plans.snapshot import Release, Snapshot
from changeover.plans.target import Rollback, Target
from changeover.plans.undo import STEP_SECONDS, Undo
from changeover.settings.app import App

ANY = "all"
_OPEN = (
    "a changeover is open: somebody makes it, or it was interrupted and the host undoes it;"
    " wait for its end (deploys/status.py), then run this again"
)
_HOW = {"added": "new", "changed": "changed", "removed": "deleted since and back again"}
_UNKNOWN = "invalid choice: 'losses'"


@dataclass(frozen=True)
class RollbackRequest:
    """What a person asked for with ``--data``."""

    method: str = ""
    """One of the ways, "" to be told only."""
    to: str = ""
    """A release or commit, "" for the one that served before."""
    loses: str = ""
    """How many rows may go, or ``all``."""


@dataclass(frozen=True)
class Losses:
    """The rows that a restore would lose, counted on the host."""

    rows: int = 0
    tables: Mapping[str, Mapping[str, int]] | None = None
    problem: str = ""
    """Why they could not be counted."""

    def told(self) -> str:
        """Return them in words."""
        if self.problem:
            return f"what would go could not be counted ({self.problem})"
        words = [
            f"{table} "
            + ", ".join(f"{found[key]} {how}" for key, how in _HOW.items() if found[key])
            for table, found in (self.tables or {}).items()
        ]
        count = "1 row" if self.rows == 1 else f"{self.rows} rows"
        return count + (f" ({'; '.join(words)})" if words else "")


def back(app: App, snapshot: Snapshot, request: RollbackRequest) -> Rollback:
    """Return the rollback that is wanted. Raises ValueError where there is no release for it."""
    release = choose(snapshot, request.to)
    found = {way.name: way for way in rollback_methods.methods(app, snapshot, release)}
    return Rollback(release, found[request.method] if request.method else Method("", settled=True))


def told(app: App, snapshot: Snapshot, release: Release, losses: Losses | None) -> list[str]:
    """Return what a person has to know before anything is done: a line for each way."""
    lines = [f"{app.name}: from {snapshot.current} back to {release.name} ({release.commit[:12]})"]
    for way in rollback_methods.methods(app, snapshot, release):
        if way.problem:
            said = f"not possible: {way.problem}"
        elif way.settled:
            said = "nothing to do"
        elif way.name == RESTORE:
            said = f"loses {way.loses}: {losses.told() if losses else 'not counted'}"
        else:
            said = f"loses {way.loses}"
        lines.append(f"  rollback={way.name}: {said}")
    return [*lines, f"  but {_OPEN}"] if snapshot.open_changeover is not None else lines


def why_settled(snapshot: Snapshot, wanted: Rollback) -> str:
    """Return why nothing is to be done."""
    if not wanted.method.name:
        return "nothing was changed; give --data rollback=code, downgrade or restore"
    name = wanted.release.name
    if rolled_back(snapshot) and snapshot.latest:
        why = f"{name} serves since the {snapshot.latest['kind']} of {snapshot.latest['ended']}"
        return f"{why}; another is named with --data rollback_to=RELEASE"
    return f"{name} serves"


def problems(
    target: Target, snapshot: Snapshot, request: RollbackRequest, losses: Losses | None
) -> list[str]:
    """Return a line for each reason not to begin."""
    if snapshot.open_changeover is not None:
        return [_OPEN]
    if target.rollback is None or target.rollback.method.settled:
        return []
    way = target.rollback.method
    if way.problem:
        return [f"rollback={way.name}: {way.problem}"]
    if snapshot.database and snapshot.database.error:
        return [f"{snapshot.database.path}: cannot be read ({snapshot.database.error})"]
    if way.name not in (RESTORE, DOWNGRADE):
        return []
    url = snapshot.database_url
    if url and (problem := databases.locate(url, target).problem):
        return [f"{databases.key(target)}: {problem}"]
    # what is there now is backed up first, and has to be put back where the rollback fails
    if snapshot.database and snapshot.database.foreign:
        return [f"{snapshot.database.path}: cannot be backed up: {snapshot.database.foreign}"]
    newest = snapshot.backups[-1] if snapshot.backups else None
    slow = [
        time_limits.refusal(target, one) for one in (time_limits.of(snapshot, way.manifest), newest)
    ]
    lost = refusal(request, losses) if way.name == RESTORE else []
    return [*lost, *dict.fromkeys(filter(None, slow))]


def refusal(request: RollbackRequest, losses: Losses | None) -> list[str]:
    """Return why a restore is refused: nobody said that so many rows may go."""
    if losses is None or losses.problem:
        return [f"rollback=restore: {(losses or Losses(problem='nobody asked')).told()}"]
    if request.loses == ANY or (request.loses.isdigit() and int(request.loses) >= losses.rows):
        return []
    return [
        f"rollback=restore: {losses.told()} would go; say that they may with --data"
        f" rollback_loses={losses.rows}, or ={ANY} where more are written meanwhile"
    ]


def disagreement(app: str, releases: Mapping[str, str]) -> list[str]:
    """Return why hosts cannot go back together: each would go to another release."""
    if len(set(releases.values())) < 2:
        return []
    told = ", ".join(f"{host} to {name}" for host, name in sorted(releases.items()))
    return [f"{app}: the hosts would go to different releases ({told}); give rollback_to"]


def decide_data(target: Target, snapshot: Snapshot, way: str) -> Decision:
    """Decide whether the database has to go back this way."""
    if target.rollback is None or target.rollback.method.name != way:
        return done("this rollback goes another way")
    if not pending.data_goes_back(target.rollback, snapshot):
        return done("the database is as it should be")
    if way == DOWNGRADE:
        return todo(f"taken back: {', '.join(target.rollback.method.steps)}")
    return todo(f"restored: {target.rollback.method.manifest}")


def downgrade_script(target: Target, database: Location, manifest: str) -> str:
    """Return the script that takes migrations back, each a step, by the code that knows them."""
    way = target.rollback.method if target.rollback else Method(DOWNGRADE)
    return script(
        "rollback/downgrade",
        functions=migrate.moving(target, database),
        **migrate.engine_variables(target)
        | migrate.move_variables(target, database, manifest, way.moves),
        release_path=f"{target.paths.releases}/{way.knower}",
        environment=target.paths.env_file,
        shared=target.paths.shared,
    )


def restore_script(target: Target, database: Location, manifest: str) -> str:
    """Return the script that puts the restore point in place; what it replaces is kept."""
    return script(
        "rollback/restore",
        functions=databases.functions(database),
        **databases.variables(target, database),
        manifest=target.rollback.method.manifest if target.rollback else "",
        today=manifest,
    )


def undo(target: Target, snapshot: Snapshot, database: Location, manifest: str) -> Undo:
    """Return what puts today's data back, from the backup that was taken of it."""
    way = target.rollback.method if target.rollback else Method("")
    found = migrate.undo(target, snapshot, database, manifest, f"rollback.{way.name}")
    if way.name != RESTORE:
        return found
    return replace(
        found,
        note={**found.note, "restored": way.manifest},
        limit_seconds=max(
            STEP_SECONDS, time_limits.restore_seconds(time_limits.of(snapshot, way.manifest))
        ),
        limit_setting=time_limits.setting(target),
    )


def losses_script(target: Target, database: Location, manifest: str) -> str:
    """Return the script that counts what a restore would lose; it changes nothing."""
    return script(
        "rollback/losses",
        functions=databases.functions(database),
        **databases.variables(target, database),
        manifest=manifest,
    )


def parse_losses(lines: Sequence[str]) -> Losses:
    """Read what the host counted, or said instead."""
    text = "\n".join(lines)
    try:
        found: dict[str, Any] = json_text.read(text)
        return Losses(int(found["rows"]), found["tables"])
    except (KeyError, TypeError, ValueError):
        why = text or "the host said nothing"
        if _UNKNOWN in text:
            why = "the host's programs are of an earlier version; run deploys/provision.py"
        return Losses(problem=why)

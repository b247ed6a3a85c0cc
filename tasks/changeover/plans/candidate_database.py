"""A database URL that this run puts in force: what it leads to counts, and not what it replaces."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from changeover.host.postgres.session import POOLER
from changeover.host.probe.asked import NOT_INSTALLED
from changeover.plans import databases
from changeover.plans.snapshot import CandidateDatabase, Database, Snapshot
from changeover.plans.target import Target

PASSWORD = "password"  # noqa: S105 - the word of the host's program for what its role lacks


def asks(target: Target, snapshot: Snapshot, differing: Collection[str]) -> bool:
    """Tell whether the URL among the wanted values is one that the host has yet to be asked for."""
    key = databases.key(target)
    if not key or target.app.name not in snapshot.users:
        return False  # without the app's user nothing of the app can be there
    if snapshot.database_url is None:
        return True
    broken = snapshot.database is not None and snapshot.database.error is not None
    return key in target.values.env_update and (broken or key in differing)


def seen(snapshot: Snapshot, candidate: CandidateDatabase | None) -> Snapshot:
    """Return the snapshot with the data to which the app will come."""
    if candidate is None:
        return snapshot
    before, found = snapshot.database, candidate.database
    # a role that has yet to get its password keeps nobody from the data that it has now
    same = before and found and before.path == found.path and not before.error
    if same and found and found.error and PASSWORD in (candidate.wanting or ()):
        found = before
    return replace(snapshot, database=found, candidate=candidate, replaced=before)


def sets_password(target: Target, snapshot: Snapshot, differing: Collection[str]) -> bool:
    """
    Tell whether the role gets the new URL's password with the environment, in the changeover.

    Until then the app comes in with the old one, and an undo gives it back.
    """
    wanting = snapshot.candidate.wanting if snapshot.candidate else None
    in_force = snapshot.env_mode is not None and snapshot.database_url is not None
    return in_force and databases.key(target) in differing and PASSWORD in (wanting or ())


def problems(target: Target, snapshot: Snapshot, name: str | None) -> Iterator[str]:
    """Yield what is wrong with the data that a URL leads to; ``name`` is what the URL says."""
    key, candidate, found = databases.key(target), snapshot.candidate, snapshot.database
    before = snapshot.replaced if candidate else found
    if name and before and _moves(name, before, candidate):
        yield (
            f"{key}: leads to {name}, and the app's data is in {before.path}"
            f"{' on another server' if name == before.path else ''}: a release"
            " moves no data; leave the URL as it is, or move the data by hand first"
        )
    if candidate and candidate.refused:
        yield f"{key}: {candidate.refused}"
    full = [one for one in snapshot.backups if not one.empty]
    if name and found is None and full:
        yield (
            f"{key}: leads to {name}, where there is no database, though"
            f" {full[-1].manifest} is a backup of this app's: is its disk mounted,"
            " its server the right one? Bring it back first; if the app shall begin without"
            f" data, move the backups out of {target.paths.backups}"
        )


def _moves(name: str, before: Database, candidate: CandidateDatabase | None) -> bool:
    """Tell whether a URL leads away from the app's data."""
    found = candidate.database if candidate else before
    if before.error:  # which keeps nobody from mending the URL
        return name != before.path and not (found and found.revisions)
    if name != before.path:
        return True
    if found is None:
        return bool(before.revisions)
    return not found.error and found.revisions != before.revisions


def unusable(target: Target, snapshot: Snapshot, url: str | None) -> Iterator[str]:
    """Yield why nobody can read the data and what to do, but for what the run itself mends."""
    found, candidate, key = snapshot.database, snapshot.candidate, databases.key(target)
    if found is None or not found.error or found.error == NOT_INSTALLED:
        return  # that one comes before the database's turn
    if POOLER in found.error:
        yield f"{key}: {found.error}"
        return
    if candidate:
        # the host's own server may have yet to be started: provisioning does it, and says if not
        local = bool(url) and databases.locate(url or "", target).place.provisioned
        left = candidate.wanting is None if local else False
        if not (left or candidate.wanting or candidate.refused):
            yield (
                f"{key}: the new URL leads to {found.path}, which cannot be read ({found.error});"
                f" correct it among the values that {target.app.name}_env_update names"
            )
        return
    if not databases.kind_of(url).names_files:
        yield (
            f"{key} in {target.paths.env_file}: {found.path} cannot be read ({found.error}); see"
            " that its server runs, and correct the URL: put the right one among the wanted"
            f""" values, and run with --data '{target.app.name}_env_update=["{key}"]'"""
        )
        return
    yield f"{found.path}: cannot be read ({found.error})"

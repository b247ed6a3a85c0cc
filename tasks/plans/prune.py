"""What may go: old releases and backups in pairs, failed ones first, never the last good one."""

from dataclasses import dataclass

from tasks.plans.decision import Decision, done, todo
from tasks.plans.script import script
from tasks.plans.snapshot import Release, Snapshot
from tasks.plans.target import Target


@dataclass(frozen=True)
class Waste:
    """Full paths of what prune removes."""

    folders: tuple[str, ...]
    manifests: tuple[str, ...]
    orphans: tuple[str, ...] = ()


def waste(target: Target, snapshot: Snapshot) -> Waste:
    """Return what is no longer needed, once the wished release is committed."""
    kept = kept_releases(target, snapshot)
    used = {part for release in kept for link in release.links.values() for part in link.split("/")}
    used |= {key for key in (target.python_key, target.node_key) if key}
    names = {release.name for release in kept}
    paths = target.paths
    folders = [f"{paths.releases}/{name}" for name in snapshot.releases if name not in names]
    folders += [f"{paths.releases}/{name}" for name in snapshot.unfinished]
    for name in sorted(snapshot.environments - used):
        parent = paths.builds if name.startswith("build-") else paths.environments
        folders.append(f"{parent}/{name}")
    folders += snapshot.leftovers
    newest = [backup.manifest for backup in snapshot.backups][-1:]
    manifests = [
        backup.manifest
        for backup in snapshot.backups
        if backup.release not in names and backup.manifest not in newest
    ]
    return Waste(tuple(folders), tuple(manifests), snapshot.orphans)


def kept_releases(target: Target, snapshot: Snapshot) -> list[Release]:
    """
    Return the releases that stay: the wished one and the newest others that the ledger calls good.

    The wished release counts as good: prune comes after its commit. What serves now stays too,
    should it be another.
    """
    others = [release for release in snapshot.releases.values() if release.name != target.release]
    good = sorted((r for r in others if r.committed), key=lambda r: r.committed or "")
    newest = good[max(0, len(good) - target.values.keep_releases + 1) :]
    serving = {target.release, snapshot.current}
    return newest + [r for r in snapshot.releases.values() if r.name in serving and r not in newest]


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether something has to be removed."""
    found = waste(target, snapshot)
    count = len(found.folders) + len(found.manifests) + len(found.orphans)
    if count:
        return todo(f"{count} folders and backups are no longer needed")
    return done(f"{len(snapshot.releases)} releases and {len(snapshot.backups)} backups are kept")


def prune_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that removes what is no longer needed."""
    found = waste(target, snapshot)
    return script(
        "prune/old", folders=found.folders, manifests=found.manifests, orphans=found.orphans
    )

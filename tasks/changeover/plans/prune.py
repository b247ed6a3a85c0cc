"""What may go: old releases and backups in pairs, failed ones first, never the last good one."""

from collections import Counter
from dataclasses import dataclass, replace

from changeover.plans import backup, budget, databases, live, processes
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.processes import engine_script
from changeover.plans.snapshot import Backup, Release, Snapshot
from changeover.plans.target import Target

_ASIDE_SECONDS = 14 * 24 * 3600
_KEPT_ENVIRONMENTS = 5
_NAMED = 3


@dataclass(frozen=True)
class Waste:
    """Full paths of what prune removes."""

    folders: tuple[str, ...]
    manifests: tuple[str, ...]
    files: tuple[str, ...] = ()
    """What stands alone: artefacts that never became a backup, old settings."""
    databases: tuple[str, ...] = ()
    """Names of replaced databases on their server."""
    shared: tuple[str, ...] = ()
    """What stands alone in the app's own folder, where names are the app's: it is removed as it."""

    @property
    def count(self) -> int:
        """How much it is."""
        parts = (self.folders, self.manifests, self.files, self.databases, self.shared)
        return sum(len(part) for part in parts)


def waste(target: Target, snapshot: Snapshot) -> Waste:
    """Return what is no longer needed, once the wanted release is committed."""
    kept, backups = budget.within(target, snapshot, *kept_pairs(target, snapshot))
    used = {part for release in kept for link in release.links.values() for part in link.split("/")}
    used |= {key for key in (target.python_key, target.node_key) if key}
    names = {release.name for release in kept}
    paths = target.paths
    folders = [f"{paths.releases}/{name}" for name in snapshot.releases if name not in names]
    folders += [f"{paths.releases}/{name}" for name in snapshot.unfinished]
    for name in sorted(snapshot.environments - used):
        parent = paths.builds if name.startswith("build-") else paths.environments
        folders.append(f"{parent}/{name}")
    within = f"{paths.shared}/"
    folders += [path for path in snapshot.leftovers if not path.startswith(within)]
    shared = [path for path in snapshot.leftovers if path.startswith(within)]
    manifests = [one.manifest for one in snapshot.backups if one not in backups]
    old = snapshot.clock - _ASIDE_SECONDS
    aside = [found.path for found in snapshot.aside if found.since < old]
    if databases.kind_of(snapshot.database_url).names_files:
        shared, aside = [*shared, *aside], []
    files = [*snapshot.orphans]
    files += snapshot.kept_environments[:-_KEPT_ENVIRONMENTS]
    return Waste(tuple(folders), tuple(manifests), tuple(files), tuple(aside), tuple(shared))


def kept_pairs(target: Target, snapshot: Snapshot) -> tuple[list[Release], list[Backup]]:
    """Return the releases and backups that stay as long as there is room."""
    kept = kept_releases(target, snapshot)
    names, points = {release.name for release in kept}, budget.restore_points(snapshot, kept)
    return kept, [b for b in snapshot.backups if b.release in names or b in points]


def kept_releases(target: Target, snapshot: Snapshot) -> list[Release]:
    """
    Return the releases that stay: the wanted one and the newest others that the ledger calls good.

    The wanted release counts as good: prune comes after its commit. What serves now stays too,
    should it be another.
    """
    others = [release for release in snapshot.releases.values() if release.name != target.release]
    good = sorted((r for r in others if r.committed), key=lambda r: r.committed or "")
    newest = good[max(0, len(good) - target.values.keep_releases + 1) :]
    serving = {target.release, snapshot.current}
    return newest + [r for r in snapshot.releases.values() if r.name in serving and r not in newest]


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether something has to be removed."""
    if live.is_live(snapshot):
        return done("somebody else's release is going on; it removes them at its end")
    found = waste(target, snapshot)
    if found.count:
        return todo(f"no longer needed: {_told(target, found)}")
    allowed = target.values.disk_budget_megabytes
    kilobytes = budget.taken(target, snapshot, snapshot.releases.values(), snapshot.backups)
    if allowed is not None and kilobytes > allowed * 1024:
        return done(f"{kilobytes // 1024} MB are over the budget of {allowed}, and all are needed")
    return done(f"kept: releases {len(snapshot.releases)}, backups {len(snapshot.backups)}")


def _told(target: Target, found: Waste) -> str:
    """Return what goes: by name where that is little, else how much of each kind."""
    paths = target.paths
    within = {paths.releases: "release", paths.environments: "environment", paths.builds: "build"}
    gone = [(within.get(path.rpartition("/")[0], "leftover"), path) for path in found.folders]
    gone += [("backup", path.removesuffix(".json")) for path in found.manifests]
    gone += [("old file", path) for path in found.files]
    gone += [("copy kept aside", path) for path in (*found.databases, *found.shared)]
    if len(gone) <= _NAMED:
        return ", ".join(f"{kind} {path.rpartition('/')[2]}" for kind, path in gone)
    return ", ".join(f"{many} x {kind}" for kind, many in Counter(kind for kind, _ in gone).items())


def foreseen(target: Target, snapshot: Snapshot) -> Snapshot:
    """Return the host as the steps before will leave it, as far as a plan that is shown counts."""
    backups = snapshot.backups
    if backup.decide(target, snapshot).needed:
        backups += (Backup("", snapshot.current or "none", (), "", None),)
    return replace(snapshot, backups=backups, current=target.release or snapshot.current)


def prune_script(target: Target, snapshot: Snapshot, database: Location) -> str:
    """Return the script that removes what is no longer needed."""
    found = waste(target, snapshot)
    engine = processes.of(target.app)
    return engine_script(
        target,
        None,
        "prune/old",
        databases.functions(database),
        **databases.variables(target, database),
        engine=engine.title,
        label=engine.label(target),
        releases=target.paths.releases,
        current=target.paths.current,
        folders=found.folders,
        manifests=found.manifests,
        files=found.files,
        databases=found.databases,
        shared=found.shared,
        data=target.paths.shared,
        builds=target.paths.builds,
        caches=target.paths.built_caches,
        app=target.app.name,
    )

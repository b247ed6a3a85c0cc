"""The room that an app takes on its host: what has to stay, what a release needs, what may go."""

from collections.abc import Iterable, Iterator

from changeover.plans import pending
from changeover.plans.snapshot import Backup, Release, Snapshot
from changeover.plans.target import Target

# the artefact, the scratch it is restored into once, and one beside while an undo restores; a
# rehearsal before that: the copy and what its migrations write anew, once its artefact has gone
_DATABASES = 3


def taken(
    target: Target, snapshot: Snapshot, releases: Iterable[Release], backups: Iterable[Backup]
) -> int:
    """
    Return the kilobytes of some releases, with all they are linked to, and of some backups.

    With what stays in the mirror of submodules and large files: of the last commit alone.
    """
    paths = target.paths
    releases, stems = list(releases), [f"{_stem(backup)}." for backup in backups]
    wanted = {f"{paths.releases}/{release.name}" for release in releases}
    parts = {part for release in releases for part in parts_of(release)}
    wanted |= {f"{folder}/{p}" for folder in (paths.environments, paths.builds) for p in parts}
    wanted |= {paths.modules, paths.large}
    return sum(
        kilobytes
        for path, kilobytes in snapshot.sizes.items()
        if path in wanted or any(path.startswith(stem) for stem in stems)
    )


def needed(target: Target, snapshot: Snapshot) -> int:
    """
    Return about how many kilobytes the wanted release will take beside what is there.

    What is not there yet is taken to be as large as what serves; 0 where nothing serves. Of large
    files the size is known: they lie in the mirror too.
    """
    serving, paths = snapshot.releases.get(snapshot.current or ""), target.paths
    sizes, found = snapshot.sizes, 0
    if target.release not in snapshot.releases:
        parts = target.commit.parts if target.commit else None
        large = parts.kilobytes if parts else 0
        own = sizes.get(f"{paths.releases}/{serving.name}", 0) if serving else 0
        found += max(own, large) + max(0, large - sizes.get(paths.large, 0))
    keys = (target.python_key, target.node_key, target.build_key(snapshot.env_public))
    there = {key.partition("-")[0] for key in keys if key in snapshot.environments and key}
    for part in parts_of(serving) if serving else ():
        if part.partition("-")[0] not in there:
            found += sizes.get(f"{paths.environments}/{part}", 0)
            found += sizes.get(f"{paths.builds}/{part}", 0)
    if pending.names(target, snapshot) != ():
        found += _DATABASES * database_kilobytes(snapshot)
    return found


def database_kilobytes(snapshot: Snapshot) -> int:
    """Return how large the database is, 0 where there is none."""
    return snapshot.database.kilobytes if snapshot.database else 0


def restore_points(snapshot: Snapshot, releases: Iterable[Release]) -> list[Backup]:
    """
    Return the backups that never go.

    The newest; the newest that was good; and the newest at another schema than today's. That is the
    way back from the last migration, also where a release that was undone took a newer one.
    """
    good = {release.name for release in releases if release.committed}
    fitting = [backup for backup in snapshot.backups if backup.release in good]
    now = set(snapshot.database.revisions) if snapshot.database else set()
    older = [backup for backup in snapshot.backups if set(backup.revisions) != now]
    points = [*fitting[-1:], *older[-1:], *snapshot.backups[-1:]]
    return [backup for backup in snapshot.backups if backup in points]


def within(
    target: Target, snapshot: Snapshot, releases: list[Release], backups: list[Backup]
) -> tuple[list[Release], list[Backup]]:
    """
    Return what of some releases and backups may stay within the budget.

    The oldest go first, a release with its backups; never what serves or is wanted, and never the
    last good restore point.
    """
    budget, points = target.values.disk_budget_megabytes, restore_points(snapshot, releases)
    needed = {target.release, snapshot.current, *(point.release for point in points)}
    optional = sorted(
        (release for release in releases if release.name not in needed),
        key=lambda release: release.committed or "",
    )
    spare = [backup for backup in backups if backup not in points]
    while budget is not None and taken(target, snapshot, releases, backups) > budget * 1024:
        if optional:
            oldest = optional.pop(0)
            releases = [release for release in releases if release is not oldest]
            gone = [b for b in spare if b.release == oldest.name]
        elif spare:
            gone = spare[:1]
        else:
            break
        spare = [backup for backup in spare if backup not in gone]
        backups = [backup for backup in backups if backup not in gone]
    return releases, backups


def problems(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield a line when the host has too little room, or the budget, for this release."""
    name, values = target.app.name, target.values
    free, need = snapshot.free_kilobytes // 1024, _megabytes(needed(target, snapshot))
    wanted = values.minimum_free_megabytes
    room = f"make room or lower {name}_keep_releases"
    if free < wanted:
        yield f"disk: {free} MB free, {name}_minimum_free_megabytes asks for {wanted}; {room}"
    if need > free:
        yield f"disk: {free} MB free, this release needs about {need} MB; {room}"
    budget = values.disk_budget_megabytes
    stay = _megabytes(_unmovable(target, snapshot))
    if budget is not None and need and stay + need > budget:
        yield (
            f"disk budget: {stay} MB have to stay (what serves, the last good backup) and this"
            f" release needs about {need} MB more, {name}_disk_budget_megabytes allows {budget};"
            f" raise it to {stay + need} or more"
        )


def parts_of(release: Release) -> set[str]:
    """Return the names of the environments and builds that a release is linked to."""
    parts = {part for link in release.links.values() for part in link.split("/")}
    return {part for part in parts if part.startswith(("python-", "node-", "build-"))}


def _unmovable(target: Target, snapshot: Snapshot) -> int:
    points = restore_points(snapshot, snapshot.releases.values())
    names = {snapshot.current, target.release, *(point.release for point in points)}
    releases = [release for name, release in snapshot.releases.items() if name in names]
    return taken(target, snapshot, releases, points)


def _megabytes(kilobytes: int) -> int:
    return -(-kilobytes // 1024)


def _stem(backup: Backup) -> str:
    return backup.manifest.removesuffix(".json")

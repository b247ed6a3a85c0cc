"""The disk budget: what goes beyond it, what never does, and what a release needs."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.plans import budget, preflight, prune
from changeover.plans.commit import Parts
from changeover.plans.snapshot import Aside, Backup, Database, Release, Snapshot
from changeover.plans.target import Target
from tests.unit.plans.world import NOW, V2, V3, WANTED, fresh, serving, target

TARGET = target()
PATHS = TARGET.paths
MEGABYTE = 1024
DATABASE = f"{PATHS.shared}/playmaker.db"


def made(name: str, committed: str | None) -> Release:
    links = {".venv": f"../../environments/python-{name}", "dist": "../../builds/build-x/output"}
    return Release(name, "c" * 40, None, links, committed=committed)


def past(*, point: str = "r3") -> Snapshot:
    """Return a host with four good releases, each 10 MB with 5 MB of packages, and backups."""
    host = serving(TARGET)
    old = {name: made(name, f"2026-01-0{name[1]}") for name in ("r1", "r2", "r3")}
    taken_of = ("r1", "r2", point)
    sizes = {f"{PATHS.releases}/{name}": 10 * MEGABYTE for name in (*old, host.current or "")}
    sizes |= {f"{PATHS.environments}/python-{name}": 5 * MEGABYTE for name in old}
    sizes |= {f"{PATHS.builds}/build-x": 7 * MEGABYTE}
    for at in range(len(taken_of)):
        sizes |= {f"{PATHS.backups}/{at}.json": 4, f"{PATHS.backups}/{at}.sqlite.zst": 1020}
    return replace(
        host,
        releases={**old, **host.releases},
        environments=host.environments | {f"python-{name}" for name in old} | {"build-x"},
        backups=tuple(
            Backup(f"{PATHS.backups}/{at}.json", name, (), str(at), None)
            for at, name in enumerate(taken_of)
        ),
        sizes=sizes,
    )


def goes(snapshot: Snapshot, megabytes: int | None, **settings: Any) -> list[str]:
    found = prune.waste(target(disk_budget_megabytes=megabytes, **settings), snapshot)
    return [path.rsplit("/", 1)[1] for path in (*found.folders, *found.manifests)]


# All of it: 4 releases of 10, 3 environments of 5, a build of 7, 3 backups of 1: 65 MB.
@pytest.mark.parametrize(
    ("megabytes", "gone"),
    [
        (None, []),
        (65, []),
        (64, ["r1", "python-r1", "0.json"]),
        (49, ["r1", "python-r1", "0.json"]),
        (48, ["r1", "r2", "python-r1", "python-r2", "0.json", "1.json"]),
        (1, ["r1", "r2", "python-r1", "python-r2", "0.json", "1.json"]),
    ],
)
def test_the_oldest_pairs_go_beyond_the_budget(megabytes: int | None, gone: list[str]) -> None:
    assert goes(past(), megabytes) == gone


def test_neither_what_serves_nor_the_last_good_restore_point_goes_whatever_the_budget() -> None:
    # the newest backup is of a release that is gone: the one before is the last that fits one
    snapshot = past(point="gone")

    assert goes(snapshot, 1) == ["r1", "r3", "python-r1", "python-r3", "0.json"]


def test_what_is_needed_stays_over_the_budget_and_that_is_said() -> None:
    wanted = target(disk_budget_megabytes=1)
    gone = prune.waste(wanted, past())
    names = {path.rsplit("/", 1)[1] for path in gone.folders}
    before = past()
    after = replace(
        before,
        releases={name: r for name, r in before.releases.items() if name not in names},
        environments=before.environments - names,
        backups=tuple(b for b in before.backups if b.manifest not in gone.manifests),
    )

    decision = prune.decide(wanted, after)

    assert not decision.needed
    assert decision.why == "33 MB are over the budget of 1, and all are needed"


def with_data(snapshot: Snapshot, megabytes: int) -> Snapshot:
    found = Database(DATABASE, ("0001",), None, kilobytes=megabytes * MEGABYTE)
    return replace(snapshot, database=found)


def sized(wanted: Target) -> Snapshot:
    """Return the host that serves the target: 10 MB, with 20 and 30 of packages and 5 of build."""
    snapshot = serving(wanted)
    (release,) = snapshot.releases.values()
    sizes = {"python": 20, "node": 30, "build": 5}
    found = {f"{PATHS.releases}/{release.name}": 10 * MEGABYTE}
    for part in budget.parts_of(release):
        kind = part.partition("-")[0]
        folder = PATHS.builds if kind == "build" else PATHS.environments
        found[f"{folder}/{part}"] = sizes[kind] * MEGABYTE
    return with_data(replace(snapshot, sizes=found), 100)


@pytest.mark.parametrize(
    ("wanted", "megabytes"),
    [
        (TARGET, 0),
        # code and migrations: the release, three times the database, nothing else
        (target(commit=V3), 10 + 300),
        # another lock beside: its packages too
        (target(commit=replace(V3, objects={**V3.objects, "requirements.txt": "new"})), 330),
        # not known yet: all of it
        (target(commit=None), 10 + 20 + 30 + 5 + 300),
    ],
)
def test_a_release_needs_what_is_not_there_yet(wanted: Target, megabytes: int) -> None:
    assert budget.needed(wanted, sized(TARGET)) == megabytes * MEGABYTE


def test_a_fresh_host_needs_nothing_that_is_known() -> None:
    assert budget.needed(TARGET, fresh()) == 0


def test_large_files_are_needed_twice_where_the_mirror_has_none_of_them() -> None:
    wanted = target(commit=replace(V3, parts=Parts(large=1, kilobytes=40 * MEGABYTE)))
    first = replace(V2, parts=Parts(large=1, kilobytes=40 * MEGABYTE))
    host = sized(TARGET)

    assert budget.needed(wanted, host) == (40 + 40 + 300) * MEGABYTE
    stored = replace(host, sizes={**host.sizes, PATHS.large: 30 * MEGABYTE})
    assert budget.needed(wanted, stored) == (40 + 10 + 300) * MEGABYTE
    assert budget.needed(target(commit=first), fresh()) == 80 * MEGABYTE
    assert budget.needed(target(commit=first), host) == 0


def test_what_the_mirror_keeps_of_submodules_and_large_files_counts() -> None:
    sizes = {PATHS.modules: 3, PATHS.large: 4, PATHS.mirror: 100}

    assert budget.taken(TARGET, replace(fresh(), sizes=sizes), (), ()) == 7


def problems(snapshot: Snapshot, **settings: Any) -> list[str]:
    wanted = target(commit=V3, **settings)
    return preflight.problems(wanted, snapshot, now=NOW, database_url=WANTED["DATABASE_URL"])


def test_a_release_that_fits_neither_disk_nor_budget_is_refused_with_numbers() -> None:
    host = sized(TARGET)

    assert problems(host, disk_budget_megabytes=375) == []
    assert problems(host, disk_budget_megabytes=374) == [
        "disk budget: 65 MB have to stay (what serves, the last good backup) and this release"
        " needs about 310 MB more, playmaker_disk_budget_megabytes allows 374; raise it to 375 or"
        " more"
    ]
    full = replace(host, free_kilobytes=309 * MEGABYTE)
    assert problems(full, minimum_free_megabytes=1) == [
        "disk: 309 MB free, this release needs about 310 MB;"
        " make room or lower playmaker_keep_releases"
    ]
    assert problems(replace(host, free_kilobytes=310 * MEGABYTE), minimum_free_megabytes=1) == []


def test_a_host_over_its_budget_is_still_released_to_when_nothing_is_needed() -> None:
    wanted = target(commit=V2, disk_budget_megabytes=1)

    found = preflight.problems(wanted, sized(TARGET), now=NOW, database_url=WANTED["DATABASE_URL"])

    assert found == []


def test_databases_set_aside_go_after_two_weeks_and_old_environments_beyond_five() -> None:
    day = 24 * 3600
    aside = (
        Aside(f"{DATABASE}.undone-r1", NOW - 15 * day, 1),
        Aside(f"{DATABASE}.replaced-2026", NOW - 13 * day, 1),
    )
    kept = tuple(f"{PATHS.state}/environments/2026010{at}T000000Z.env" for at in range(1, 8))
    snapshot = replace(serving(TARGET), clock=NOW, aside=aside, kept_environments=kept)

    found = prune.waste(TARGET, snapshot)
    assert (found.files, found.shared) == (kept[:2], (aside[0].path,))

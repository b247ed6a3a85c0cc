"""Whatever the history, what serves, what is wanted and the last way back stay."""

import os
import random
from dataclasses import replace

import pytest

from changeover.plans import prune
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.snapshot import Aside, Backup, Release, Snapshot
from changeover.plans.target import Target
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V3, fresh, serving, target, with_release

TARGET = target()


@pytest.fixture(autouse=True)
def stopped(shell: Shell) -> None:
    """Let systemd say that nothing runs."""
    shell.stub("systemctl", "echo ActiveState=inactive; echo ControlGroup=")


def made(name: str, number: int, committed: str | None) -> Release:
    links = {
        ".venv": f"../../environments/python-{number}",
        "dist": f"../../builds/build-{number}/o",
    }
    return Release(name, "c" * 40, None, links, committed=committed)


def history(seed: int) -> tuple[Target, Snapshot]:
    """Return a host with a random past."""
    dice = random.Random(seed)
    names = [f"2026{number:04}-r" for number in range(dice.randint(0, 12))]
    releases = {
        name: made(name, dice.randint(0, 5), dice.choice([None, f"{dice.randint(10, 99)}"]))
        for name in names
    }
    wanted = replace(made(TARGET.release or "", 9, dice.choice([None, "50"])), links={})
    if dice.random() < 0.8:
        releases[wanted.name] = wanted
    backups = [
        Backup(f"/b/{number:03}.json", dice.choice([*names, "none"]), (), str(number), number)
        for number in range(dice.randint(0, 8))
    ]
    snapshot = replace(
        fresh(),
        releases=releases,
        current=dice.choice([None, *releases]),
        environments=frozenset(
            f"{kind}-{number}" for kind in ("python", "node", "build") for number in range(6)
        ),
        unfinished=(".x.new",) if dice.random() < 0.3 else (),
        backups=tuple(backups),
    )
    return target(keep_releases=dice.randint(2, 6)), snapshot


@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_nothing_that_is_needed_goes(first: int) -> None:
    for seed in range(first, first + 100):
        wanted, snapshot = history(seed)
        gone = prune.waste(wanted, snapshot)
        folders = {folder.rsplit("/", 1)[1] for folder in gone.folders}
        kept = [release for name, release in snapshot.releases.items() if name not in folders]

        assert snapshot.current not in folders, seed
        assert wanted.release not in folders, seed
        linked = {part for r in kept for link in r.links.values() for part in link.split("/")}
        assert not linked & folders, seed
        assert not [b for b in snapshot.backups[-1:] if b.manifest in gone.manifests], seed
        names = {release.name for release in kept}
        served = [b.manifest for b in snapshot.backups if b.release in names]
        assert not set(served) & set(gone.manifests), seed


@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_no_more_stays_than_was_asked_for(first: int) -> None:
    for seed in range(first, first + 100):
        wanted, snapshot = history(seed)
        gone = prune.waste(wanted, snapshot)
        folders = {folder.rsplit("/", 1)[1] for folder in gone.folders}
        serving_now = {wanted.release, snapshot.current}
        others = [r for n, r in snapshot.releases.items() if n not in folders | serving_now]

        assert len(others) < wanted.values.keep_releases, seed
        assert all(release.committed is not None for release in others), seed
        older = [
            r for n, r in snapshot.releases.items() if n in folders and r.committed is not None
        ]
        newest = max((r.committed or "" for r in older), default="")
        assert all((release.committed or "") >= newest for release in others), seed
        # pruned once, nothing more is to prune
        left = replace(
            snapshot,
            releases={n: r for n, r in snapshot.releases.items() if n not in folders},
            environments=snapshot.environments - folders,
            unfinished=(),
            backups=tuple(b for b in snapshot.backups if b.manifest not in gone.manifests),
        )
        assert not prune.decide(wanted, left).needed, seed


def test_old_releases_go_with_their_backups_environments_and_builds() -> None:
    old = {f"r{number}": made(f"r{number}", number, str(number)) for number in range(1, 6)}
    failed = {"f1": made("f1", 7, None)}
    backups = tuple(Backup(f"/b/{name}.json", name, (), "", None) for name in (*old, "f1"))
    snapshot = replace(
        serving(TARGET),
        releases={**serving(TARGET).releases, **old, **failed},
        backups=backups,
        environments=serving(TARGET).environments | {"python-1", "build-1", "python-5", "python-7"},
    )

    found = prune.waste(target(keep_releases=3), snapshot)

    assert set(found.folders) == {
        *(f"/srv/playmaker/releases/{name}" for name in ("r1", "r2", "r3", "f1")),
        *("/srv/playmaker/environments/python-1", "/srv/playmaker/builds/build-1"),
        "/srv/playmaker/environments/python-7",
    }
    # the backup of f1 is the newest
    assert found.manifests == ("/b/r1.json", "/b/r2.json", "/b/r3.json")
    why = prune.decide(target(keep_releases=3), snapshot).why
    assert why == "no longer needed: 4 x release, 1 x build, 2 x environment, 3 x backup"


def test_little_that_goes_is_named() -> None:
    state = serving(TARGET)
    more = replace(state, environments=state.environments | {"build-1"}, unfinished=("r0.new",))

    why = prune.decide(TARGET, more).why

    assert why == "no longer needed: release r0.new, build build-1"


def test_the_script_removes_exactly_that(shell: Shell) -> None:
    backups = "/var/backups/changeover/playmaker"
    kept = [
        shell.write("/srv/playmaker/releases/r2/app.py"),
        shell.write(f"{backups}/b2.json"),
        shell.write(f"{backups}/b2.sqlite.zst"),
    ]
    shell.write("/srv/playmaker/releases/r1/deep/app.py")
    for name in ("b1.json", "b1.sqlite.zst", "b0.sqlite.zst"):
        shell.write(f"{backups}/{name}")
    old = replace(made("r1", 1, None))
    snapshot = replace(
        fresh(),
        releases={"r1": old},
        orphans=(f"{backups}/b0.sqlite.zst",),
        backups=tuple(
            Backup(f"{backups}/{name}.json", release, (), "", None)
            for name, release in (("b1", "r1"), ("b2", "r2"))
        ),
    )

    shell.run(prune.prune_script(TARGET, snapshot, NOWHERE))

    files = {path for path in shell.root.rglob("*") if path.is_file()}
    assert {path for path in files if path.parent != shell.programs} == set(kept)


def test_pruning_what_is_gone_already_is_no_failure(shell: Shell) -> None:
    snapshot = replace(fresh(), releases={"r1": made("r1", 1, None)})

    assert shell.run(prune.prune_script(TARGET, snapshot, NOWHERE)) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of root's")
@pytest.mark.parametrize("written", ["", "KEY=half"])
def test_what_a_power_cut_left_in_shared_goes_and_nothing_else(shell: Shell, written: str) -> None:
    # what belongs to root is kept from the app by the folder's sticky bit
    shell.stub("sandbox", "exit 0")
    kept = shell.write("/srv/playmaker/shared/data/kept")
    folder = kept.parent.parent
    for name in (".env.changeover.AbCdEfGh", "new.changeover.AbCdEfGh"):
        shell.write(f"/srv/playmaker/shared/{name}", written)
    (folder / "link.changeover.AbCdEfGh").symlink_to(kept)
    (folder / "folder.changeover.AbCdEfGh").mkdir()
    shell.write("/srv/playmaker/shared/theirs.changeover.AbCdEfGh", written)
    os.chown(folder / "theirs.changeover.AbCdEfGh", 65534, 65534)
    there = tuple(f"/srv/playmaker/shared/{path.name}" for path in folder.glob("*changeover*"))
    there += (f"/srv/playmaker/shared/data/{kept.name}",)

    shell.run(prune.prune_script(TARGET, replace(fresh(), leftovers=there), NOWHERE))

    left = {path.name.split(".")[0] for path in folder.iterdir()}
    assert left == {"data", "link", "folder", "theirs"}
    assert kept.exists()


@pytest.mark.parametrize("names", [("a", ".gone"), (".gone", "a")])
def test_a_run_that_died_as_it_removed_a_folder_is_healed(
    shell: Shell, names: tuple[str, str]
) -> None:
    left = tuple(f"/srv/playmaker/environments/{name}" for name in names)
    for folder in left:
        shell.write(f"{folder}/half")

    shell.run(prune.prune_script(TARGET, replace(fresh(), leftovers=left), NOWHERE))

    assert list((shell / "/srv/playmaker/environments").iterdir()) == []


@pytest.mark.parametrize("leads_to", ["releases/r2", "releases/gone"])
def test_a_link_that_never_got_its_name_goes_wherever_it_leads(shell: Shell, leads_to: str) -> None:
    serves = shell.write("/srv/playmaker/releases/r2/app.py")
    for name in ("current", ".current.changeover.123"):
        (shell / f"/srv/playmaker/{name}").symlink_to(leads_to)
    left = ("/srv/playmaker/.current.changeover.123",)

    shell.run(prune.prune_script(TARGET, replace(fresh(), leftovers=left), NOWHERE))

    left_there = {path.name for path in (shell / "/srv/playmaker").iterdir()}
    assert left_there == {"current", "releases"}
    assert serves.exists()


def test_replaced_databases_of_a_server_go_by_name_and_only_old_ones(shell: Shell) -> None:
    program = f'#!/bin/sh\necho "$@" >> {shell.root}/asked\n'
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)
    since = fresh().clock
    aside = (Aside("shop.undone-r1", since - 15 * 24 * 3600, 4), Aside("shop.undone-r2", since, 4))

    server = Location(POSTGRES, "shop")
    shell.run(prune.prune_script(TARGET, replace(fresh(), aside=aside), server))

    (asked,) = (shell / "/asked").read_text().splitlines()
    assert asked.startswith("drop-kept --environment ")
    assert asked.endswith(" shop.undone-r1")


def test_a_plan_that_is_shown_counts_with_the_backup_that_it_will_take() -> None:
    wanted = target(commit=V3)
    of_nothing = Backup("/b/none.json", "none", (), "2026", None)
    before = replace(with_release(serving(target()), wanted), backups=(of_nothing,))

    assert not prune.decide(wanted, before).needed
    seen = prune.foreseen(wanted, before)
    assert prune.waste(wanted, seen).manifests == ("/b/none.json",)
    # a release that changes no schema takes none
    assert prune.foreseen(target(), before).backups == (of_nothing,)


def test_a_plan_that_is_shown_counts_with_the_release_that_will_serve() -> None:
    wanted = target(keep_releases=2)
    past = {f"2026-{number}": made(f"2026-{number}", number, f"{number}") for number in (10, 20)}
    rolled_back = replace(fresh(), releases=past, current="2026-10")
    folders = {f"{wanted.paths.releases}/2026-10"}

    assert not folders & set(prune.waste(wanted, rolled_back).folders)
    assert folders <= set(prune.waste(wanted, prune.foreseen(wanted, rolled_back)).folders)


def test_the_way_back_from_the_last_migration_outlives_its_release() -> None:
    """A release that was undone took a newer backup, of today's schema."""
    backups = (
        Backup("/b/0.json", "gone", ("0000",), "0", None),
        Backup("/b/1.json", "gone", ("0001",), "1", None),
        Backup("/b/2.json", TARGET.release or "", ("0002",), "2", None),
    )
    host = serving(TARGET)
    assert host.database
    now = replace(host.database, revisions=("0002",))

    found = prune.waste(TARGET, replace(host, database=now, backups=backups))

    assert found.manifests == ("/b/0.json",)


def test_what_the_app_wrote_into_the_output_of_a_build_goes_with_it(shell: Shell) -> None:
    old = {"build-1": "gone", "build-2": "stays"}
    for name in old:
        shell.write(f"{TARGET.paths.builds}/{name}/.complete")
        shell.write(f"{TARGET.paths.built_caches}/{name}/cache/page")
    shell.write(f"{TARGET.paths.built_caches}/build-0/cache/page")  # of a run that died here
    snapshot = replace(
        fresh(),
        releases={"r2": made("r2", 2, "50")},
        current="r2",
        environments=frozenset(old),
    )

    shell.run(prune.prune_script(TARGET, snapshot, NOWHERE))

    left = {path.name for path in (shell / TARGET.paths.built_caches).iterdir()}
    assert left == {"build-2"}
    assert "--write" in shell.walls
    assert "run app" in shell.walls

"""What may differ on a host where all else is as wanted, and the steps that mend it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from changeover.plans.snapshot import Release, Snapshot
from tests.unit.plans.web import stopped, web
from tests.unit.plans.world import FILES_AFTER, REHEARSED, backup, target

WELL = target()
UNIT = "/etc/systemd/system/playmaker.service"
# a new release is made with its links to what the host has already
NEW_CODE = {"fetch.release", "activate.release", "service.restart"} | {
    *("health.local", "health.observed", "health.site"),
}
# what comes before and with it where there is data
WITH_DATA = {"rehearse.migrations", "backup.take"}
AROUND_MIGRATION = {"maintenance.close", "service.quiesce", "migrate.forward"} | {
    *("service.restart", "health.local", "health.observed", "health.site"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as wanted, and the steps that mend it."""

    what: str
    change: Callable[[Snapshot], Snapshot]
    act: set[str]


def _changed(**changes: Any) -> Callable[[Snapshot], Snapshot]:
    return lambda snapshot: replace(snapshot, **changes)


def _file(path: str, digest: str | None) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        files = {name: sum_ for name, sum_ in snapshot.files.items() if name != path}
        return replace(snapshot, files=files | ({path: digest} if digest else {}))

    return change


def _started(**changes: str) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        return web(snapshot, started={**snapshot.processes["web"].started, **changes})

    return change


def _release(**changes: Any) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        (only,) = snapshot.releases.values()
        return replace(snapshot, releases={only.name: replace(only, **changes)})

    return change


def _without_link(path: str) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        (only,) = snapshot.releases.values()
        links = {name: to for name, to in only.links.items() if name != path}
        return replace(snapshot, releases={only.name: replace(only, links=links)})

    return change


def _without_part(kind: str) -> Callable[[Snapshot], Snapshot]:
    def change(snapshot: Snapshot) -> Snapshot:
        left = frozenset(name for name in snapshot.environments if not name.startswith(kind))
        return replace(snapshot, environments=left)

    return change


def _unmigrated(snapshot: Snapshot, **changes: Any) -> Snapshot:
    assert snapshot.database
    assert snapshot.app_health
    answer = replace(snapshot.app_health, body={**snapshot.app_health.body, "schema": None})
    database = replace(snapshot.database, revisions=())
    health = {"app_health": answer, "site_health": answer}
    return replace(snapshot, database=database, **(health | changes))


def _old(name: str, **changes: Any) -> Callable[[Snapshot], Snapshot]:
    old = Release(name=name, commit="0" * 40, migrations_object=None, links={})
    release = replace(old, **changes)
    return lambda s: replace(s, releases={name: release, **s.releases})


DIFFERENCES = [
    Difference(
        "a package is missing",
        _changed(packages=frozenset({"curl"})),
        {"provision.packages"},
    ),
    Difference("the app's user is missing", _changed(users={}), {"provision.accounts"}),
    Difference(
        "a folder belongs to another",
        lambda s: replace(s, folders={**s.folders, "/srv/playmaker": "changeover changeover 755"}),
        {"provision.accounts"},
    ),
    Difference(
        "a host program is of another version",
        _file("/usr/local/lib/changeover/record_start", "other"),
        {"provision.programs"},
    ),
    Difference("uv is of another version", _changed(uv="0.1.0"), {"provision.uv"}),
    Difference("Node is missing", _changed(node={"20": "20.1.0"}), {"provision.node"}),
    Difference(
        "another host key is pinned",
        _file("/etc/changeover/playmaker/known_hosts", "other"),
        {"provision.access"},
    ),
    Difference(
        "a deploy key is left that is no longer wanted",
        _file("/etc/changeover/playmaker/deploy_key", "old"),
        {"provision.access"},
    ),
    Difference("a shared path is not linked", _without_link("playmaker.db"), {"fetch.shared"}),
    Difference(
        "the Python environment is not linked",
        _without_link(".venv"),
        {"dependencies.python"},
    ),
    Difference(
        "the Python environment is not complete", _without_part("python"), {"dependencies.python"}
    ),
    Difference("node_modules are not complete", _without_part("node"), {"dependencies.node"}),
    Difference("the front end is not built", _without_part("build"), {"build.assets"}),
    Difference(
        "the release does not show the front end",
        _without_link(".changeover/build"),
        {"activate.release", "prune.old", "health.observed"},
    ),
    Difference(
        "an environment key is missing",
        _changed(env_keys=("DATABASE_URL",)),
        {"environment.prepare", "activate.release", "service.restart", "health.observed"},
    ),
    Difference(
        "others can read the environment",
        _changed(env_mode="644 playmaker"),
        {"environment.prepare", "activate.release", "service.restart", "health.observed"},
    ),
    Difference("the unit file was changed", _file(UNIT, "other"), {"service.install"}),
    Difference(
        "the unit file was changed and what runs was started with it",
        lambda s: _started(unit="other")(_file(UNIT, "other")(s)),
        {"service.install", "service.restart", "health.observed"},
    ),
    Difference(
        "systemd has not read the unit file",
        lambda s: web(s, stale=True),
        {"service.install"},
    ),
    Difference(
        "the unit does not start at boot",
        lambda s: web(s, enabled=False),
        {"service.install"},
    ),
    Difference(
        "the app has crashed",
        lambda s: web(replace(s, app_health=None, site_health=None), active=False, release=None),
        {"service.restart", "health.local", "health.site", "health.observed"},
    ),
    Difference(
        "the process runs an old release",
        lambda s: web(s, release="old"),
        {"service.restart", "health.observed"},
    ),
    Difference(
        "the process was started with an old release",
        _started(release="old"),
        {"service.restart", "health.observed"},
    ),
    Difference(
        "the process was started with another environment",
        _started(environment="other"),
        {"service.restart", "health.observed"},
    ),
    Difference(
        "the process was started with another unit file",
        _started(unit="other"),
        {"service.restart", "health.observed"},
    ),
    Difference(
        "the process was started with another Python environment",
        _started(python="python-old"),
        {"service.restart", "health.observed"},
    ),
    Difference(
        "the site was changed",
        _file(WELL.paths.site, "other"),
        {"site.publish", "health.observed"},
    ),
    Difference(
        "the site is not enabled",
        _changed(site_enabled=None),
        {"site.publish", "health.observed"},
    ),
    Difference(
        "nginx has not loaded the site",
        _changed(site_loaded="old"),
        {"site.publish", "health.observed"},
    ),
    Difference(
        "nginx is stopped", _changed(nginx_active=False), {"site.publish", "health.observed"}
    ),
    Difference(
        "the site does not answer", _changed(site_health=None), {"health.local", "health.site"}
    ),
    Difference(
        "a release has left the site closed",
        _changed(maintenance=BY_RELEASE),
        {"health.local", "maintenance.reopen"},
    ),
    Difference("the site is closed by hand", _changed(maintenance=BY_HAND), set()),
    Difference("the flag was put there by somebody else", _changed(maintenance="audit"), set()),
    Difference(
        "a dead release has left the app quiesced",
        lambda s: stopped(replace(s, quiesced=True)),
        {"service.restart", "health.observed"},
    ),
    Difference("an abandoned release is there", _old("20250101T000000Z-0"), {"prune.old"}),
    Difference("a half-made release is there", _changed(unfinished=(".x.new",)), {"prune.old"}),
    Difference(
        "an environment was never finished",
        _changed(leftovers=("/srv/playmaker/environments/python-0",)),
        {"prune.old"},
    ),
    Difference(
        "data was written since the last backup",
        _changed(backups=(backup(WELL),)),
        set(),
    ),
    Difference(
        "a migration waits and there is data",
        _unmigrated,
        AROUND_MIGRATION | WITH_DATA,
    ),
    Difference(
        "a migration waits and there is no database yet",
        lambda s: replace(_unmigrated(s), database=None),
        AROUND_MIGRATION,
    ),
    Difference(
        "a migration waits and this very data is backed up",
        lambda s: _unmigrated(s, backups=(backup(WELL, FILES_AFTER),)),
        AROUND_MIGRATION | {"rehearse.migrations"},
    ),
    Difference(
        "a migration waits and the backup is of older data",
        lambda s: _unmigrated(s, backups=(backup(WELL),)),
        AROUND_MIGRATION | WITH_DATA,
    ),
    Difference(
        "a migration waits and was rehearsed",
        lambda s: _unmigrated(
            s, rehearsed={"release": WELL.release, "revisions": [], "when": REHEARSED}
        ),
        AROUND_MIGRATION | {"backup.take"},
    ),
    Difference(
        "a migration waits and the app is stopped already",
        lambda s: stopped(_unmigrated(s, maintenance=BY_RELEASE, quiesced=True)),
        (AROUND_MIGRATION | WITH_DATA | {"maintenance.reopen"})
        - {"maintenance.close", "service.quiesce"},
    ),
    Difference(
        "a migration waits and the site is closed by hand",
        lambda s: _unmigrated(s, maintenance=BY_HAND),
        (AROUND_MIGRATION | WITH_DATA) - {"maintenance.close", "health.site"},
    ),
    Difference(
        "the migration history was not read yet",
        _release(migrations=None),
        AROUND_MIGRATION | WITH_DATA | {"migrate.history"},
    ),
]

"""Small worlds to decide in: an app, a commit, and a host that is fresh or serves it well."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from changeover.facts.environment import WantedEnvironment
from changeover.facts.program import program_files
from changeover.host.sandbox.place import PIVOT
from changeover.operations.view import View
from changeover.plans import databases, processes, site
from changeover.plans.commit import Commit
from changeover.plans.digest import sha
from changeover.plans.migrations.steps import Migration
from changeover.plans.paths import GUARD_WANTS
from changeover.plans.site_text import render_site
from changeover.plans.snapshot import Backup, Database, HealthAnswer, Process, Release, Snapshot
from changeover.plans.target import Target
from changeover.settings import app as settings
from changeover.settings.app import Alembic, App, Build, Django, Health, Node, Python, Site, Web
from changeover.settings.expect import Check, Columns, Errors, Http, NoNulls, Once
from changeover.settings.load import load_values

PLAYMAKER = App(
    name="playmaker",
    python=Python(version="3.11", lock="requirements.txt"),
    node=Node(version="22", directory="frontend"),
    build=Build(directory="frontend", command="npm run build", output="dist"),
    database=settings.Database(url="DATABASE_URL"),
    migrations=Alembic(config="alembic.ini", scripts="alembic"),
    processes=(Web("uvicorn app.main:app --fd 3", listens="fd"),),
    site=Site(app_paths=("/api/", "/login", "/callback"), static="frontend/dist"),
    required_env=("DATABASE_URL", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SESSION_SECRET"),
)
JERSEY = App(
    name="jersey_events",
    python=Python(version="3.11", lock="requirements.txt"),
    build=Build(
        directory=".", command="./manage.py collectstatic --no-input", output="static", as_app=True
    ),
    database=settings.Database(url="DATABASE_URL"),
    migrations=Django(settings="events.settings"),
    processes=(Web("gunicorn events.wsgi", listens="fd"),),
    site=Site(static="static", static_prefix="/static/"),
    required_env=("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"),
)
HELLO = App(name="hello", processes=(Web("/usr/bin/python3 app.py", listens="fd"),))
# with all that a deploy file may expect
DEMANDING = PLAYMAKER.model_copy(
    update={
        "processes": (
            Web("uvicorn x --fd 3", listens="fd", errors=Errors(allowed=1, files=("logs/a.log",))),
        ),
        "health": Health(expect=(Http(path="/"), Http(path="/new", since="0002"))),
        "expectations": (
            Columns(table="users", columns={"id": "integer"}),
            NoNulls(table="playlists", column="description", since="0002"),
        ),
        "checks": (Check(command="manage.py check", seconds=7),),
        "once": (
            Once(name="greet", command="greet --all", rehearse="greet --dry-run"),
            Once(name="thank", command="thank.py", since="0002"),
        ),
    }
)

OBJECTS: dict[str, str | None] = {
    "": "tree0002",
    "requirements.txt": "lock0001",
    "frontend": "front001",
    "frontend/package.json": "package1",
    "frontend/package-lock.json": "package2",
    "alembic.ini": "ini00001",
    "alembic": "scripts1",
}
V2 = Commit(id="2" * 40, committed=1767355200, objects=OBJECTS)
# code alone differs; the migrations are those of V2
V2_FIXED = Commit(id="5" * 40, committed=1767398400, objects=OBJECTS | {"": "tree0005"})
# one migration more
V3 = Commit(
    id="3" * 40, committed=1767441600, objects=OBJECTS | {"": "tree0003", "alembic": "scripts2"}
)
FIRST = Migration("0001", (), "Users")
INITIAL = Migration("accounts.0001_initial", (), "Users")
SECOND = Migration("0002", ("0001",), "Descriptions")
WANTED = {
    "DATABASE_URL": "sqlite:///./playmaker.db",
    "SESSION_SECRET": "s",
    "SPOTIFY_CLIENT_ID": "i",
    "SPOTIFY_CLIENT_SECRET": "c",
    "VITE_APP_TITLE": "PlayMaker",
}
ENVIRONMENTS = {
    "playmaker": WANTED,
    "jersey_events": {
        "DATABASE_URL": "sqlite:///./playmaker.db",
        "SECRET_KEY": "s",
        "ALLOWED_HOSTS": "*",
        "SITE_URL": "https://jersey.example",
    },
    "hello": {"GREETING": "hi"},
}
DATA = {
    "playmaker_repository": "https://git.example/playmaker.git",
    "playmaker_domain": "play.example",
    "playmaker_shared": ["playmaker.db"],
    "hello_repository": "https://git.example/hello.git",
    "hello_domain": "hello.example",
}
NOW = 1767500000
REHEARSED = "2026-01-04T03:00:00Z"
"""Some hours before that."""
FILES_BEFORE: Any = {"database": {"inode": 7, "size": 8192, "mtime_ns": 1}, "wal": None}
FILES_AFTER: Any = {"database": {"inode": 7, "size": 8192, "mtime_ns": 2}, "wal": None}


def target(app: App = PLAYMAKER, commit: Commit | None = V2, **settings: Any) -> Target:
    """Return a target; settings are named without the app, as in ``shared=["uploads/"]``."""
    data = DATA | {f"{app.name}_{key}": value for key, value in settings.items()}
    return Target(app, load_values(app.name, data), commit)


def fresh() -> Snapshot:
    """Return a machine as it is rented: Debian and nothing else."""
    return Snapshot(
        uid=0,
        system="debian 12",
        systemd=True,
        clock=NOW,
        free_kilobytes=20_000_000,
        packages=frozenset({"ca-certificates", "openssh-client"}),
    )


def _files(aim: Target, url: str) -> dict[str, str]:
    texts = {
        **processes.of(aim.app).files(aim, databases.locate(url, aim)),
        aim.paths.site: render_site(site.wanted(aim)),
        f"{aim.paths.configuration}/known_hosts": f"{aim.values.known_hosts or ''}\n",
    }
    programs = {path: content.decode() for path, content in program_files().items()}
    sums = {path: sha(text) for path, text in (programs | texts).items()}
    sums[f"{GUARD_WANTS}/{aim.paths.guard}"] = "sum-of-the-guard"
    return sums | {aim.paths.env_file: "sum-of-the-environment"}


def _folders(name: str) -> dict[str, str]:
    return {
        f"/srv/{name}": "root root 755",
        f"/srv/{name}/releases": "root root 755",
        f"/srv/{name}/environments": "root root 755",
        f"/srv/{name}/builds": "root root 755",
        f"/srv/{name}/repository.git": "changeover changeover 755",
        f"/var/cache/changeover/{name}": f"{name}-build {name}-build 700",
        f"/srv/{name}/shared": f"root {name} 1770",
        f"/var/lib/changeover/{name}": "root root 711",
        f"/var/backups/changeover/{name}": "root root 700",
        f"/etc/changeover/{name}": "root root 700",
    }


def release(aim: Target) -> Release:
    """Return the finished release of the target, verified."""
    links = {".env": "../../shared/.env"}
    links |= {path: f"../../shared/{path}" for path in aim.values.shared}
    if aim.app.python:
        links |= {".venv": f"../../environments/{aim.python_key}"}
    if aim.app.node:
        links |= {
            ".changeover/node": f"../../../environments/{aim.node_key}",
        }
    if aim.app.build:
        key = aim.build_key(_public(ENVIRONMENTS[aim.app.name]))
        links |= {PIVOT: f"../../../builds/{key}"}
    return Release(
        name=aim.release or "",
        commit=aim.commit.id if aim.commit else "",
        migrations_object=aim.migrations_object,
        links=links,
        migrations=_history(aim),
        committed="2026-01-02T12:00:00Z",
    )


def _public(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith("VITE_")}


def _history(aim: Target) -> tuple[Migration, ...] | None:
    if isinstance(aim.app.migrations, Django):
        return (INITIAL,)
    return ((FIRST, SECOND) if aim.commit == V3 else (FIRST,)) if aim.app.migrations else None


def serving(aim: Target, url: str = WANTED["DATABASE_URL"]) -> Snapshot:
    """Return the host on which all is as the target settings; ``url`` is where its data is."""
    name, paths = aim.app.name, aim.paths
    whole = release(aim)
    made = {part for link in whole.links.values() for part in link.split("/") if "-" in part}
    files = _files(aim, url)
    health = {"status": "ok", "release": whole.commit}
    packages = "ca-certificates curl git nginx openssh-client python3 python3-venv zstd"
    snapshot = replace(
        fresh(),
        packages=frozenset(packages.split()),
        users={
            "changeover": "Changeover fetches releases",
            f"{name}-build": f"Changeover builds {name}",
            name: f"Changeover app {name}",
        },
        files=files,
        folders=_folders(name),
        uv="0.13.8",
        node={"22": "22.20.0"},
        releases={whole.name: whole},
        current=whole.name,
        environments=frozenset(made),
        env_mode=f"640 root {name}",
        env_keys=tuple(ENVIRONMENTS[name]),
        processes={"web": _running(aim, files)},
        site_enabled=paths.site,
        site_loaded=files[paths.site],
        nginx_active=True,
        server_names={paths.site_enabled: (aim.values.domain,)},
        app_health=HealthAnswer(200, health),
        site_health=HealthAnswer(200, health),
    )
    return _with_data(aim, snapshot, url) if aim.app.database else snapshot


def _running(aim: Target, files: Mapping[str, str]) -> Process:
    return Process(
        active=True,
        enabled=True,
        release=aim.release,
        started={
            "release": aim.release or "",
            "environment": files[aim.paths.env_file],
            "unit": files[f"/etc/systemd/system/{aim.app.name}.service"],
            "python": aim.python_key or "none",
            "started": "2026-01-02T12:00:00Z",
        },
        detail={"has": "both", "socket": "active"},
    )


def _with_data(aim: Target, snapshot: Snapshot, url: str) -> Snapshot:
    history = snapshot.releases[aim.release or ""].migrations or ()
    newest = history[-1].id
    answer = HealthAnswer(200, {"release": aim.commit and aim.commit.id, "schema": newest})
    return replace(
        snapshot,
        env_public=_public(ENVIRONMENTS[aim.app.name]),
        database_url=url,
        database=Database(
            path=f"{aim.paths.shared}/playmaker.db",
            revisions=(newest,),
            fingerprint=FILES_AFTER,
        ),
        app_health=answer,
        site_health=answer,
    )


def with_release(snapshot: Snapshot, aim: Target, **changes: Any) -> Snapshot:
    """Return the snapshot with the target's release beside the others, changed as given."""
    whole = replace(release(aim), **changes)
    made = {part for link in whole.links.values() for part in link.split("/") if "-" in part}
    return replace(
        snapshot,
        releases={**snapshot.releases, whole.name: whole},
        environments=snapshot.environments | made,
    )


def backup(aim: Target, fingerprint: Any = FILES_BEFORE, stamp: str = "20260102") -> Backup:
    """Return a verified backup, taken while the target's release served."""
    return Backup(
        manifest=f"{aim.paths.backups}/{stamp}.json",
        release=aim.release or "",
        revisions=("0001",),
        started=stamp,
        fingerprint=fingerprint,
    )


def view(aim: Target, snapshot: Snapshot, wanted: Mapping[str, str] | None = None) -> View:
    """Return the view in which steps decide; ``wanted`` is the controller's environment."""
    default = ENVIRONMENTS[aim.app.name]
    environment = WantedEnvironment(dict(default if wanted is None else wanted))
    return View(target=aim, snapshot=snapshot, wanted=environment)


def properties(thing: object) -> dict[str, str]:
    """Return the value of each property of an object."""
    names = [name for name, found in vars(type(thing)).items() if isinstance(found, property)]
    return {name: getattr(thing, name) for name in names}

"""An app's structure, as its deploy file declares it: the same on staging and in production."""

import shlex
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from changeover.settings.base import AppName, EnvironmentKey, RelativePath, Strict
from changeover.settings.expect import Check, Errors, Expectation, Http, Once, Since
from changeover.settings.migrations import Alembic as Alembic
from changeover.settings.migrations import Django as Django
from changeover.settings.migrations import Migrations, kinds


class Python(Strict):
    """The app's Python environment, one per content of the lock file."""

    version: str = "3.11"
    """Version of the interpreter, such as ``"3.11"``."""
    lock: RelativePath = "requirements.txt"
    """Lock file, relative to the app: pip's format, with hashes (recommended) or without."""
    reads: tuple[RelativePath, ...] = ()
    """What packages of the app's own read when they are built, beside their own folders. The lock,
    and all that it names, are there anyway, and nothing else."""


class Node(Strict):
    """The app's node_modules, one per content of the lock file."""

    version: str = "22"
    """Major version of Node, such as ``"22"``; each version is installed once per host."""
    directory: RelativePath = "."
    """Where ``package.json`` and ``package-lock.json`` are, relative to the app."""
    reads: tuple[RelativePath, ...] | None = None
    """What an install reads beside manifests, lock and ``.npmrc``, relative to the app. By default
    all of the app where a ``package.json`` of its own has scripts that npm runs by itself
    (``postinstall``, ``prepare``), else nothing."""


class Build(Strict):
    """A front end or other asset that is built once per content and shared by releases."""

    directory: RelativePath = "frontend"
    """Where the command runs, relative to the app; also what the build is made from."""
    reads: tuple[RelativePath, ...] = ()
    """Further files and folders that it reads, relative to the app; nothing else is there. An app
    with workspaces has all that is in the folder of its lock."""
    command: str = "npm run build"
    """The shell command that builds."""
    output: RelativePath = "dist"
    """What the command makes, relative to ``directory``. What the commit has there is there when
    the command runs. A release has it as real files in its own folder, so that code in it finds the
    packages and the files beside it."""
    public_prefix: str = "VITE_"
    """Environment keys that begin so are public, reach the build, and rebuild it on a change."""
    network: bool = False
    """True where the command needs the network; else it has none."""
    as_app: bool = False
    """True where the command needs the app's own packages and its whole environment, as Django's
    ``collectstatic`` does. It is run anew for each commit, as any code may bring files."""
    caches: tuple[RelativePath, ...] = ()
    """Folders of the output that the running app may write, such as ``cache`` of Next.js's
    ``.next``: empty at first, one for each build, and gone with it. What is in them may be lost
    at any time."""

    @field_validator("caches")
    @classmethod
    def _apart(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for number, path in enumerate(paths):
            others = (*paths[:number], *paths[number + 1 :])
            if path == "." or any(f"{path}/".startswith(f"{one}/") for one in others):
                raise ValueError(f"{path}: expected folders of the output, none within another")
        return paths

    @field_validator("output")
    @classmethod
    def _below(cls, path: str) -> str:
        if path == ".":
            raise ValueError("expected a path below directory, such as dist")
        return path

    @property
    def place(self) -> str:
        """Where the output is, relative to the app."""
        return self.output if self.directory == "." else f"{self.directory}/{self.output}"


class Database(Strict):
    """A database, SQLite or PostgreSQL, found through the environment."""

    url: EnvironmentKey = "DATABASE_URL"
    """The environment key that holds its URL: ``sqlite:///...`` or ``postgresql://...``; each host
    may have another kind."""
    direct_url: EnvironmentKey | None = None
    """The environment key that holds the URL of the server itself, where ``url`` leads to a
    connection pooler (PgBouncer). Each host has to have it then, one without a pooler the same
    value twice. It may be of another role, that has to be able to do all that is the app's."""
    history_schema: str | None = None
    """The schema in which migrations are noted, where neither the URL nor the role says it: a
    ``version_table_schema`` in ``env.py``, a ``search_path`` that the app's code sets."""
    as_superuser: bool = False
    """True has a PostgreSQL server's superuser back up and restore, and not the app's role: for a
    database with objects that are not the role's. The app can then become that superuser."""

    @property
    def reached_by(self) -> str:
        """Return the environment key of the URL that leads to the database itself."""
        return self.direct_url or self.url


class Service(Strict):
    """The process that serves the app, as a socket-activated systemd unit."""

    command: str
    """What runs. A bare first word is taken from the Python environment, ``node`` from the app's
    version of Node; else give a full path."""
    memory_max: str | None = None
    """Memory limit in systemd's form, such as ``"512M"``."""
    tasks_max: int = Field(default=512, ge=8)
    """Most processes and threads at one time."""
    cpu_weight: int = Field(default=100, ge=1, le=10000)
    """Share of the processor beside that of others (100), where all of them want it."""
    memory_write_execute: bool = False
    """True where the runtime needs memory that is writable and executable (Node's compiler)."""
    hide_host: bool = False
    """True hides the host's processors, memory, load and network interfaces, which libraries ask
    for (psutil, ``os.cpus()``)."""
    errors: Errors = Errors()
    """Which lines of its log make a release fail."""


class Site(Strict):
    """What nginx does for the app."""

    app_paths: tuple[str, ...] = ("/",)
    """Path prefixes that go to the app; with a front end, all others are static files."""
    static: RelativePath | None = None
    """Folder of static files, relative to the app; None where the app serves everything."""
    static_prefix: str | None = None
    """Path prefix below which the static files are; None where they are the site itself."""
    static_hashed: bool = False
    """True where the names below ``static_prefix`` change with the content: cached for ever."""
    content_security_policy: str | None = None
    """Another Content-Security-Policy than the default, which allows own sources only. It and the
    next three are sent where the app sends none of its own; ``""`` sends none at all."""
    frame_options: Literal["DENY", "SAMEORIGIN", ""] = "DENY"
    """X-Frame-Options: whether pages may stand in frames."""
    permissions_policy: str = "camera=(), geolocation=(), microphone=()"
    """Permissions-Policy: what of a browser pages may use."""
    referrer_policy: str = "strict-origin-when-cross-origin"
    """Referrer-Policy: what other sites are told of where a visitor comes from."""


class Health(Strict):
    """How the app says that it is well."""

    path: str = "/api/health"
    """Path that answers 200 with JSON holding ``release`` (the commit) and ``schema``."""
    expect: tuple[Http, ...] = ()
    """Pages that must answer so before a release is committed."""


class App(Strict):
    """What is deployed: its parts, in the order of a release."""

    name: AppName
    """Lower-case letters, digits and ``_``; names its user, unit, folders and settings."""
    python: Python | None = None
    """None where the app needs no packages."""
    node: Node | None = None
    """None where nothing needs Node."""
    build: Build | None = None
    """None where there is nothing to build."""
    database: Database | None = None
    """None where the app has none."""
    migrations: SerializeAsAny[Migrations] | None = None
    """None where the schema is not Changeover's business."""
    service: Service
    """The process that serves."""
    site: Site = Site()
    """What nginx does in front of it."""
    health: Health = Health()
    """How it says that it is well."""
    expectations: tuple[Expectation, ...] = ()
    """What must be so of its data after its migrations."""
    checks: tuple[Check, ...] = ()
    """Commands that must succeed in a release before it serves."""
    once: tuple[Once, ...] = ()
    """Commands that run once, after the release, on the first host that carries the app."""
    required_env: tuple[EnvironmentKey, ...] = ()
    """Environment keys without which the app cannot run."""
    packages: tuple[str, ...] = ()
    """Debian packages that the app needs beside those of its parts."""

    @field_validator("migrations", mode="before")
    @classmethod
    def _migrations_must_be_declared(cls, found: Any) -> Any:
        if found is None or isinstance(found, Migrations):
            return found
        raise ValueError(f"expected {' or '.join(f'{kind.__name__}(...)' for kind in kinds())}")

    @model_validator(mode="after")
    def _parts_must_fit(self) -> "App":
        needs = self.migrations.needs if self.migrations else ()
        if not all(getattr(self, part) for part in needs):
            listed = " and ".join(f"{part}=" for part in needs)
            raise ValueError(f"migrations by {type(self.migrations).__name__} need {listed}")
        if self.build and self.build.command.startswith("npm") and not self.node:
            raise ValueError(f"build command {self.build.command!r} needs node=")
        if self.build and self.build.as_app and not self.python:
            raise ValueError("build as_app= needs python=")
        is_found = self.service.command.startswith("/") or self._is_node(self.service.command)
        if not self.python and not is_found:
            raise ValueError("service command needs a full path, as the app has no python=")
        return self

    @model_validator(mode="after")
    def _expectations_must_fit(self) -> "App":
        if self.expectations and not self.database:
            raise ValueError("expectations= of data need database=")
        since = [one.since for one in self.demands if one.since]
        if since and not self.migrations:
            raise ValueError(f"since={since[0]!r} needs migrations=")
        names = [one.name for one in self.once]
        if len(set(names)) < len(names):
            raise ValueError("two commands of once= have the same name")
        for command in self.commands:
            if not self.python and _is_bare(command) and not self._is_node(command):
                raise ValueError(f"{command!r} needs a full path, as the app has no python=")
        return self

    def _is_node(self, command: str) -> bool:
        return self.node is not None and command.partition(" ")[0] == "node"

    @property
    def demands(self) -> tuple[Since, ...]:
        """All that may hold from a migration on only."""
        return (*self.expectations, *self.checks, *self.health.expect, *self.once)

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands that run in a release beside its service."""
        checks = (one.command for one in self.checks)
        once = (words for one in self.once for words in (one.rehearse, one.command) if words)
        return (*checks, *once)


def _is_bare(command: str) -> bool:
    first = shlex.split(command)[0]
    return "/" not in first and not first.endswith(".py")

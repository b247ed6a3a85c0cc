"""An app's structure, as its deploy file declares it: the same on staging and in production."""

import shlex
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from changeover.settings.base import AppName, EnvironmentKey, RelativePath, Strict
from changeover.settings.expect import Check, Errors, Expectation, Http, Once, Since, UrlPath
from changeover.settings.migrations import Alembic as Alembic
from changeover.settings.migrations import Django as Django
from changeover.settings.migrations import Migrations, kinds


class Python(Strict):
    """The app's Python environment. There is one for each content of the lock file."""

    version: str = "3.11"
    """Version of the interpreter, such as ``"3.11"``."""
    lock: RelativePath = "requirements.txt"
    """Lock file, relative to the app: pip's format, with hashes (recommended) or without."""
    reads: tuple[RelativePath, ...] = ()
    """What packages of the app's own read when they are built, beside their own folders. The lock
    file, and everything that it names, is there anyway. Nothing else is."""


class Node(Strict):
    """The app's node_modules. There is one for each content of the lock file."""

    version: str = "22"
    """Major version of Node, such as ``"22"``. Each version is installed once for each host."""
    directory: RelativePath = "."
    """Where ``package.json`` and ``package-lock.json`` are, relative to the app."""
    reads: tuple[RelativePath, ...] | None = None
    """What an install reads beside manifests, lock file and ``.npmrc``, relative to the app. By
    default nothing; but all of the app if a ``package.json`` of its own has scripts that npm runs
    by itself (``postinstall``, ``prepare``)."""


class Build(Strict):
    """A front end or other files that are built once for each content, and shared by releases."""

    directory: RelativePath = "frontend"
    """Where the command runs, relative to the app. The build is made from this folder."""
    reads: tuple[RelativePath, ...] = ()
    """Further files and folders that it reads, relative to the app. Nothing else is there. An app
    with workspaces has everything in the folder of its lock file."""
    command: str = "npm run build"
    """The shell command that builds."""
    output: RelativePath = "dist"
    """What the command makes, relative to ``directory``. What the commit has there is there when
    the command runs. A release has it as real files in its own folder, so that code in it finds the
    packages and the files beside it."""
    public_prefix: str = "VITE_"
    """Keys of the environment that begin with this are public. They reach the build, and a change
    of one builds again."""
    network: bool = False
    """True if the command needs the network. Otherwise it has none."""
    as_app: bool = False
    """True if the command needs the app's own packages and its whole environment, as Django's
    ``collectstatic`` does. It runs again for each commit, as any code may bring files."""
    caches: tuple[RelativePath, ...] = ()
    """Folders of the output that the running app may write, such as ``cache`` of Next.js's
    ``.next``. They are empty at first. Each build has its own, and they are removed with it. What
    is in them may be lost at any time."""

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
    """A database, SQLite or PostgreSQL. The environment says where it is."""

    url: EnvironmentKey = "DATABASE_URL"
    """The key of the environment that has its URL: ``sqlite:///...`` or ``postgresql://...``. Each
    host may have another kind."""
    direct_url: EnvironmentKey | None = None
    """The key of the environment that has the URL of the server itself, if ``url`` leads to a
    connection pooler (PgBouncer). Every host needs it then; one without a pooler has the same value
    twice. It may have another role, which has to be allowed everything that the app's is."""
    history_schema: str | None = None
    """The schema in which migrations are recorded, if neither the URL nor the role says it: a
    ``version_table_schema`` in ``env.py``, a ``search_path`` that the app's code sets."""
    as_superuser: bool = False
    """True lets a PostgreSQL server's superuser back up and restore, instead of the app's role: for
    a database with objects that do not belong to the role. The app can then become that
    superuser."""

    @property
    def reached_by(self) -> str:
        """Return the environment key of the URL that leads to the database itself."""
        return self.direct_url or self.url


class Service(Strict):
    """The process that serves the app, as a socket-activated systemd unit."""

    command: str
    """What runs. A first word without a path is taken from the Python environment, ``node`` from
    the app's version of Node. For anything else give a full path."""
    memory_max: str | None = None
    """Memory limit in systemd's form, such as ``"512M"``."""
    tasks_max: int = Field(default=512, ge=8)
    """Most processes and threads at one time."""
    cpu_weight: int = Field(default=100, ge=1, le=10000)
    """Share of the processor, if others want it too. The others have 100."""
    memory_write_execute: bool = False
    """True if the runtime needs memory that is writable and executable (Node's compiler)."""
    hide_host: bool = False
    """True hides the host's processors, memory, load and network interfaces, which libraries ask
    for (psutil, ``os.cpus()``)."""
    errors: Errors = Errors()
    """Which lines of its log make a release fail."""


class Site(Strict):
    """What nginx does for the app."""

    app_paths: tuple[str, ...] = ("/",)
    """Path prefixes that go to the app. With a front end, all others are static files."""
    static: RelativePath | None = None
    """Folder of static files, relative to the app. None if the app serves everything."""
    static_prefix: str | None = None
    """Path prefix of the static files. None if they are the site itself."""
    static_hashed: bool = False
    """True if the names below ``static_prefix`` change with the content: browsers keep them for
    ever."""
    content_security_policy: str | None = None
    """Another Content-Security-Policy than the default, which allows own sources only. It and the
    next three are sent if the app sends none of its own; ``""`` sends none at all."""
    frame_options: Literal["DENY", "SAMEORIGIN", ""] = "DENY"
    """X-Frame-Options: whether other pages may show this site in a frame."""
    permissions_policy: str = "camera=(), geolocation=(), microphone=()"
    """Permissions-Policy: what pages may use of a browser."""
    referrer_policy: str = "strict-origin-when-cross-origin"
    """Referrer-Policy: what other sites learn about where a visitor comes from."""


class Health(Strict):
    """How the app says that it is healthy."""

    path: UrlPath = "/api/health"
    """Path that answers 200 with JSON that has ``release`` (the commit) and ``schema``."""
    expect: tuple[Http, ...] = ()
    """Pages that must answer as declared before a release is committed."""


class App(Strict):
    """What is deployed. Its parts, in the order of a release."""

    name: AppName
    """Lower-case letters, digits and ``_``. Its user, unit, folders and settings have this name."""
    python: Python | None = None
    """None if the app needs no packages."""
    node: Node | None = None
    """None if nothing needs Node."""
    build: Build | None = None
    """None if there is nothing to build."""
    database: Database | None = None
    """None if the app has none."""
    migrations: SerializeAsAny[Migrations] | None = None
    """None if Changeover should not touch the schema. Then it takes no backups."""
    service: Service
    """The process that serves."""
    site: Site = Site()
    """What nginx does in front of it."""
    health: Health = Health()
    """How it says that it is healthy."""
    expectations: tuple[Expectation, ...] = ()
    """What must be true of its data after its migrations."""
    checks: tuple[Check, ...] = ()
    """Commands that must succeed in a release before it serves."""
    once: tuple[Once, ...] = ()
    """Commands that run once, after the release, on the first host that carries the app."""
    required_env: tuple[EnvironmentKey, ...] = ()
    """Keys of the environment without which the app cannot run."""
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

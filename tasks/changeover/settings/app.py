"""
An app's structure, as its deploy file declares it: the same on staging and in production.

Each part has a file of its own beside this one. Deploy files import all of them from here.
"""

import shlex
from typing import Any, get_args

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from changeover.settings.base import AppName, EnvironmentKey, Strict
from changeover.settings.build import Build as Build
from changeover.settings.database import Database as Database
from changeover.settings.expect import Check, Expectation, Once, Since
from changeover.settings.health import Health as Health
from changeover.settings.migrations import Alembic as Alembic
from changeover.settings.migrations import Django as Django
from changeover.settings.migrations import Migrations
from changeover.settings.node import Node as Node
from changeover.settings.processes import ProcessEngine, Systemd
from changeover.settings.processes import Service as Service
from changeover.settings.processes import Web as Web
from changeover.settings.processes import Worker as Worker
from changeover.settings.python import Python as Python
from changeover.settings.site import Site as Site


class App(Strict):
    """What is deployed. Its parts, in the order of a release."""

    name: AppName
    """Lower-case letters, digits and ``_``. Its user, processes, folders and settings have this
    name."""
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
    processes: tuple[SerializeAsAny[Web | Worker], ...] = Field(min_length=1)
    """What runs: one ``Web``, and any number of ``Worker``."""
    process_engine: SerializeAsAny[ProcessEngine] = Systemd()
    """What runs them."""
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

    @field_validator("migrations", "process_engine", mode="before")
    @classmethod
    def _engine_must_be_declared(cls, found: Any, info: ValidationInfo) -> Any:
        part = Migrations if info.field_name == "migrations" else ProcessEngine
        if isinstance(found, part) or (found is None and part is Migrations):
            return found
        named = " or ".join(f"{kind.__name__}(...)" for kind in part.kinds())
        raise ValueError(f"expected {named}")

    @model_validator(mode="before")
    @classmethod
    def _one_service(cls, given: Any) -> Any:
        """Take ``service=``, which earlier versions had for an app's one process."""
        if isinstance(given, dict) and "service" in given and "processes" not in given:
            return {key: part for key, part in given.items() if key != "service"} | {
                "processes": (given["service"],)
            }
        return given

    @model_validator(mode="after")
    def _processes_must_fit(self) -> "App":
        serving = [one for one in self.processes if isinstance(one, Web)]
        if len(serving) != 1:
            raise ValueError(f"processes= needs one Web(...), and has {len(serving)}")
        names = [one.name for one in self.processes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two processes are called {twice[0]}: give one of them another name=")
        return self

    @model_validator(mode="after")
    def _parts_must_fit(self) -> "App":
        needs = self.migrations.needs if self.migrations else ()
        if not all(getattr(self, part) for part in needs):
            listed = " and ".join(f"{part}=" for part in needs)
            raise ValueError(f"migrations by {type(self.migrations).__name__} need {listed}")
        if self.build and self.build.command.startswith(Node.programs) and not self.node:
            raise ValueError(f"build command {self.build.command!r} needs node=")
        if self.build and self.build.as_app and not self.python:
            raise ValueError("build as_app= needs python=")
        for command in (one.command for one in self.processes):
            if not (self.python or command.startswith("/") or self._is_node(command)):
                raise ValueError(f"{command!r} needs a full path, as the app has no python=")
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
    def web(self) -> Web:
        """The process that serves the site."""
        return next(one for one in self.processes if isinstance(one, Web))

    @property
    def demands(self) -> tuple[Since, ...]:
        """All that may hold from a migration on only."""
        return (*self.expectations, *self.checks, *self.health.expect, *self.once)

    @property
    def commands(self) -> tuple[str, ...]:
        """All commands that run in a release beside its processes."""
        checks = (one.command for one in self.checks)
        once = (words for one in self.once for words in (one.rehearse, one.command) if words)
        return (*checks, *once)


def types_of(part: str) -> tuple[type[Strict], ...]:
    """Return the types by which a deploy file may declare a part: a registry has each of them."""
    declared = App.model_fields[part].annotation
    return tuple(one for one in get_args(declared) or (declared,) if one is not type(None))


def _is_bare(command: str) -> bool:
    first = shlex.split(command)[0]
    return "/" not in first and not first.endswith(".py")

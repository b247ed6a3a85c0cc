"""One view of an app on a host: what is wished and what is so, read once until a step acts."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO

from pyinfra import host, state
from pyinfra.api.host import Host

from tasks.facts.commit import Unresolved, ask, resolve
from tasks.facts.environment import DifferingKeys, WantedEnvironment, wanted_environment
from tasks.facts.program import deploy_key
from tasks.facts.snapshot import AppSnapshot
from tasks.plans import (
    activate,
    backup,
    build,
    databases,
    environment,
    provision,
    rollback,
    service,
    site,
    target,
    tls,
)
from tasks.plans.databases.location import Location
from tasks.plans.preflight import problems
from tasks.plans.probe import question
from tasks.plans.rollback import Wish
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Back, Target
from tasks.settings.app import App
from tasks.settings.load import SettingsError, load_host, load_values
from tasks.settings.values import Values


@dataclass(frozen=True)
class View:
    """What is wished of an app on a host, and what is so."""

    target: Target
    snapshot: Snapshot
    wanted: WantedEnvironment
    unresolved: Unresolved | None = None
    """Why there is no commit."""
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The site names of the other apps on the host."""
    differing: tuple[str, ...] = ()
    """Keys of ``env_update`` whose value on the host is another."""
    authority: tls.Authority | None = None
    """Who certifies the site; None where nobody does."""
    elsewhere: str = ""
    """The host that runs what only one host of the app runs; "" where it is this one."""

    @cached_property
    def merge(self) -> environment.Merge:
        """What the wanted environment would change on the host."""
        return environment.merge(
            wanted=tuple(self.wanted.values),
            host=self.snapshot.env_keys,
            differing=self.differing,
            required=self.target.app.required_env,
        )

    @property
    def database_url(self) -> str | None:
        """The database's URL in force; the host's without its password."""
        wanted = self.wanted.values.get(databases.key(self.target))
        return databases.url_in_force(self.target, self.snapshot, wanted)

    @property
    def database(self) -> Location:
        """Where the database in force is."""
        url = self.database_url
        return databases.locate(url, self.target) if url else Location()

    @property
    def new_database_url(self) -> str:
        """The line of the environment that names the database, "" where the host has it already."""
        key, url = databases.key(self.target), self.database_url
        if not url or url == self.snapshot.database_url:
            return ""
        return WantedEnvironment({key: url}).lines()

    @property
    def way_back(self) -> str:
        """Manifest of the verified backup since which nothing was written, "" where none is."""
        found = backup.verified_now(self.snapshot)
        return found.manifest if found else ""

    @property
    def environment_changes(self) -> bool:
        """Tell whether the environment's file will change; a rollback leaves it as it is."""
        if self.target.back:
            return False
        private = self.snapshot.env_mode == f"600 {self.target.app.name}"
        return bool(self.merge.add or self.merge.replace or not private)

    @property
    def public(self) -> Mapping[str, str]:
        """The public build values that will be in force."""
        app = self.target.app
        return environment.public_values(
            self.snapshot.env_public,
            self.wanted.values,
            self.target.values.env_update,
            app.build.public_prefix if app.build else "",
        )

    @property
    def assets_linked(self) -> bool:
        """Tell whether the release shows the assets that it should."""
        return self.target.back is not None or build.is_linked(
            self.target, self.snapshot, self.public
        )

    @property
    def switches(self) -> bool:
        """Tell whether code, environment, unit or site have yet to be put in force."""
        changes = self.environment_changes
        decisions = (
            activate.decide(
                self.target,
                self.snapshot,
                environment_changes=changes,
                assets_linked=self.assets_linked,
            ),
            service.decide_restart(
                self.target, self.snapshot, self.database, environment_changes=changes
            ),
            site.decide(self.target, self.snapshot),
        )
        return any(decision.needed for decision in decisions)

    @property
    def _may_yet_reach(self) -> bool:
        """Tell whether provisioning may give the host the access to the repository it lacks."""
        if "git" not in self.snapshot.packages:
            return True
        try:
            key = deploy_key(self.target.values)
        except OSError:
            return False
        denied = self.unresolved is not None and self.unresolved.denied
        access = provision.decide_access(self.target, self.snapshot, key)
        return bool(key) and access.needed and not denied

    def problems(self) -> list[str]:
        """Return everything that can be seen to be wrong."""
        url, now = self.database_url, int(time.time())
        if self.target.back:
            return problems(self.target, self.snapshot, now=now, database_url=url)
        found = [self.wanted.problem] if self.wanted.problem else []
        found += [
            f"{name}: a required environment key that neither the host nor the controller has"
            for name in self.merge.missing
            if not self.wanted.problem
        ]
        found += self._access_problems()
        if self.unresolved and (self.unresolved.final or not self._may_yet_reach):
            found.append(f"{self.target.app.name}_ref: {self.unresolved.why}")
        return found + problems(self.target, self.snapshot, now=now, database_url=url)

    def _access_problems(self) -> list[str]:
        app, values = self.target.app, self.target.values
        found = []
        try:
            deploy_key(values)
        except OSError as error:
            found.append(f"{app.name}_deploy_key: {values.deploy_key}: {error.strerror}")
        for name in (values.domain, *values.aliases):
            rivals = [other for other, names in self.rivals.items() if name in names]
            found += [f"{name}: {other} on the same host has this name too" for other in rivals]
        return found


class UnseenError(Exception):
    """A view cannot be had; each line of ``problems`` says why."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


# by stage too: what was read to show a plan is old when a person has confirmed it
_views: dict[tuple[str, str, bool], View] = {}
_generations: dict[tuple[str, str], str] = {}
# what is taken back instead of released, and how; decided at the first look, for the whole run
_wishes: dict[tuple[str, str], Wish] = {}
_backs: dict[tuple[str, str], Back] = {}


def look(app: App) -> View:
    """Return the view of the app on the current host. Raises UnseenError when it cannot be had."""
    key = (host.name, app.name, state.is_executing)
    if key not in _views:
        _views[key] = _read(app)
        _generations.setdefault(key[:2], _views[key].snapshot.generation)
    return _views[key]


def go_back(app: App, wish: Wish) -> None:
    """Take the app on the current host back, in this run, instead of releasing it."""
    _wishes[host.name, app.name] = wish


def wished(app: App) -> Wish | None:
    """Return how the app is taken back, None where it is released."""
    return _wishes.get((host.name, app.name))


def generation_first_seen(app: App) -> str:
    """Return the changeover that was committed last when this run first looked at the host."""
    return _generations[host.name, app.name]


def expect(app: App) -> None:
    """Begin with what a look will need and what takes its time: the commit."""
    with suppress(SettingsError):
        values = load_values(app.name, host.data.dict())
        ask(target.source(app, values), app.name, values.deploy_key)


def start_over(app: App) -> None:
    """Look at the host as if for the first time: what was seen of the app may have been undone."""
    _generations.pop((host.name, app.name), None)
    forget()


def forget() -> None:
    """Read anew at the next look: a step has changed the host, for all of its apps."""
    for key in [key for key in _views if key[0] == host.name]:
        del _views[key]


def _read(app: App) -> View:
    try:
        values = load_values(app.name, host.data.dict())
        acme = values.tls == tls.ACME
        authority = tls.authority(load_host(host.data.dict())) if acme else None
    except SettingsError as error:
        raise UnseenError(error.problems) from None
    snapshot = host.get_fact(AppSnapshot, question=question(Target(app, values, None)))
    if snapshot is None:
        raise UnseenError(["the host did not answer the probe"])
    first = _first(app)
    if wish := wished(app):
        back = _back(app, snapshot, wish)
        wanted = WantedEnvironment({})  # it needs neither secrets nor the repository
        return View(Target(app, values, back.commit, back), snapshot, wanted)
    wanted = wanted_environment(app.name, values, host.groups)
    commit = resolve(target.source(app, values), app.name, values.deploy_key, first)
    unresolved = commit if isinstance(commit, Unresolved) else None
    return View(
        target=Target(app, values, None if isinstance(commit, Unresolved) else commit),
        snapshot=snapshot,
        wanted=wanted,
        unresolved=unresolved,
        rivals={other: _site_names(other) for other in host.groups if other != app.name},
        differing=_differing(app, values, wanted, snapshot),
        authority=authority,
        elsewhere="" if first.name == host.name else first.name,
    )


def _back(app: App, snapshot: Snapshot, wish: Wish) -> Back:
    key = (host.name, app.name)
    if key not in _backs:
        try:
            _backs[key] = rollback.back(app, snapshot, wish)
        except ValueError as error:
            raise UnseenError([f"{app.name}: {error}"]) from None
    return _backs[key]


def _site_names(app: str) -> tuple[str, ...]:
    names = [host.data.get(f"{app}_domain"), *(host.data.get(f"{app}_aliases") or ())]
    return tuple(name for name in names if isinstance(name, str))


def _differing(
    app: App, values: Values, wanted: WantedEnvironment, snapshot: Snapshot
) -> tuple[str, ...]:
    named = {key: wanted.values[key] for key in values.env_update if key in wanted.values}
    if not named or snapshot.env_mode is None:
        return tuple(named)
    lines = WantedEnvironment(named).lines()
    file = target.Target(app, values, None).paths.env_file
    return tuple(host.get_fact(DifferingKeys, env_file=file, _stdin=StringIO(lines)))


def _first(app: App) -> Host:
    """Return the first host of the inventory, in its order, that carries the app."""
    carriers = [other for other in state.inventory if app.name in other.groups]
    return carriers[0] if carriers else state.inventory.get_host(host.name)

"""What is wanted of an app on a host, and what is so."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from changeover.facts.commit import Unresolved
from changeover.facts.environment import WantedEnvironment
from changeover.facts.program import deploy_key, site_include
from changeover.plans import (
    activate,
    backup,
    build,
    candidate_database,
    databases,
    environment,
    service,
    site,
    tls,
    url_defaults,
)
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision
from changeover.plans.paths import PROGRAMS
from changeover.plans.preflight import problems
from changeover.plans.provision.access import decide_access
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.settings.values import is_ssh


@dataclass(frozen=True)
class View:
    """What is wanted of an app on a host, and what is so."""

    target: Target
    snapshot: Snapshot
    wanted: WantedEnvironment
    unresolved: Unresolved | None = None
    """Why there is no commit."""
    denied: str = ""
    """What the repository's server said where it refused the controller's deploy key."""
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
            self.target,
            wanted=tuple(self.wanted.values),
            host=self.snapshot.env_keys,
            differing=self.differing,
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
        return databases.locate(url, self.target) if url else databases.NOWHERE

    @property
    def new_database_url(self) -> str:
        """The line of the environment that names the database, "" where the host has it already."""
        key, url = databases.key(self.target), self.database_url
        if not url or url == self.snapshot.database_url:
            return ""
        return WantedEnvironment({key: url}).lines()

    @property
    def sets_password(self) -> bool:
        """Tell whether the database's role gets a new password with the environment."""
        return candidate_database.sets_password(self.target, self.snapshot, self.differing)

    @property
    def way_back(self) -> str:
        """Manifest of the verified backup since which nothing was written, "" where none is."""
        found = backup.verified_now(self.snapshot)
        return found.manifest if found else ""

    @property
    def environment_changes(self) -> bool:
        """Tell whether the environment's file will change; a rollback leaves it as it is."""
        if self.target.rollback:
            return False
        private = self.snapshot.env_mode == f"640 root {self.target.app.name}"
        return bool(self.merge.changes or not private)

    @property
    def public(self) -> Mapping[str, str]:
        """The public build values that will be in force."""
        return environment.public_values(self.target, self.snapshot.env_public, self.wanted.values)

    @property
    def assets_linked(self) -> bool:
        """Tell whether the release shows the assets that it should."""
        return self.target.rollback is not None or build.is_linked(
            self.target, self.snapshot, self.public
        )

    @property
    def switches(self) -> bool:
        """Tell whether code, environment, processes or site have yet to be put in force."""
        decisions = (
            activate.decide(
                self.target,
                self.snapshot,
                environment_changes=self.environment_changes,
                assets_linked=self.assets_linked,
            ),
            self.restart,
            site.decide(self.target, self.snapshot),
        )
        return any(decision.needed for decision in decisions)

    @property
    def restart(self) -> Decision:
        """Whether the app has to be started; the same before the switch to the release as after."""
        return service.decide_restart(
            self.target,
            self.snapshot,
            self.database,
            environment_changes=self.environment_changes,
            build=self.target.build_key(self.public),
        )

    @property
    def _may_yet_reach(self) -> bool:
        """Tell whether provisioning may give the host the access to the repository it lacks."""
        if self.unresolved is not None and self.unresolved.denied:
            return False
        # an earlier version's programs cannot look for it
        able = "git" in self.snapshot.packages and f"{PROGRAMS}/tree" in self.snapshot.files
        return not able or self._brings_a_key

    @property
    def _brings_a_key(self) -> bool:
        """Tell whether the host will be given a deploy key that it does not have yet."""
        try:
            key = deploy_key(self.target.values)
        except OSError:
            return False
        return bool(key) and decide_access(self.target, self.snapshot, key).needed

    def problems(self) -> list[str]:
        """Return everything that can be seen to be wrong."""
        url, now = self.database_url, int(time.time())
        if self.target.rollback:
            return problems(self.target, self.snapshot, now=now, database_url=url)
        found = [*(self.wanted.problems or self._key_problems()), *self._access_problems()]
        found += self._repository_problems()
        return found + problems(self.target, self.snapshot, now=now, database_url=url)

    def _key_problems(self) -> Iterator[str]:
        for name in self.merge.missing:
            yield f"{name}: a required environment key that neither the host nor the controller has"
        yield from environment.problems(self.target, self.wanted.values)
        yield from url_defaults.problems(self.target, self.snapshot, self.wanted.values, self.merge)

    def _repository_problems(self) -> list[str]:
        app, values = self.target.app.name, self.target.values
        if self.denied and values.login and self.unresolved:
            return [f"{app}_repository: its login is refused: {self.denied}"]
        if self.denied and not values.login and (self.unresolved or self._brings_a_key):
            if "host key verification failed" in self.denied.lower():
                pins = "pins no key that the repository's server shows"
                return [f"{app}_known_hosts: {pins}: {self.denied}"]
            return [f"{app}_deploy_key: {values.deploy_key} is refused: {self.denied}"]
        if not self.unresolved or (not self.unresolved.final and self._may_yet_reach):
            return []
        is_told = values.deploy_key or self.unresolved.final or not is_ssh(values.repository)
        hint = "" if is_told else f"; {app}_deploy_key is not set"
        return [f"{app}_ref: {self.unresolved.why}{hint}"]

    def _access_problems(self) -> list[str]:
        app, values = self.target.app, self.target.values
        found = []
        try:
            deploy_key(values)
        except OSError as error:
            found.append(f"{app.name}_deploy_key: {values.deploy_key}: {error.strerror}")
        try:
            site_include(values)
        except ValueError as error:
            found.append(f"{app.name}_site_include: {values.site_include}: {error}")
        for name in (values.domain, *values.aliases):
            rivals = [other for other, names in self.rivals.items() if name in names]
            found += [f"{name}: {other} on the same host has this name too" for other in rivals]
        return found

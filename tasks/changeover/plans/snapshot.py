"""The state of one app on one host at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from changeover.host.revisions.table import Row
from changeover.plans.migrations.steps import Migration


@dataclass(frozen=True)
class Release:
    """A finished release folder."""

    name: str
    commit: str
    migrations_object: str | None
    """What two releases with the same migration history have in common."""
    links: Mapping[str, str]
    migrations: tuple[Migration, ...] | None = None
    """Its migration history, oldest first, once read."""
    engine: str = ""
    """Whose history that is, as a deploy file spells it; "" where nobody noted it."""
    migrations_shared: bool = True
    """Every release with the same ``migrations_object`` has this history."""
    committed: str | None = None
    """When a changeover to it was last committed, in UTC; None: never."""
    withdrawn: bool = False
    """A rollback led away from it, and it was not released again."""
    whole: bool = True
    """It was made with its submodules and large files; earlier versions left these out."""

    def history_by(self, engine: str) -> tuple[Migration, ...] | None:
        """Return its history for an engine; None where it is not known, or is another engine's."""
        return self.migrations if self.engine in ("", engine) else None


@dataclass(frozen=True)
class Backup:
    """A backup that was restored once and compared."""

    manifest: str
    release: str
    revisions: tuple[str, ...]
    started: str
    fingerprint: Any
    seconds: float = 0.0
    """How long it took to take it and to restore it once."""
    empty: bool = False
    """No table is in it, so it says nothing of any data."""
    histories: Mapping[str, tuple[str, ...]] | None = None
    """Its migrations by the table that names them; None in one of an earlier version."""

    def noted_in(self, table: str) -> tuple[str, ...] | None:
        """Return the migrations that an engine's table names; None where nobody looked for it."""
        if self.histories is not None:
            return self.histories.get(table)
        return self.revisions or (() if self.empty else None)


@dataclass(frozen=True)
class Database:
    """The database that the environment names."""

    path: str
    """Of PostgreSQL the database's name."""
    revisions: tuple[str, ...]
    fingerprint: Any
    """Equal to that of a backup if nothing was written since; None where that cannot be known."""
    error: str | None = None
    foreign: str | None = None
    """Why its role could not restore all that is in it, a line each; None where it could."""
    kilobytes: int = 0
    noted: tuple[Row, ...] = ()
    """What it says of migrations beside the names of what was applied."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All that it says of its migrations."""
        more = {row.id: row for row in self.noted}
        return (*self.noted, *(Row(name) for name in self.revisions if name not in more))


@dataclass(frozen=True)
class CandidateDatabase:
    """What a database URL leads to that this run puts in force."""

    database: Database | None
    wanting: tuple[str, ...] | None = None
    """What provisioning has yet to make on the host's own server; None where nobody knows."""
    refused: str = ""
    """Why provisioning would refuse it."""


@dataclass(frozen=True)
class Aside:
    """A database that an undo or a restore replaced and kept beside."""

    path: str
    """Of PostgreSQL the database's name."""
    since: int
    """Seconds since 1970."""
    kilobytes: int


@dataclass(frozen=True)
class Process:
    """One process of the app, as its engine knows it."""

    active: bool = False
    """It runs."""
    stopped: bool = False
    """Its engine said that nothing of it runs, or is about to."""
    enabled: bool = False
    """It starts with the host."""
    stale: bool = False
    """Its engine has not read its files since they changed."""
    older: bool = False
    """It was started before what is in force was put there."""
    release: str | None = None
    """Release that the running process was started in."""
    started: Mapping[str, str] = field(default_factory=dict)
    """
    What it ran with when it was last started: ``release``, the ``environment`` by its digest,
    and, where its release has them, the names of ``python``, ``node`` and ``build``.
    """
    detail: Mapping[str, str] = field(default_factory=dict)
    """What is its engine's alone."""


@dataclass(frozen=True)
class HealthAnswer:
    """What a health address answered."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Certificate:
    """The certificate that the site shows, sound and with its own key."""

    kind: str
    """``acme`` or ``self-signed``."""
    directory: str
    """URL of the ACME directory that it came from."""
    names: tuple[str, ...]
    begins: int
    ends: int
    due: int
    """When it has to be renewed; all three in seconds since 1970."""
    loaded: bool = True
    """nginx was seen to show it, or has nothing to show it for."""


@dataclass(frozen=True)
class Tls:
    """What the host has to show its site by https."""

    certificate: Certificate | None = None
    damage: str = ""
    """Why what is in place is none."""
    renews: str = ""
    """URL of the ACME directory that certbot renews it from."""
    timer: bool = False
    """certbot's timer is enabled and runs."""
    challenges: bool = False
    """nginx shows an ACME server's challenges for the site."""
    problem: str = ""
    """What kept the last attempt to get another one from coming to its end."""


@dataclass(frozen=True)
class Snapshot:
    """The state of one app on one host."""

    uid: int = -1
    system: str = ""
    systemd: bool = False
    own_addresses: tuple[str, ...] = ()
    clock: int = 0
    under_way: tuple[str, ...] = ()
    """Apps with an open changeover on this host, and ``host`` where its own is open."""
    free_kilobytes: int = 0
    packages: frozenset[str] = frozenset()
    users: Mapping[str, str] = field(default_factory=dict)
    """User to its comment field."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path to SHA-256."""
    folders: Mapping[str, str] = field(default_factory=dict)
    """Path to ``user group mode``."""
    foreign: tuple[str, ...] = ()
    """What stands in the way and is not ours: ``directory PATH`` or ``file PATH``."""
    uv: str | None = None
    node: Mapping[str, str] = field(default_factory=dict)
    """Major version of Node to the exact one."""
    releases: Mapping[str, Release] = field(default_factory=dict)
    unfinished: tuple[str, ...] = ()
    current: str | None = None
    environments: frozenset[str] = frozenset()
    """Complete Python environments, node_modules and builds."""
    leftovers: tuple[str, ...] = ()
    """Full paths of environments and builds that never became complete."""
    crowded: tuple[str, ...] = ()
    """Folders with so many names that not all were looked at for such."""
    env_mode: str | None = None
    """``mode user`` of the environment file; None where there is none."""
    env_keys: tuple[str, ...] = ()
    env_unread: tuple[tuple[int, str], ...] = ()
    """The first lines of the environment's file, by number, that an app is not given as they were
    meant, each with a word for why."""
    env_public: Mapping[str, str] = field(default_factory=dict)
    env_defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each key with a URL of PostgreSQL, the keys that count for what it does not say."""
    database_url: str | None = None
    """The URL in force, of PostgreSQL without its password."""
    database_addresses: tuple[str, ...] = ()
    """What the name of its server means to the host."""
    database: Database | None = None
    """The app's, as the URL says that this run has or puts in force."""
    candidate: CandidateDatabase | None = None
    """What was told of a URL that is not in force yet; None where there is none, or nobody told."""
    replaced: Database | None = None
    """Where that one takes the place of another: what that led to."""
    backups: tuple[Backup, ...] = ()
    unreadable: tuple[str, ...] = ()
    """Manifests that cannot be read."""
    orphans: tuple[str, ...] = ()
    """Artefacts that never became a backup."""
    aside: tuple[Aside, ...] = ()
    """Databases that an undo or a restore set aside."""
    kept_environments: tuple[str, ...] = ()
    """Earlier environment files that activations kept, oldest first."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Kilobytes of each release, environment, build and file of a backup, by full path."""
    processes: Mapping[str, Process] = field(default_factory=dict)
    """The app's processes, by their names; also those that its deploy file has no more."""
    port: int = 0
    """The port that was chosen for the app; 0: none was."""
    generation: str = ""
    """Id of the changeover that was last committed."""
    stamp: str = ""
    """When somebody last took the app's lock; "" where somebody holds it, or none has it yet."""
    latest: Mapping[str, Any] | None = None
    """Its kind, from, to and end, as the ledger has them."""
    once: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """One-time commands by name: their ``outcome``, and when they ``began`` and ``ended``."""
    rehearsed: Mapping[str, Any] | None = None
    """Of the last rehearsal that went well: its ``release``, ``revisions`` and ``when``."""
    open_changeover: Mapping[str, Any] | None = None
    """
    Who began the changeover whose journal is there, and what; also ``phase``, and whether it is
    ``committed`` or ``stuck``.
    """
    held: Mapping[str, Any] | None = None
    """Who holds the app's lock, as far as is known."""
    maintenance: str | None = None
    """Why the site is closed; None where it is open."""
    quiesced: bool = False
    site_enabled: str | None = None
    site_loaded: str | None = None
    """SHA-256 of the site that nginx last loaded."""
    nginx_active: bool = False
    nginx_error: str | None = None
    server_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Configuration file to the server names it claims."""
    tls: Tls = Tls()
    app_health: HealthAnswer | None = None
    site_health: HealthAnswer | None = None

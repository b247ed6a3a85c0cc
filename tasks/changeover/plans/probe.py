"""The one batched probe: the script that reads all there is to know of one app on one host."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from changeover.host.revisions import table
from changeover.plans import databases, site, tls
from changeover.plans.environment import READER
from changeover.plans.paths import (
    ACME_WEBROOT,
    FETCH_USER,
    GUARD_WANTS,
    NODE,
    PAGES,
    PROGRAMS,
    SITE_INCLUDES,
    UV,
    Paths,
)
from changeover.plans.provision import LARGE_PACKAGE, packages
from changeover.plans.script import assignments, read
from changeover.plans.target import Target

# Reads only. Everything may be missing: a fresh machine has none of it.
_PATHS = (
    *("root", "lock", "releases", "shared", "current", "environments", "builds", "env_file"),
    *("state", "candidate", "maintenance", "quiesced", "backups", "configuration"),
    *("socket", "started", "unit", "socket_unit", "site", "site_enabled"),
    *(
        "certificates",
        "certificate",
        "lineage",
        "renewal",
        "mirror",
        "modules",
        "large",
        "cache",
        "build_user",
        "activated",
    ),
)

# a login shell may lack the system's own programs
_SETTINGS = 'export LC_ALL=C.UTF-8 PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"'

# What was made is root's alone: for find, what is not. A folder that is being filled is a build's.
FOREIGN = r"-name '.*new' -prune -o \( ! -user root -o ! -type l -perm /022 \)"


@dataclass(frozen=True)
class Question:
    """What the probe has to know of an app, beside its name."""

    app: str
    packages: tuple[str, ...]
    domain: str
    health_path: str
    database_key: str
    server_reach: tuple[str, ...]
    public_prefix: str
    scheme: str = "http"
    """By which the site shall be asked; what is published counts where something is."""
    include: str = ""
    """Where the file is that the site shall include; "" where there is none."""
    migration_tables: str = ""
    """In which tables a database notes migrations; "" for those of every known engine."""


def question(target: Target) -> Question:
    """Return what the probe has to know of the target's app."""
    app = target.app
    return Question(
        app=app.name,
        packages=(*packages(target), LARGE_PACKAGE),
        domain=target.values.domain,
        health_path=app.health.path,
        database_key=databases.key(target) or "DATABASE_URL",
        server_reach=databases.server_reach(target),
        public_prefix=app.build.public_prefix if app.build else "",
        migration_tables=databases.migration_tables(target),
        scheme=tls.scheme(target),
        include=site.include(target),
    )


def probe_script(question: Question) -> str:
    """Return the script; it changes nothing, prints sections, and always succeeds."""
    return _script(question, "snapshot/probe")


def status_script(question: Question) -> str:
    """Return the probe with what only a person wants to know: what was, and how large the disk."""
    return _script(question, "snapshot/probe", "snapshot/status")


def wished_script(question: Question, *, local_server: bool) -> str:
    """Return what asks for the data that a URL leads to; its line comes on stdin."""
    local = assignments({"local_server": "yes" if local_server else ""})
    bodies = ("environment/reader", "snapshot/data", "snapshot/wished")
    return sections(_variables(question) + local, *bodies)


def _script(question: Question, *bodies: str) -> str:
    functions = ("plain", "environment/reader", "site/visitor", "site/arrived", "snapshot/data")
    return sections(_variables(question), *functions, *bodies)


def _variables(question: Question) -> str:
    paths = Paths(question.app)
    variables: dict[str, str | Sequence[str]] = {name: getattr(paths, name) for name in _PATHS}
    variables |= {
        "app": question.app,
        "fetch_user": FETCH_USER,
        "programs": PROGRAMS,
        "pages": PAGES,
        "uv": UV,
        "node": NODE,
        "guard": f"{GUARD_WANTS}/{paths.guard}",
        "unit_file": f"/etc/systemd/system/{paths.unit}",
        "socket_unit_file": f"/etc/systemd/system/{paths.socket_unit}",
        "packages": question.packages,
        "domain": question.domain,
        "scheme": question.scheme,
        "include": question.include,
        "includes": SITE_INCLUDES,
        "health_path": question.health_path,
        "database_key": question.database_key,
        "server_reach": question.server_reach,
        "public_prefix": question.public_prefix,
        "migration_tables": question.migration_tables,
        "migrations_reader": _migrations_reader(),
        "webroot": ACME_WEBROOT,
        **READER,
    }
    return assignments(variables)


@cache
def _migrations_reader() -> str:
    """Return the module that reads what a database notes: a host may have another version of it."""
    return Path(table.__file__).read_text()


def sections(variables: str, *bodies: str) -> str:
    """Return a probe whose answer is in sections."""
    return plain(variables, "".join(map(read, ("snapshot/sections", *bodies))))


def plain(variables: str, body: str) -> str:
    """Return a script that prints plain text alone: other output would kill pyinfra's reader."""
    clean = "LC_ALL=C tr -d '\\0-\\10\\13-\\37\\177' | { iconv -c -f UTF-8 -t UTF-8 || true; }"
    return f"{_SETTINGS}\n{variables}{{\n{body}}} 2> /dev/null | {clean}"

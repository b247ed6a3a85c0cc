"""The one batched probe: the package that reads all there is to know of one app on one host."""

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from changeover.host.probe import asked as asked_module
from changeover.host.probe.asked import Asked
from changeover.plans import databases, processes, site, tls
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
from changeover.plans.provision.packages import LARGE_PACKAGE, needed_packages
from changeover.plans.script import assignments, program, read
from changeover.plans.target import Target

# what the package imports beside itself: a host may have none of our programs, or older ones
_BESIDE = (
    *("__init__.py", "environment_file.py", "files.py", "health.py", "json_text.py", "run.py"),
    *("postgres/__init__.py", "postgres/address.py", "postgres/defaults.py"),
    *("sqlite/__init__.py", "sqlite/address.py"),
    *("revisions/__init__.py", "revisions/table.py"),
    *("visitor/__init__.py", "visitor/answer.py", "visitor/request.py", "visitor/site.py"),
)
_PATHS = (
    *("root", "lock", "releases", "shared", "current", "environments", "builds", "env_file"),
    *("state", "candidate", "maintenance", "quiesced", "backups", "configuration"),
    *("site", "site_enabled"),
    *("certificates", "certificate", "lineage", "renewal", "mirror", "modules", "large", "cache"),
    "build_user",
)
# what a host without Python is asked
_BARE = (
    *("packages", "fetch_user", "build_user", "root", "env_file", "candidate", "state", "backups"),
    *("current", "process_files", "process_rivals", "site"),
)

# a login shell may lack the system's own programs
SETTINGS = 'export LC_ALL=C.UTF-8 PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"'


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
    socket: str = ""
    """Where the app listens."""
    serving: str = ""
    """The name of the process that serves."""
    processes: str = ""
    """Shell that tells what runs (``processes.probe_text``)."""
    process_files: tuple[str, ...] = ()
    """Files that installing the processes makes."""
    process_rivals: tuple[str, ...] = ()
    """Files of others that would stand in their way."""
    include: str = ""
    """Where the file is that the site shall include; "" where there is none."""
    pooled_key: str = ""
    """The key of the app's own URL where that is another one; "" where it is not."""
    migration_tables: str = ""
    """In which tables a database notes migrations; "" for those of every known engine."""


def question(target: Target) -> Question:
    """Return what the probe has to know of the target's app."""
    app, engine, database = target.app, processes.of(target.app), target.app.database
    return Question(
        app=app.name,
        packages=(*needed_packages(target), LARGE_PACKAGE),
        domain=target.values.domain,
        health_path=app.health.path,
        database_key=databases.key(target) or "DATABASE_URL",
        pooled_key=database.url if database and database.direct_url else "",
        server_reach=databases.server_reach(target),
        public_prefix=app.build.public_prefix if app.build else "",
        migration_tables=databases.migration_tables(target),
        scheme=tls.scheme(target),
        include=site.include(target),
        socket=engine.listener(target).removeprefix("unix:"),
        serving=target.app.web.name,
        processes=processes.probe_text(target),
        process_files=engine.places(target),
        process_rivals=engine.rivals(target),
    )


def probe_script(question: Question) -> str:
    """Return what starts the package; it changes nothing, prints one line, and always succeeds."""
    return _script("look", asked(question))


def status_script(question: Question) -> str:
    """Return the probe with what only a person wants to know: what was, and how large the disk."""
    return _script("status", asked(question))


def candidate_script(question: Question, *, local_server: bool) -> str:
    """Return what asks for the data that a URL leads to; its line comes after the package."""
    return _script("candidate", asked(question)._replace(local_server=local_server))


def asked(question: Question) -> Asked:
    """Return what a host is asked."""
    paths = Paths(question.app)
    return Asked(
        **vars(question),
        **{name: getattr(paths, name) for name in _PATHS},
        local_server=False,
        fetch_user=FETCH_USER,
        programs=PROGRAMS,
        pages=PAGES,
        uv=UV,
        node=NODE,
        guard=f"{GUARD_WANTS}/{paths.guard}",
        includes=SITE_INCLUDES,
        webroot=ACME_WEBROOT,
    )


@cache
def sent() -> str:
    """Return the package as a host gets it on stdin: a line. It is larger than a word may be."""
    return packed(files()) + "\n"


def files() -> dict[str, str]:
    """Return the text of each file of the package, by its path."""
    root = Path(asked_module.__file__).parents[1]
    found = [*(root / name for name in _BESIDE), *sorted((root / "probe").glob("*.py"))]
    return {f"host/{path.relative_to(root)}": path.read_text() for path in found}


def packed(texts: dict[str, str]) -> str:
    """Return files as one word."""
    return base64.b64encode(zlib.compress(json.dumps(texts).encode(), 9)).decode()


def _script(command: str, asked: Asked) -> str:
    bare = {name: getattr(asked, name) for name in _BARE}
    told = {"command": command, "asked": json.dumps(asked._asdict())}
    given = assignments({"app": asked.app, **bare, **told, "start": program("probe/start")})
    functions = f"{asked.processes}{read('probe/bare')}"
    return f"{SETTINGS}\n{given}{functions}{{\n{read('probe/ask')}}} 2> /dev/null\n"

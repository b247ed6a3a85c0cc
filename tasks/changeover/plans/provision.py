"""What a host needs before it can carry an app."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Container, Iterable, Mapping, Sequence

from changeover.plans import candidate_database, databases
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import (
    FETCH_USER,
    GUARD_WANTS,
    NODE,
    PAGES,
    PROGRAMS,
    SHARED_LOCK,
    UNITS,
    UV,
    VERSION,
    Paths,
)
from changeover.plans.sandbox import variables
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

FETCH_COMMENT = "Changeover fetches releases"
UV_VERSION = "0.13.8"
# curl is for the undo of a changeover that an earlier version has left open
BASE_PACKAGES = ("ca-certificates", "curl", "git", "nginx", "openssh-client", "python3", "zstd")
LARGE_PACKAGE = "git-lfs"
"""Fetches files of a commit whose content is not in git."""
_ALONE = {"functions": "provision/shared", "shared_lock": SHARED_LOCK}
# of files that differ; all of them do where a release of Changeover itself is new
_NAMED = 5


def packages(target: Target, database: Location | None = None) -> tuple[str, ...]:
    """Return the Debian packages that the app's parts need; of any database where none is known."""
    found = [*BASE_PACKAGES, *target.app.packages]
    if target.app.database:
        found += database.place.packages if database else databases.PACKAGES
    found += {"off": [], "self-signed": ["openssl"], "acme": ["certbot", "openssl"]}[
        target.values.tls
    ]
    found += ["python3-venv"] if target.app.python or target.app.node else []
    return tuple(sorted(set(found)))


def missing(wanted: Iterable[str], installed: Container[str]) -> list[str]:
    """Return the Debian packages that are not installed."""
    return [name for name in wanted if name not in installed]


def decide_packages(lacking: Sequence[str]) -> Decision:
    """Decide whether packages have to be installed."""
    if lacking:
        return todo(f"not installed: {' '.join(lacking)}")
    return done("all packages are installed")


def decide_large(target: Target, installed: Container[str]) -> Decision:
    """Decide whether what fetches large files has to be installed: only where there are some."""
    parts = target.commit.parts if target.commit else None
    if parts is None or not parts.large:
        return done("the commit has no files on a Git LFS server")
    return decide_packages(missing((LARGE_PACKAGE,), installed))


def packages_script(lacking: Sequence[str]) -> str:
    """Return the script that installs what is missing, waiting for another apt."""
    return script("provision/packages", functions="quiet", packages=lacking)


def comment(app: str) -> str:
    """Return the comment that marks an app's user as ours."""
    return f"Changeover app {app}"


def build_comment(app: str) -> str:
    """Return the comment that marks the user who builds an app as ours."""
    return f"Changeover builds {app}"


def _folders(target: Target) -> dict[str, str]:
    paths, app, build = target.paths, target.app.name, target.paths.build_user
    return {
        paths.root: "root root 755",
        paths.releases: "root root 755",
        paths.environments: "root root 755",
        paths.builds: "root root 755",
        paths.mirror: f"{FETCH_USER} {FETCH_USER} 755",
        paths.cache: f"{build} {build} 700",
        paths.shared: f"root {app} 1770",
        paths.state: "root root 711",
        paths.backups: "root root 700",
        paths.configuration: "root root 700",
    }


def decide_accounts(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether users or folders have to be made or mended."""
    users = (FETCH_USER, target.paths.build_user, target.app.name)
    missing = [name for name in users if name not in snapshot.users]
    wrong = [p for p, owner in _folders(target).items() if snapshot.folders.get(p) != owner]
    if missing or wrong:
        return todo(f"to make or mend: {' '.join(missing + wrong)}")
    return done("users and folders are as they should be")


def accounts_script(target: Target) -> str:
    """Return the script that makes users and folders."""
    paths = target.paths
    return script(
        "provision/accounts",
        functions=("plain", "provision/shared"),
        shared_lock=SHARED_LOCK,
        env_file=paths.env_file,
        app=target.app.name,
        comment=comment(target.app.name),
        fetch_user=FETCH_USER,
        fetch_comment=FETCH_COMMENT,
        build_user=paths.build_user,
        build_comment=build_comment(target.app.name),
        mirror=paths.mirror,
        cache=paths.cache,
        root=paths.root,
        releases=paths.releases,
        environments=paths.environments,
        builds=paths.builds,
        shared=paths.shared,
        state=paths.state,
        backups=paths.backups,
        configuration=paths.configuration,
    )


def decide_programs(
    paths: Paths, files: Mapping[str, bytes], found: Mapping[str, str], *, quiet: bool = True
) -> Decision:
    """
    Decide whether host programs have to be put in place.

    ``files`` are by full path; ``found`` is what the host has, SHA-256 by full path. Modules of an
    earlier version go where the host is ``quiet``: an open changeover may yet need them.
    """
    guard = f"{GUARD_WANTS}/{paths.guard}"
    old = [
        path
        for path, content in files.items()
        if found.get(path) != hashlib.sha256(content).hexdigest()
    ]
    if old:
        return todo(f"missing or of another version: {_some(old)}")
    if guard not in found:
        return todo("the guard does not start at boot")
    modules = (path for path in found if path.startswith(f"{PROGRAMS}/") and path.endswith(".py"))
    if quiet and (left := [path for path in modules if path not in files]):
        return todo(f"left of an earlier version: {_some(left)}")
    return done("host programs are of this version")


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return " ".join(sorted(paths)[:_NAMED]) + more


def programs_script(paths: Paths) -> str:
    """
    Return the script that installs what comes on its stdin: an archive in base64.

    Programs and modules get their names at once, by one rename: who starts one has all of the new
    version or of the one before. Versions before that one go, unless something is under way.
    """
    return script(
        "provision/programs",
        **_ALONE,
        programs=PROGRAMS,
        pages=PAGES,
        units=UNITS,
        guard=paths.guard,
        state=paths.state,
    )


def archive(files: Mapping[str, bytes]) -> str:
    """Return host programs, units and pages, by full path, as the archive that is sent."""
    folders = {VERSION: "programs", PROGRAMS: "programs", PAGES: "pages", UNITS: "units"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, content in files.items():
            above = next(folder for folder in folders if path.startswith(f"{folder}/"))
            member = tarfile.TarInfo(folders[above] + path.removeprefix(above))
            member.size = len(content)
            # Python takes bytecode for that of another text of this size and time: so it tells it
            member.mtime = int(hashlib.sha256(content).hexdigest()[:7], 16)
            tar.addfile(member, io.BytesIO(content))
    return base64.b64encode(buffer.getvalue()).decode()


def decide_uv(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether uv has to be installed."""
    if not (target.app.python or target.app.node):
        return done("no part of the app needs uv")
    if snapshot.uv == UV_VERSION:
        return done(f"uv {UV_VERSION} is installed")
    return todo(f"uv {snapshot.uv or 'is missing'}, wanted {UV_VERSION}")


def uv_script() -> str:
    """Return the script that installs uv."""
    return script("provision/uv", **_ALONE, uv=UV, version=UV_VERSION)


def decide_node(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app's version of Node has to be installed."""
    if not target.app.node:
        return done("no part of the app needs Node")
    version = target.app.node.version
    if version in snapshot.node:
        return done(f"Node {snapshot.node[version]} is installed")
    return todo(f"Node {version} is not installed")


def node_script(target: Target) -> str:
    """Return the script that installs the app's version of Node beside others."""
    version = target.app.node.version if target.app.node else ""
    return script("provision/node", **_ALONE, node=NODE, uv=UV, version=version)


def decide_access(target: Target, snapshot: Snapshot, key: str) -> Decision:
    """Decide whether the deploy key or the pinned host keys have to be put in place."""
    folder = target.paths.configuration
    wanted = {f"{folder}/known_hosts": f"{target.values.known_hosts or ''}\n"}
    wanted |= {f"{folder}/deploy_key": key} if key else {}
    wrong = [
        path
        for path, content in wanted.items()
        if snapshot.files.get(path) != hashlib.sha256(content.encode()).hexdigest()
    ]
    if wrong or (not key and f"{folder}/deploy_key" in snapshot.files):
        return todo("the way to the repository differs")
    return done("the way to the repository is in place")


def decide_database(
    target: Target, snapshot: Snapshot, database: Location, *, later: bool = False
) -> Decision:
    """
    Decide whether the role and the database have to be made on the host's own server.

    ``later`` says that the role gets its new password with the environment.
    """
    if target.app.database is None or not database.place.provisioned:
        return done("the app has no database on a server of this host")
    wanting = snapshot.candidate.wanting if snapshot.candidate else None
    if wanting is None:
        unheard = snapshot.candidate and snapshot.database and snapshot.database.error
        if snapshot.database is None or unheard:
            return todo(f"the database {database.name} is not there or lets nobody in")
    elif lacking := [one for one in wanting if not (later and one == candidate_database.PASSWORD)]:
        return todo(f"the database {database.name} lacks: {', '.join(lacking)}")
    elif wanting:
        return done("the role gets its new password with the environment")
    return done(f"the database {database.name} is there")


def database_script(target: Target, database: Location) -> str:
    """Return the script that makes role and database; a URL that is new here comes on stdin."""
    return script(
        "provision/database",
        functions=databases.functions(database),
        **databases.variables(target, database),
        units=database.place.units,
        app=target.app.name,
    )


def access_script(target: Target) -> str:
    """Return the script that installs the deploy key, which comes on stdin, and host keys."""
    return script(
        "provision/access",
        functions=("sandbox", "fetch/login", "fetch/way"),
        **variables(target),
        build_user=target.paths.build_user,
        fetch_user=FETCH_USER,
        mirror=target.paths.mirror,
        repository=target.values.address,
        has_login="",  # it asks by ssh alone
        configuration=target.paths.configuration,
        known_hosts=target.values.known_hosts or "",
    )

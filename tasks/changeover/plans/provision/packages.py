"""Debian packages that an app's parts need."""

from collections.abc import Container, Iterable, Sequence

from changeover.plans import databases
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.script import script
from changeover.plans.target import Target

# curl is for the undo of a changeover that an earlier version has left open
BASE_PACKAGES = ("ca-certificates", "curl", "git", "nginx", "openssh-client", "python3", "zstd")
LARGE_PACKAGE = "git-lfs"
"""Fetches files of a commit whose content is not in git."""


def needed_packages(target: Target, database: Location | None = None) -> tuple[str, ...]:
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

"""The base: a bare Debian that every host's disk begins with."""

import hashlib
import json
import os
from pathlib import Path

from changeover.lab import registries, sources
from changeover.lab.command import run
from changeover.lab.files import locked, remove, write
from changeover.lab.sources import CODENAME

PLACE = Path("/var/lib/changeover-lab")
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "dbus-user-session",
    "libpam-systemd",
    "openssh-server",
    "python3-minimal",
    "sudo",
    "iproute2",
    "ca-certificates",
)
# Raised when what follows debootstrap below changes.
EDITION = 1


def recipe_hash(codename: str = CODENAME) -> str:
    """Return what a base depends on, as a short hash: another recipe is another base."""
    recipe = {
        "edition": EDITION,
        "packages": PACKAGES,
        "sources": [source.line() for source in sources.controller_sources(wanted=codename)],
        "certificates": registries.certificates_hash(),
    }
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]


def tree(codename: str = CODENAME) -> Path:
    """Return the file tree of a Debian release, building it if its recipe was never built here."""
    complete = PLACE / f"base-{recipe_hash(codename)}"
    if complete.is_dir():
        return complete
    PLACE.mkdir(parents=True, exist_ok=True)
    with locked("base"):
        if not complete.is_dir():
            _build(complete, codename)
    return complete


def _build(complete: Path, codename: str) -> None:
    for abandoned in PLACE.glob(".base-*"):
        remove(abandoned)
    building = PLACE / f".base-{os.getpid()}"
    archives = sources.controller_sources(wanted=codename)
    first = next(source for source in archives if source.suite == codename)
    run(
        [
            # Not to go on beside the next run when this one is killed.
            *("setpriv", "--pdeathsig", "KILL"),
            "debootstrap",
            "--variant=minbase",
            f"--include={','.join(PACKAGES)}",
            first.suite,
            str(building),
            first.uri,
        ]
    )
    _finish(building, archives)
    building.rename(complete)


def _finish(root: Path, archives: tuple[sources.Source, ...]) -> None:
    write(root / "etc/apt/sources.list", "".join(f"{source.line()}\n" for source in archives))
    registries.install_certificates(root)
    # What debootstrap left behind makes hosts twins, or is not on a bare VPS.
    for path in [*root.glob("etc/ssh/ssh_host_*"), *root.glob("var/cache/apt/archives/*.deb")]:
        path.unlink()
    for path in root.glob("var/lib/apt/lists/*_*"):
        path.unlink()
    (root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    write(root / "etc/machine-id", "")
    # pam_env complains in the journal when it is missing.
    write(root / "etc/default/locale", "")
    wanted = root / "etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
    wanted.parent.mkdir(exist_ok=True)
    wanted.symlink_to("/lib/systemd/system/systemd-networkd.service")

"""What the lab needs on the machine it runs on."""

import os
import shutil
from pathlib import Path

from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import locked

# Package by the tool it brings.
PACKAGES = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nft": "nftables",
    "ip": "iproute2",
    "ssh": "openssh-client",
    "git": "git",
    "mkfs.ext4": "e2fsprogs",
}
# Kernel settings that must be this high. All hosts share root's inotify instances; with the
# usual 128 a dozen hosts leaves some systemd without.
SETTINGS = {
    "net/ipv4/ip_forward": 1,
    "fs/inotify/max_user_instances": 8192,
    "fs/inotify/max_user_watches": 524288,
}
SYSTEM_FOLDERS = "/usr/sbin:/sbin:/usr/bin:/bin"
APT = ("apt-get", "-q", "-o", "DPkg::Lock::Timeout=300")


def find_tools() -> None:
    """Let this process find the system's tools, whose folders are not on everybody's PATH."""
    path = os.environ.get("PATH", "")
    if not path.endswith(SYSTEM_FOLDERS):
        os.environ["PATH"] = f"{path}:{SYSTEM_FOLDERS}"


def prepare() -> None:
    """Make sure this machine can carry a lab, installing what it lacks."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it boots real hosts")
    _raise_settings()
    if not missing():
        return
    with locked("controller"):
        packages = missing()
        if packages:
            environment = {"DEBIAN_FRONTEND": "noninteractive"}
            run([*APT, "update"], environment=environment)
            install = [*APT, "install", "-y", "--no-install-recommends", *packages]
            run(install, environment=environment)


def _raise_settings() -> None:
    for name, value in SETTINGS.items():
        path = Path("/proc/sys") / name
        if int(path.read_text()) < value:
            path.write_text(str(value))


def missing() -> list[str]:
    """Return the packages whose tools are not here."""
    return [package for tool, package in PACKAGES.items() if shutil.which(tool) is None]

"""What makes a host itself: names, keys, address, users. Nothing of it may come from a layer."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

from changeover.lab import keys, names, registries
from changeover.lab.command import run
from changeover.lab.files import write
from changeover.lab.state import Record, lab_folder

KEY_TYPES = ("rsa", "ecdsa", "ed25519")


def give(record: Record) -> None:
    """Give a fresh disk the identity of its host."""
    root = record.root
    write(root / "etc/hostname", f"{record.name}\n")
    write(root / "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {record.name}\n")
    write(root / "etc/machine-id", "")
    (root / "var/lib/dbus/machine-id").unlink(missing_ok=True)
    _address(record)
    _host_keys(root)
    registries.configure(root)
    _access(record)
    # Written last and outside the disk: a run killed before is begun again.
    write(record.folder / "identity", f"{record.name}\n")


def _address(record: Record) -> None:
    gateway = names.address(record.lab, names.GATEWAY_PART)
    write(
        record.root / "etc/systemd/network/10-host0.network",
        "[Match]\nName=host0\n\n[Network]\nLinkLocalAddressing=no\n"
        f"Address={record.address}/24\nGateway={gateway}\n",
    )


def _host_keys(root: Path) -> None:
    for path in root.glob("etc/ssh/ssh_host_*"):
        path.unlink()
    with ThreadPoolExecutor() as pool:
        files = [root / f"etc/ssh/ssh_host_{kind}_key" for kind in KEY_TYPES]
        list(pool.map(keys.make_key, files, repeat("root@host"), KEY_TYPES))


def _access(record: Record) -> None:
    public = (lab_folder(record.lab) / "key.pub").read_text()
    root_keys = record.root / "root/.ssh/authorized_keys"
    grant = record.root / "etc/sudoers.d/lab"
    root_keys.unlink(missing_ok=True)
    grant.unlink(missing_ok=True)
    if record.user == "root":
        write(root_keys, public, 0o600)
        root_keys.parent.chmod(0o700)
        return
    _sudo_user(record, public)
    if not record.sudo_password:
        write(grant, f"{record.user} ALL=(ALL:ALL) NOPASSWD: ALL\n", 0o440)


def _sudo_user(record: Record, public: str) -> None:
    chroot = ["chroot", str(record.root)]
    if run([*chroot, "id", record.user], check=False).returncode != 0:
        run([*chroot, "useradd", "--create-home", "--shell", "/bin/bash", record.user])
    run([*chroot, "usermod", "--append", "--groups", "sudo", record.user])
    if record.sudo_password:
        password = secrets.token_urlsafe(18)
        write(record.folder / "sudo-password", password, 0o600)
        run([*chroot, "chpasswd"], text=f"{record.user}:{password}\n")
    home = record.root / "home" / record.user
    write(home / ".ssh/authorized_keys", public, 0o600)
    (home / ".ssh").chmod(0o700)
    run([*chroot, "chown", "-R", f"{record.user}:", f"/home/{record.user}/.ssh"])

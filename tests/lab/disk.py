"""A host's disk: its own writable layer above the base and the layers it was made from."""

from pathlib import Path

from tests.lab.command import run
from tests.lab.errors import LabError
from tests.lab.files import is_mounted, remove
from tests.lab.state import Record

NSPAWN_LOCKS = Path("/run/systemd/nspawn/locks")


def mount(record: Record) -> bool:
    """Mount a host's disk at its root; return whether the disk is a fresh one."""
    upper, work = record.folder / "upper", record.folder / "work"
    for folder in (upper, work, record.root):
        folder.mkdir(parents=True, exist_ok=True)
    if not is_mounted(record.root):
        # redirect_dir: a folder from a layer can be renamed, as on a plain disk.
        folders = f"lowerdir={':'.join(record.lower)},upperdir={upper},workdir={work}"
        options = f"{folders},redirect_dir=on,index=off"
        run(["mount", "-t", "overlay", "-o", options, "overlay", str(record.root)])
    return not (record.folder / "identity").exists()


def is_lost(folder: Path) -> bool:
    """Tell whether a host's disk was made a layer by a run that was killed then."""
    return (folder / "identity").exists() and not (folder / "upper").exists()


def unmount(root: Path) -> None:
    """Unmount a host's disk, whoever still looks into it."""
    if is_mounted(root):
        _remove_lock(root)
        run(["umount", str(root)], check=False)
    if is_mounted(root):
        run(["umount", "--lazy", str(root)])
    if is_mounted(root):
        raise LabError(f"{root} stays mounted: unmount it by hand")


def _remove_lock(root: Path) -> None:
    # systemd-nspawn leaves its lock when the machine is killed.
    status = root.stat()
    (NSPAWN_LOCKS / f"inode-{status.st_dev}:{status.st_ino}").unlink(missing_ok=True)


def erase(record_folder: Path) -> None:
    """Remove everything of a host, its disk first."""
    unmount(record_folder / "root")
    remove(record_folder)

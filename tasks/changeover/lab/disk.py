"""A host's disk: its own writable layer above the base and the layers it was made from."""

from pathlib import Path

from changeover.lab import image
from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import is_mounted, remove
from changeover.lab.state import Record

NSPAWN_LOCKS = Path("/run/systemd/nspawn/locks")
IMAGE = "disk.img"
# Where the image is mounted: what the host wrote, beside the work folder that overlays need.
WRITTEN = "disk"


def mount(record: Record) -> bool:
    """Mount a host's disk at its root; return whether the disk is a fresh one."""
    place = _mount_image(record)
    upper, work = place / "upper", place / "work"
    for folder in (upper, work, record.root):
        folder.mkdir(parents=True, exist_ok=True)
    if not is_mounted(record.root):
        # redirect_dir: a folder from a layer can be renamed, as on a plain disk.
        folders = f"lowerdir={':'.join(record.lower)},upperdir={upper},workdir={work}"
        options = f"{folders},redirect_dir=on,index=off"
        run(["mount", "-t", "overlay", "-o", options, "overlay", str(record.root)])
    return not (record.folder / "identity").exists()


def _mount_image(record: Record) -> Path:
    path, place = record.folder / IMAGE, record.folder / WRITTEN
    if not path.exists():
        image.create(path, image.size(record.name, record.disk))
    image.mount(path, place)
    return place


def is_lost(folder: Path) -> bool:
    """Tell whether a host's disk was made a layer by a run that was killed then."""
    return (folder / "identity").exists() and not (folder / IMAGE).exists()


def unmount(folder: Path) -> None:
    """Unmount a host's disk, whoever still looks into it."""
    root = folder / "root"
    if is_mounted(root):
        _remove_lock(root)
    # The overlay first: it stands on the other.
    for place in (root, folder / WRITTEN):
        if is_mounted(place):
            run(["umount", str(place)], check=False)
        if is_mounted(place):
            run(["umount", "--lazy", str(place)])
        if is_mounted(place):
            raise LabError(f"{place} stays mounted: unmount it by hand")


def _remove_lock(root: Path) -> None:
    # systemd-nspawn leaves its lock when the machine is killed.
    status = root.stat()
    (NSPAWN_LOCKS / f"inode-{status.st_dev}:{status.st_ino}").unlink(missing_ok=True)


def written(record: Record) -> Path:
    """Return the folder with all that a stopped host wrote above its layers."""
    unmount(record.folder)
    return _mount_image(record) / "upper"


def discard(record: Record) -> None:
    """Take a stopped host's disk away; it gets an empty one when it boots."""
    unmount(record.folder)
    (record.folder / IMAGE).unlink()


def erase(record_folder: Path) -> None:
    """Remove everything of a host, its disk first."""
    unmount(record_folder)
    remove(record_folder)

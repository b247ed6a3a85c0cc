"""A host's share of this machine's disk: a file system of its own size in a sparse file."""

import os
import re
from pathlib import Path

from changeover.lab.command import run
from changeover.lab.errors import LabError
from changeover.lab.files import is_mounted

DEFAULT = "8G"
# ext4 with its journal needs some room; a bare host takes about 20 MiB of it.
SMALLEST = 64 << 20
_UNITS = {"M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
# Only what is written takes room: the zeros of a sparse file need not be written again.
_FEATURES = "assume_storage_prezeroed=1,lazy_itable_init=1,lazy_journal_init=1,nodiscard"


def size(host: str, text: str) -> int:
    """
    Return the size of a host's disk in bytes.

    Raises ``LabError`` for what is no size, or too small for a host.
    """
    match = re.fullmatch(r"([1-9][0-9]*)([MGT])", text)
    if match is None:
        raise LabError(f"{host}: disk must be a size as 512M or 8G, not {text!r}")
    found = int(match[1]) * _UNITS[match[2]]
    if found < SMALLEST:
        raise LabError(f"{host}: disk must be at least {SMALLEST >> 20}M, not {text}")
    return found


def create(path: Path, wanted: int) -> None:
    """Make an image with an empty file system; it appears whole or not at all."""
    making = path.with_name(f".{path.name}")
    making.unlink(missing_ok=True)
    with making.open("wb") as stream:
        os.truncate(stream.fileno(), wanted)
    # -m 0: no reserve for root, so that a full disk is full for whatever writes there.
    run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", _FEATURES, str(making)])
    making.replace(path)


def mount(path: Path, place: Path) -> None:
    """
    Mount an image, unless it is. Its loop device goes with the mount, whoever ends that.

    Room that is freed inside goes back to this machine (``discard``). What a host flushes ends in
    this machine's memory, where a power cut of the host keeps it anyway (``nobarrier``).
    """
    place.mkdir(parents=True, exist_ok=True)
    if is_mounted(place):
        return
    done = run(
        ["mount", "-o", "loop,discard,noatime,nobarrier", str(path), str(place)], check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[:1]
        raise LabError(f"{place} cannot be mounted; lab hosts need loop devices: {' '.join(said)}")


def devices_below(folder: Path) -> list[str]:
    """Return the loop devices whose image lies below a folder, removed images too."""
    lines = run(["losetup", "--noheadings", "--list", "--output", "NAME,BACK-FILE"]).stdout
    found = (line.split(maxsplit=1) for line in lines.splitlines())
    return [parts[0] for parts in found if len(parts) == 2 and parts[1].startswith(f"{folder}/")]

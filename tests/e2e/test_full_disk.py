"""A disk that gets full in the middle of a release: one clear message, and all as before."""

import re
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.load import KEPT

pytestmark = pytest.mark.lab

BIG = """\
op.execute("CREATE TABLE big (content BLOB)")
op.execute("INSERT INTO big VALUES (zeroblob(8000000))")"""
WHOLE = "/"
# whichever comes first: the database finds no room, or the migration is ended before that
FULL = "database or disk is full|it left less than [0-9]+ MB free on the disk"
# what is left on the disk, in KiB: less than the step needs that writes there; and what is said
PLACES = {
    "refused": (WHOLE, 256, "make room or lower playmaker_keep_releases"),
    "whole": (WHOLE, 6000, f"{FULL}|No space left on device"),
    "release": ("/srv/playmaker/releases", 64, "No space left on device"),
    "backup": ("/var/backups/changeover/playmaker", 4, "MB are needed in"),
    "journal": ("/var/lib/changeover/playmaker", 8, "No space left on device"),
    "database": ("/srv/playmaker/shared", 2048, FULL),
}


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host that serves v2 with some data."""
    made = lab.up("full", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    load.write(made, *KEPT)
    yield made
    lab.down(made.name)


@pytest.fixture(scope="module")
def large(lab: Lab) -> str:
    """Return a commit whose migration needs 8 MB."""
    changes = load.migration(BIG)
    return lab.origin.push(load.APP, changes, "Store much", branch="large", base="v3")


SAMPLE = ("refused", "database")


@pytest.mark.parametrize(
    ("folder", "left", "says"),
    [
        pytest.param(*place, marks=[] if name in SAMPLE else pytest.mark.slow, id=name)
        for name, place in PLACES.items()
    ],
)
def test_a_disk_that_is_full_leaves_all_as_it_was(
    folder: str, left: int, says: str, lab: Lab, host: LabHost, large: str
) -> None:
    make_small(host, folder, left)

    # the room that a release wants by itself is not to be had, but for a look at it
    asked = {} if says.startswith("make room") else {"playmaker_minimum_free_megabytes": "0"}
    run = load.release(lab, host, large, **asked)

    try:
        assert run.status == 1, run.output
        lines = [line for line in run.output.splitlines() if f"[{host.name}]" in line]
        assert any(re.search(says, line) for line in lines), run.output
        assert "Traceback" not in run.output, run.output
        assert load.serves(host) == (load.commit(lab, "v2"), "0001")
        assert load.names(host) == list(KEPT)
        left_over = set(host.run("ls -A /var/lib/changeover/playmaker").stdout.split())
        assert not left_over & {"undo.d", "redo.d", "maintenance", "quiesced", "stuck"}
    finally:
        make_large(host, folder)


def test_with_room_again_the_same_release_goes_through(lab: Lab, host: LabHost, large: str) -> None:
    run = load.release(lab, host, large)

    assert run.status == 0, run.output
    assert load.serves(host) == (large, "0003")
    assert load.names(host) == list(KEPT)


def make_small(host: LabHost, folder: str, left: int) -> None:
    """Leave next to no room for a folder, on a disk of its own unless it is the host's whole."""
    if folder != WHOLE:
        move(host, folder, f"mount -t tmpfs -o size=64m,mode=$(stat -c %a {folder}) tmpfs {folder}")
    room = f"$(( $(df -k --output=avail {folder} | tail -n 1) - {left} ))K"
    host.run(f"fallocate -l {room} {folder}/.ballast")


def make_large(host: LabHost, folder: str) -> None:
    """Give the room back, and what the folder holds to the host's own disk."""
    host.run(f"rm {folder}/.ballast")
    if folder != WHOLE:
        move(host, folder, f"umount {folder}; find {folder} -mindepth 1 -delete")


def move(host: LabHost, folder: str, change: str) -> None:
    """Change the disk below a folder, and keep its content."""
    units = "playmaker.socket playmaker.service"
    owner = host.run(f"stat -c %u:%g {folder}").stdout.strip()
    host.run(
        f"set -e; systemctl stop {units}; cp -a {folder} /mnt/kept; {change};"
        f" cp -a /mnt/kept/. {folder}; chown {owner} {folder}; rm -rf /mnt/kept;"
        f" systemctl start {units}"
    )

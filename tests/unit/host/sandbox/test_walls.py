"""What each role gets to see."""

from os import statvfs_result

import pytest

from changeover.host.sandbox.room import RESERVE_MEGABYTES, too_much
from changeover.host.sandbox.run import command
from changeover.host.sandbox.walls import APP, BUILD, FETCH, Walls


def walls(role: str, **given: object) -> Walls:
    return Walls(role=role, app="shop", task="try", folder="/x", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "user"), [(FETCH, "changeover"), (BUILD, "shop-build"), (APP, "shop")]
)
def test_each_role_has_its_user_and_no_privileges(role: str, user: str) -> None:
    found = walls(role).properties()

    assert f"User={user}" in found
    assert {"NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict"} <= set(found)


def test_a_build_sees_what_it_is_shown_and_has_no_network() -> None:
    found = walls(BUILD, read=["/srv/shop/releases/1"], write=["/a:/b"]).properties()

    (hidden,) = [line for line in found if line.startswith("TemporaryFileSystem=")]
    for folder in ("/srv", "/run", "/home", "/root", "/var/lib", "/var/backups", "/etc/changeover"):
        assert f"{folder}:ro" in hidden
    assert "PrivateNetwork=yes" in found
    assert "PrivateNetwork=no" in walls(BUILD, network=True).properties()
    assert "BindReadOnlyPaths=/srv/shop/releases/1" in found
    assert "BindPaths=/a:/b" in found


def test_no_role_reaches_what_starts_processes_elsewhere_or_the_hosts_shared_memory() -> None:
    for role in (FETCH, BUILD, APP):
        found = walls(role).properties()
        (own,) = [line for line in found if line.startswith("TemporaryFileSystem=")]
        assert "/dev/shm:rw" in own
        assert "PrivateIPC=yes" in found
        assert "/run:ro" in own or any("-/run/dbus " in line for line in found)


def test_words_are_taken_as_they_are() -> None:
    # systemd would put the unit's environment in place of $HOME
    words = command(walls(APP), ["sh", "-c", 'echo "$HOME" ${x} $$'])

    assert words[-3:] == ["sh", "-c", 'echo "$$HOME" $${x} $$$$']


def disk(free_megabytes: int, files: int = 1_000_000) -> statvfs_result:
    blocks = free_megabytes << 8
    return statvfs_result((4096, 4096, 1 << 30, blocks, blocks, 1 << 30, files, files, 0, 255))


def test_a_command_may_use_so_much_of_a_disk_and_no_more() -> None:
    def said(before: statvfs_result, now: statvfs_result, most: int = 1000) -> str:
        return too_much(before, now, most, RESERVE_MEGABYTES)

    assert said(disk(5000), disk(4001)) == ""
    assert "more than 1000 MB" in said(disk(5000), disk(3999))
    assert said(disk(5000), disk(3000), most=0) == ""
    assert "less than 256 MB free" in said(disk(600), disk(RESERVE_MEGABYTES - 1))
    assert "less than 10000 files" in said(disk(5000), disk(4999, files=9_999))
    # a disk that was that full before is not this command's doing, but the rest is not all its own
    assert said(disk(100), disk(100)) == ""
    assert said(disk(100), disk(51)) == ""
    assert "less than 50 MB free" in said(disk(100), disk(49))


def test_what_an_undo_needs_stays_free() -> None:
    assert "less than 2000 MB" in too_much(disk(5000), disk(1999), 0, 2000)
    assert too_much(disk(5000), disk(2001), 0, 2000) == ""

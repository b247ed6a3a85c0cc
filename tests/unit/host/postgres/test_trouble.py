"""Trouble on the way: a clear message, and nothing left behind after the next run."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import Cluster, Shop, refusal

MakeShop = Callable[..., Shop]
SCRIPT = "CREATE TABLE t AS SELECT n, repeat(md5(n::text), 9) AS v FROM generate_series(1, {}) AS n"


def children(pid: int) -> dict[str, int]:
    """Return what a process started, by name."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = stat.read_text(errors="replace").partition("(")[2].rpartition(") ")
            if int(rest.split()[1]) == pid:
                found[name] = int(stat.parent.name)
    return found


def end_child(shop: Shop, victim: str, command: str, *arguments: object) -> str:
    """Kill a child of the program as soon as it is there; return what the program says."""
    pipe = subprocess.PIPE
    program = subprocess.Popen(
        shop.command(command, *arguments), stdout=pipe, stderr=pipe, text=True
    )
    while victim not in (there := children(program.pid)):
        assert program.poll() is None
        time.sleep(0.002)
    os.kill(there[victim], signal.SIGKILL)
    told, said = program.communicate(timeout=60)
    return refusal(subprocess.CompletedProcess([], program.returncode, told, said))


def test_a_killed_child_is_told_and_leaves_nothing(make_shop: MakeShop) -> None:
    shop = make_shop(SCRIPT.format(20000))
    said = end_child(shop, "pg_dump", "backup", *shop.backup_words())
    assert "during dump: pg_dump and zstd ended with the statuses" in said
    said = end_child(shop, "pg_restore", "backup", *shop.backup_words())
    assert "during verification: pg_restore ended with status -9" in said
    assert list(shop.backups.iterdir()) == []
    assert shop.cluster.databases() == {shop.name}
    shop.back_up()
    said = end_child(shop, "pg_restore", "restore", "--manifest", shop.manifest)
    assert "pg_restore ended with status -9" in said
    assert shop.cluster.databases() == {shop.name}
    assert shop.sql("SELECT count(*) FROM t") == "20000"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_backup_stopped_at_any_moment(make_shop: MakeShop, ending: signal.Signals) -> None:
    shop = make_shop(SCRIPT.format(5000))
    for delay in (0.1, 0.25, 0.4):
        program = subprocess.Popen(
            shop.command("backup", *shop.backup_words()), stdout=subprocess.DEVNULL
        )
        time.sleep(delay)
        program.send_signal(ending)
        status = program.wait(timeout=30)
        if ending == signal.SIGTERM and status:
            assert shop.cluster.databases() == {shop.name}
        for path in shop.backups.glob("*"):
            if shop.manifest.exists():
                path.unlink()
    shop.back_up()
    assert shop.cluster.databases() == {shop.name}
    assert {path.name for path in shop.backups.iterdir()} == {"first.json", "first.postgres.zst"}


def test_a_scratch_of_a_dead_run_is_dropped_and_no_other(make_shop: MakeShop) -> None:
    shop, other = make_shop(), make_shop(name="changeover_scratch_0123456789abcdef")
    # what a killed run leaves, with its restore still at work in it
    stop = "import os; postgres_load.load = lambda *_: os.kill(os.getpid(), 9)"
    assert shop.patched(stop, "backup", *shop.backup_words()).returncode == -9
    (left,) = shop.cluster.databases() - {shop.name, other.name}
    worker = shop.cluster.session(left)
    assert worker.stdin
    worker.stdin.write("SELECT pg_sleep(60);\n")
    worker.stdin.flush()
    said = shop.ok("drop-scratch")
    assert said["dropped"] == left
    assert shop.cluster.databases() == {shop.name, other.name}
    worker.communicate()
    assert shop.ok("drop-scratch") == said
    assert shop.patched(stop, "backup", *shop.backup_words()).returncode == -9
    shop.back_up()
    assert shop.cluster.databases() == {shop.name, other.name}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told(make_shop: MakeShop, small_disk: Path) -> None:
    shop = make_shop(SCRIPT.format(5000))
    shop.backups = small_disk / "backups"

    def fill() -> None:
        begun, deadline = shop.backups / ".postgres_backup/artefact", time.monotonic() + 10
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.0005)
        with (small_disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:  # until there is no room
                file.write(b"x" * 65536)

    filler = threading.Thread(target=fill)
    filler.start()
    said = shop.refused("backup", *shop.backup_words())
    filler.join()
    assert "No space left on device" in said
    assert "free space in that file system" in said
    assert list(shop.backups.iterdir()) == []
    # the room is still gone, which shows before anything begins
    assert "MB are needed" in shop.refused("backup", *shop.backup_words())
    assert shop.cluster.databases() == {shop.name}


def test_a_dump_leaves_room_for_others(make_shop: MakeShop) -> None:
    shop = make_shop(SCRIPT.format(10))
    narrow = "postgres_dump.Dump._least_free = property(lambda self: 1 << 60, lambda self, _: None)"
    said = refusal(shop.patched(narrow, "backup", *shop.backup_words()))
    assert "during dump" in said
    assert "No space left on device" in said
    assert list(shop.backups.iterdir()) == []


def test_a_server_that_stops_is_told_and_heals(tmp_path: Path) -> None:
    cluster = Cluster()
    try:
        shop = Shop(cluster, "shop", tmp_path)
        cluster.sql("postgres", "CREATE DATABASE shop OWNER shop")
        shop.sql(SCRIPT.format(100))
        shop.back_up()
        kill = f"""
import os, time
load = postgres_load.load
def stop(*arguments):
    load(*arguments)
    os.kill({cluster.server.pid}, 3)
    time.sleep(1)
postgres_load.load = stop
"""
        restore = ["restore", "--manifest", str(shop.manifest)]
        said = refusal(shop.patched(kill, *restore))
        assert "is the server running" in said or "start the server" in said
        cluster.server.wait()
        assert "is the server running" in shop.refused("restore", "--manifest", shop.manifest)
        cluster.server = cluster.start()
        shop.ok("restore", "--manifest", shop.manifest, "--keep-as", "old")
        assert shop.sql("SELECT count(*) FROM t") == "100"
        assert cluster.databases() == {"shop", "shop.old"}
    finally:
        cluster.close()

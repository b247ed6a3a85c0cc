"""What an app's user can hold keeps nobody waiting: no backup, and no undo."""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.host.backup import files as backup_files
from tests.unit.host.postgres.cluster import PASSWORD, Shop

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs a second user")


def test_a_folder_that_an_app_holds_is_no_lock(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)  # as the app may, of its own shared folder
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with backup_files.locked(tmp_path):
            name = hashlib.sha256(bytes(tmp_path)).hexdigest()[:32]
            lock = Path(f"/run/changeover-locks/folder-{name}")
            held = ["flock", "-n", str(lock), "true"]
            assert subprocess.run(held, check=False).returncode != 0, "it keeps other runs out"
            as_nobody = subprocess.run(held, check=False, user=65534, group=65534, cwd="/")
            assert as_nobody.returncode == 66, "it cannot even be opened"
    finally:
        os.close(descriptor)


def test_a_role_that_takes_the_servers_lock_holds_nobody_up(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop("CREATE TABLE t (n int)")
    cluster = shop.cluster
    key = int(hashlib.sha256(shop.name.encode()).hexdigest()[:15], 16)
    words = [*cluster.psql("postgres"), "-U", "shop"]  # the app's own role
    pipe, environment = subprocess.PIPE, os.environ | {"PGPASSWORD": PASSWORD}
    with subprocess.Popen(
        words, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment
    ) as thief:
        assert thief.stdin
        assert thief.stdout
        thief.stdin.write(f"SELECT pg_advisory_lock({key});\n\\echo taken\n")
        thief.stdin.flush()
        while "taken" not in thief.stdout.readline():
            assert thief.poll() is None
        shop.back_up()
        thief.communicate("SELECT 1;\n", timeout=20)
        assert thief.returncode == 0, "nobody had to send it away"

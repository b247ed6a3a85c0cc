"""A PgBouncer of the tests' own, before a cluster: real, in a temporary folder, by its socket."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.unit.host.postgres.cluster import PASSWORD, QUOTED, Cluster

_SETTINGS = """
[databases]
{database} = host={server}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
unix_socket_mode = 0777
listen_port = 6432
auth_type = plain
auth_file = {folder}/users
pool_mode = {mode}
logfile = {folder}/log
{more}
"""


class Pooler:
    """It knows one database, and the role ``shop``."""

    def __init__(
        self, cluster: Cluster, database: str, mode: str = "transaction", more: str = ""
    ) -> None:
        """Start it."""
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "install the package pgbouncer"
        self.folder = Path(tempfile.mkdtemp(prefix="pooler-"))
        self._database = database
        settings = _SETTINGS.format(
            database=database, server=cluster.folder, folder=self.folder, mode=mode, more=more
        )
        (self.folder / "settings").write_text(settings)
        (self.folder / "users").write_text(f'"shop" "{PASSWORD}"\n')
        for path in (self.folder, *self.folder.iterdir()):
            shutil.chown(path, "postgres", "postgres")
        command = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        command += ["--pdeathsig", "INT", program, "-q", str(self.folder / "settings")]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not (self.folder / ".s.PGSQL.6432").exists():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    @property
    def url(self) -> str:
        """Where the app finds its database."""
        account = f"postgresql+psycopg://shop:{QUOTED}@"
        return f"{account}/{self._database}?host={self.folder}&port=6432&application_name=shop"

    def close(self) -> None:
        """Stop it and remove all of it."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder)

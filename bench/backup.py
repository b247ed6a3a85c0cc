"""What a verified backup of PostgreSQL costs beside its parts: a dump, a restore, two digests."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.unit.host.postgres.cluster import Cluster, Shop
from tests.unit.package import PACKAGE

# About 300 bytes a row, with an index beside the primary key.
SCRIPT = """
CREATE TABLE part{n} (id bigint PRIMARY KEY, name text NOT NULL, at timestamptz,
    price numeric(12,2), paid boolean, body text, more jsonb);
INSERT INTO part{n} SELECT i, md5(i::text), now() - i * interval '1 s', i * 1.37, i % 7 = 0,
    md5(i::text) || ' ' || md5((i + 1)::text) || repeat(' text', 10),
    jsonb_build_object('number', i, 'of', md5((-i)::text)) FROM generate_series(1, {rows}) AS i;
CREATE INDEX ON part{n} (name);
"""
TABLES = 4
DIGEST = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from host.postgres import access, content, reach, session
address = reach.read_address(Path(sys.argv[2]), "DATABASE_URL")
with session.session(access.access_to(address, "postgres"), sys.argv[3]) as found:
    content.read_content(found)
"""
Tell = Callable[[str], object]


def _timed(act: Callable[[], object]) -> float:
    start = time.monotonic()
    act()
    return time.monotonic() - start


class BackupBench:
    """One database, backed up by the program and by its parts in turn."""

    def __init__(self, cluster: Cluster, folder: Path, rows: int) -> None:
        """Make the database."""
        self._cluster, self._folder = cluster, folder
        self._shop = Shop(cluster, "shop", folder)
        cluster.sql("postgres", "CREATE DATABASE shop OWNER shop TEMPLATE template0")
        for number in range(TABLES):
            self._shop.sql(SCRIPT.format(n=number, rows=rows // TABLES))
        self._shop.sql("VACUUM ANALYZE")
        self.size = int(self._shop.sql("SELECT pg_database_size('shop')"))

    def _pipe(self, command: str) -> None:
        """Run a pipeline of PostgreSQL's programs as the superuser."""
        reach = f"export PGHOST={self._cluster.folder} PATH={self._cluster.programs}:$PATH;"
        words = ["runuser", "-u", "postgres", "--", "bash", "-o", "pipefail", "-c"]
        subprocess.run([*words, reach + command], check=True, cwd="/")

    def _digest(self, database: str) -> None:
        command = [sys.executable, "-I", "-c", DIGEST, str(PACKAGE)]
        subprocess.run([*command, str(self._shop.environment), database], check=True)

    def parts(self) -> dict[str, float]:
        """Time each part by itself, the next after the other."""
        dump = self._cluster.folder / "bare.zst"
        self._cluster.sql("postgres", "CREATE DATABASE bare OWNER shop TEMPLATE template0")
        found = {
            "dump": _timed(
                lambda: self._pipe(f"pg_dump -Fc -Z0 shop | zstd -q -f -3 --check -o {dump}")
            ),
            "restore": _timed(lambda: self._pipe(f"zstd -q -dc {dump} | pg_restore -d bare")),
            "digest": _timed(lambda: self._digest("shop")),
            "digest again": _timed(lambda: self._digest("bare")),
        }
        self._cluster.sql("postgres", "DROP DATABASE bare")
        return found

    def program(self) -> float:
        """Time the program."""
        self._shop.manifest.unlink(missing_ok=True)
        return _timed(self._shop.back_up)


def measure(rows: int, repeat: int, tell: Tell) -> str:
    """Return a line that compares the least of each, measured in turn."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster()
        try:
            bench = BackupBench(cluster, Path(folder), rows)
            tell(f"{rows} rows, {bench.size / 1e6:.0f} MB")
            programs, parts = [], []
            for _ in range(repeat):
                programs.append(bench.program())
                parts.append(bench.parts())
                told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in parts[-1].items())
                tell(f"program {programs[-1]:.2f} s; {told}")
        finally:
            cluster.close()
    least = {name: min(one[name] for one in parts) for name in parts[0]}
    whole = sum(least.values())
    ratio = min(programs) / whole
    return f"program {min(programs):.2f} s, its parts {whole:.2f} s: {ratio:.2f}"

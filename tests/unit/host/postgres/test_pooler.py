"""Before the server is a connection pooler: it is told apart, and the server's own URL is used."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.postgres.cluster import QUOTED, Cluster, Shop, say
from tests.unit.host.postgres.pooler import Pooler
from tests.unit.host.rehearsing import Rehearsal

Make = Callable[..., Shop]
DIRECT = ["--key", "DIRECT_URL", "--pooled", "DATABASE_URL"]
SAYS = "what answers there is a connection pooler"


@pytest.fixture
def pool(cluster: Cluster) -> Iterator[Callable[..., Pooler]]:
    made: list[Pooler] = []

    def make(shop: Shop, **how: str) -> Pooler:
        """Put one before a shop, which keeps a direct way too."""
        pooler = Pooler(cluster, shop.name, **how)
        made.append(pooler)
        direct = f"postgresql://shop:{QUOTED}@/{shop.name}?host={cluster.folder}"
        shop.environment.write_text(f"DATABASE_URL={pooler.url}\nDIRECT_URL={direct}\n")
        return pooler

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    "how",
    [
        {"mode": "transaction"},
        {"mode": "session"},
        # it takes what a connection is told, and forgets it
        {"mode": "session", "more": "ignore_startup_parameters = options"},
        {"mode": "transaction", "more": "ignore_startup_parameters = options"},
    ],
    ids=str,
)
def test_it_is_told_with_what_to_do(
    make_shop: Make, pool: Callable[..., Pooler], how: dict[str, str]
) -> None:
    shop = make_shop("CREATE TABLE t (id int)", superuser=False)
    pool(shop, **how)
    error = shop.ok("revisions")["error"]
    assert SAYS in error
    assert 'Database(direct_url="DIRECT_URL")' in error
    assert SAYS in shop.refused("backup", *shop.backup_words())


def test_the_servers_own_url_is_used(make_shop: Make, pool: Callable[..., Pooler]) -> None:
    shop = make_shop("CREATE TABLE t (id int); INSERT INTO t VALUES (1)", superuser=False)
    pool(shop)
    shop.ok("backup", *shop.backup_words(), *DIRECT)
    shop.sql("INSERT INTO t VALUES (2)")
    words = ["--manifest", shop.manifest, *DIRECT]
    assert shop.ok("losses", *words)["rows"] == 1
    shop.ok("restore", *words)
    assert shop.sql("SELECT count(*) FROM t") == "1"


def test_both_urls_have_to_name_one_database(make_shop: Make, pool: Callable[..., Pooler]) -> None:
    """Else one would be backed up, and the other migrated."""
    shop, other = make_shop("", superuser=False), make_shop("", superuser=False)
    pool(shop)
    text = shop.environment.read_text()
    shop.environment.write_text(
        text.replace(
            f"@/{shop.name}?host={shop.cluster.folder}",
            f"@/{other.name}?host={shop.cluster.folder}",
        )
    )
    said = shop.refused("backup", *shop.backup_words(), *DIRECT)
    assert f"DATABASE_URL leads to the database {shop.name}, DIRECT_URL to {other.name}" in said


def connect(pooler: Pooler) -> "subprocess.Popen[str]":
    """Come in as a client of the pooler does."""
    command = ["psql", "-XqAt", pooler.url.replace("+psycopg", "")]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def test_what_it_keeps_for_nobody_is_nobody(make_shop: Make, pool: Callable[..., Pooler]) -> None:
    shop = make_shop("CREATE TABLE t (id int)", superuser=False)
    client = connect(pool(shop))
    say(client, "INSERT INTO t VALUES (1)")
    client.communicate()
    kept = shop.ok("connections", "--key", "DIRECT_URL")
    assert len(kept) == 1
    assert shop.ok("connections", *DIRECT) == []


def test_one_that_is_slow_to_end_is_waited_for(
    make_shop: Make, pool: Callable[..., Pooler]
) -> None:
    shop = make_shop("CREATE TABLE t (id int)", superuser=False)
    client = connect(pool(shop))
    say(client, "INSERT INTO t VALUES (1)")
    client.communicate()
    (kept,) = shop.ok("connections", "--key", "DIRECT_URL")
    backend = int(kept.rstrip(")").rpartition(" ")[2])
    os.kill(backend, signal.SIGSTOP)
    goes_on = threading.Timer(1, os.kill, (backend, signal.SIGCONT))
    goes_on.start()
    assert shop.ok("connections", *DIRECT) == []
    goes_on.join()


def test_who_writes_through_it_is_somebody(make_shop: Make, pool: Callable[..., Pooler]) -> None:
    shop = make_shop("CREATE TABLE t (id int)", superuser=False)
    client = connect(pool(shop))
    say(client, "BEGIN; INSERT INTO t VALUES (1)")
    (found,) = shop.ok("connections", *DIRECT)
    assert found.startswith("shop ")
    say(client, "COMMIT")  # it was not ended
    client.communicate()
    assert shop.sql("SELECT count(*) FROM t") == "1"


RUN = """
. FOLDER/environment
for url in "$DATABASE_URL" "$DIRECT_URL"; do
    psql -XqAt "${url/+psycopg/}" -c "select current_database()" >> FOLDER/../asked
done
exec psql -Xq -v ON_ERROR_STOP=1 "${DATABASE_URL/+psycopg/}" -c "$1"
"""


def test_a_rehearsal_comes_to_the_copy_past_it(
    make_shop: Make, pool: Callable[..., Pooler], tmp_path: Path
) -> None:
    """It knows no copy. Each URL of the app leads there, in the words of its own driver."""
    shop = make_shop("CREATE TABLE t (id int); INSERT INTO t VALUES (1)", superuser=False)
    pool(shop)
    rehearsal = Rehearsal(tmp_path, DIRECT, RUN, "")
    rehearsal.environment.write_text(shop.environment.read_text())
    told: dict[str, Any] = json.loads(rehearsal.asked("DELETE FROM t"))
    told |= {"key": "DIRECT_URL", "app_key": "DATABASE_URL"}
    rehearsal.asked = lambda *_: json.dumps(told)  # type: ignore[method-assign]
    (step,) = rehearsal.seen("")
    assert step["destructive"] == ["t: all 1 row was deleted"]
    asked = (tmp_path / "state" / "asked").read_text().split()
    assert len(asked) == 2
    assert all(name.startswith("changeover_scratch_") for name in asked)
    assert shop.sql("SELECT count(*) FROM t") == "1"

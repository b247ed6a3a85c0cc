"""A server elsewhere: there is no superuser to help, and its version is its own."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import PROGRAMS, Cluster, Shop

Make = Callable[..., Shop]


def with_clients(folder: Path, *versions: int) -> str:
    """Return what has a program find clients of these versions alone; all are the machine's."""
    folder.chmod(0o755)
    assert PROGRAMS
    for version in versions:
        (folder / str(version)).mkdir()
        (folder / str(version) / "bin").symlink_to(PROGRAMS)
    return (
        "import pathlib\nfrom host.postgres import here, local_clients\n"
        f"local_clients.PROGRAMS = pathlib.Path({str(folder)!r})"
    )


@pytest.fixture
def clients() -> Iterator[Path]:
    """Give a folder that the server's superuser may enter."""
    folder = Path(tempfile.mkdtemp(prefix="clients-"))
    yield folder
    shutil.rmtree(folder)


def version(cluster: Cluster) -> int:
    return int(cluster.sql("postgres", "SHOW server_version_num")) // 10000


@pytest.mark.parametrize("away", [-1, 0, 1, 5])
def test_clients_that_do_not_fit_are_named(make_shop: Make, clients: Path, away: int) -> None:
    """An older one cannot dump; one from 17 on cannot restore into what is older than that."""
    shop = make_shop("CREATE TABLE t (id int)")
    major = version(shop.cluster)
    change = with_clients(clients, major + away)
    fits = away >= 0 and not (major < 17 <= major + away)
    told = shop.patched(change, "revisions").stdout
    done = shop.patched(change, "backup", *shop.backup_words())
    if fits:
        assert '"foreign": null' in told
        assert done.returncode == 0, done.stderr
        return
    says = f"the server is PostgreSQL {major}, and pg_dump is of version {major + away} here"
    for said in (told, done.stderr):
        assert says in said
        assert f"install postgresql-client-{major}" in said


def test_of_several_the_nearest_that_fits_is_taken(make_shop: Make, clients: Path) -> None:
    shop = make_shop("CREATE TABLE t (id int)")
    major = version(shop.cluster)
    change = with_clients(clients, major - 1, major + 4, major, major + 3)
    asked = f"{change}\nimport sys\nprint(here.HERE.client('pg_dump', {major}))\nsys.exit(0)"
    assert f"/{major}/bin/pg_dump" in shop.patched(asked, "revisions").stdout


def test_an_extension_that_it_cannot_make_is_named(make_shop: Make) -> None:
    shop = make_shop("CREATE TABLE t (id int); CREATE EXTENSION citext", superuser=False)
    assert shop.ok("revisions")["foreign"] is None  # its own
    shop.back_up()
    shop.sql("CREATE EXTENSION pageinspect", "postgres")
    said = shop.ok("revisions")["foreign"]
    assert "the extension pageinspect is of postgres" in said
    assert "DROP EXTENSION" in said
    assert "direct_url" in said
    assert "pageinspect" in shop.refused("backup", *shop.backup_words("second"))


def test_tables_of_another_owner_are_named(make_shop: Make) -> None:
    shop = make_shop("CREATE TABLE t (id int)", superuser=False)
    shop.sql("CREATE TABLE public.theirs (id int)", "postgres")
    said = shop.ok("revisions")["foreign"]
    assert "table public.theirs (of postgres)" in said
    assert "ALTER ... OWNER TO" in said


HIDDEN = """
CREATE TABLE t (id int PRIMARY KEY, o text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (o = current_setting('app.owner', true));
CREATE TABLE alone (id int); ALTER TABLE alone FORCE ROW LEVEL SECURITY;
"""


@pytest.fixture
def keeper(cluster: Cluster) -> Iterator[str]:
    """Give a role that acts for the app's and sees all rows."""
    made = "CREATE ROLE keeper LOGIN CREATEDB BYPASSRLS IN ROLE shop"
    cluster.sql("postgres", f"{made} PASSWORD 'k'")
    yield "keeper"
    cluster.sql("postgres", "DROP ROLE keeper")


def test_rows_that_are_hidden_need_another_role(make_shop: Make, keeper: str) -> None:
    shop = make_shop(HIDDEN, superuser=False)
    said = shop.ok("revisions")["foreign"]
    assert "FORCE ROW LEVEL SECURITY hides rows of public.t from its role shop" in said
    assert "alone" not in said  # where it is not enabled, it hides nothing
    assert "Database(direct_url=...), one that has BYPASSRLS" in said

    # what it says
    direct = f"postgresql://{keeper}:k@/{shop.name}?host={shop.cluster.folder}"
    text = shop.environment.read_text()
    shop.environment.write_text(f"{text}\nDIRECT_URL={direct}\n")
    words = ["--key", "DIRECT_URL", "--pooled", "DATABASE_URL"]
    assert shop.ok("revisions", *words)["foreign"] is None
    shop.ok("backup", *shop.backup_words(), *words)
    shop.sql("DELETE FROM alone; DROP TABLE t")
    shop.ok("restore", "--manifest", shop.manifest, *words)
    assert shop.sql("SET app.owner = 'b'; SELECT id FROM t") == "2"
    # all is the app's as it was
    owners = (
        "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname = 'public'"
    )
    assert shop.sql(owners) == "shop"
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert shop.sql(owner) == "shop"

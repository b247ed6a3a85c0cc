"""Of several histories in one database the app's own is read, everywhere; or none, and why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.host.expect.of_postgres import reached
from changeover.host.postgres.address import parse
from changeover.host.revisions.table import asked, names
from tests.unit.host.postgres.cluster import PASSWORD, Shop
from tests.unit.host.rehearsing import Rehearsal

Make = Callable[..., Shop]
TWO = """
CREATE SCHEMA tenant;
CREATE TABLE tenant.alembic_version (version_num text);
INSERT INTO tenant.alembic_version VALUES ('b2');
CREATE TABLE public.alembic_version (version_num text);
INSERT INTO public.alembic_version VALUES ('a1');
"""
ONE = """
CREATE SCHEMA tenant;
CREATE TABLE tenant.alembic_version (version_num text);
INSERT INTO tenant.alembic_version VALUES ('b2');
"""
DJANGO = """
CREATE SCHEMA tenant;
CREATE TABLE tenant.django_migrations (app text, name text);
CREATE TABLE public.django_migrations (app text, name text);
INSERT INTO tenant.django_migrations VALUES ('shop', '0002'), ('shop', '0001');
INSERT INTO public.django_migrations VALUES ('blog', '0001');
"""


def url(shop: Shop, parameters: str) -> None:
    """Let the app find its tables as a URL says."""
    text = shop.environment.read_text()
    shop.environment.write_text(text.replace("&schema=public", parameters))


def told(shop: Shop, *words: str) -> object:
    answer = shop.ok("revisions", *words)
    return answer["error"] or answer["revisions"]


@pytest.mark.parametrize(
    ("parameters", "revisions"),
    [
        ("", ["a1"]),
        ("&options=-csearch_path=tenant", ["b2"]),
        ("&options=-c%20search_path%3Dtenant%2Cpublic", ["b2"]),
        ("&options=--search-path%3Dnone,public,tenant", ["a1"]),
        ("&options=-cstatement_timeout=9+-csearch_path=tenant", ["b2"]),
        ("&schema=tenant", ["b2"]),
        ("&currentSchema=tenant", ["b2"]),
    ],
)
def test_the_url_says_which(make_shop: Make, parameters: str, revisions: list[str]) -> None:
    shop = make_shop(TWO)
    url(shop, parameters)
    assert told(shop) == revisions
    assert shop.back_up()["revisions"] == revisions


@pytest.mark.parametrize("whose", ["ROLE shop", "DATABASE {0}", "ROLE shop IN DATABASE {0}"])
def test_the_role_says_which(make_shop: Make, whose: str) -> None:
    shop = make_shop(TWO)
    url(shop, "")
    shop.cluster.sql(
        "postgres", f"ALTER {whose.format(shop.name)} SET search_path = tenant, public"
    )
    try:
        assert told(shop) == ["b2"]
    finally:
        shop.cluster.sql("postgres", f"ALTER {whose.format(shop.name)} RESET search_path")
    assert told(shop) == ["a1"]


def test_a_schema_of_the_roles_name_comes_first(make_shop: Make) -> None:
    shop = make_shop(TWO.replace("tenant", "shop"))
    url(shop, "")
    assert told(shop) == ["b2"]


def test_the_deploy_file_says_which(make_shop: Make) -> None:
    shop = make_shop(TWO)
    assert told(shop, "--history-schema", "tenant") == ["b2"]
    assert told(shop, "--history-schema", "absent") == []
    shop.ok("backup", *shop.backup_words(), "--history-schema", "tenant")
    assert json.loads(shop.manifest.read_text())["revisions"] == ["b2"]


def test_the_superuser_of_a_trusted_app_reads_what_the_app_finds(make_shop: Make) -> None:
    shop = make_shop(TWO, trusted=True)
    url(shop, "&options=-csearch_path=tenant")
    shop.sql("GRANT USAGE ON SCHEMA tenant TO shop")
    assert told(shop) == ["b2"]
    assert shop.back_up()["revisions"] == ["b2"]


def test_djangos_is_read_in_the_same_way(make_shop: Make) -> None:
    shop = make_shop(DJANGO)
    assert told(shop) == ["blog.0001"]
    url(shop, "&options=-csearch_path=tenant")
    assert told(shop) == ["shop.0001", "shop.0002"]


def test_one_alone_is_the_apps_where_nobody_says_another(make_shop: Make) -> None:
    """Its code may say where: ``version_table_schema``, or Django's own OPTIONS."""
    shop = make_shop(ONE)
    assert told(shop) == ["b2"]


@pytest.mark.parametrize("script", [TWO, ONE], ids=["two", "one"])
def test_where_nothing_says_which_none_is_taken(make_shop: Make, script: str) -> None:
    shop = make_shop(f"CREATE SCHEMA mine; {script}")
    url(shop, "&options=-csearch_path=mine")
    said = str(told(shop))
    assert "the app looks for it in mine" in said
    assert "tenant" in said
    assert 'Database(history_schema="...")' in said
    assert "history_schema" in shop.refused("backup", *shop.backup_words())
    assert told(shop, "--history-schema", "mine") == []


def test_the_rehearsal_reads_the_same(make_shop: Make, tmp_path: Path) -> None:
    shop = make_shop(TWO)
    url(shop, "&options=-csearch_path%3Dtenant")
    run = """
. FOLDER/environment
exec psql -Xq -v ON_ERROR_STOP=1 "${DATABASE_URL/+psycopg/}" -c "$1"
"""
    address = shop.environment.read_text().split("=", 1)[1].strip().strip("'")
    rehearsal = Rehearsal(tmp_path, ["--superuser", "postgres"], run, f'"{address}"')
    asked = json.loads(rehearsal.asked("UPDATE alembic_version SET version_num = 'b3'"))
    asked["steps"][0] |= {"gains": ["b3"], "drops": ["b2"]}
    rehearsal.asked = lambda *_: json.dumps(asked)  # type: ignore[method-assign]
    rehearsal.seen("")
    assert told(shop) == ["b2"]


def test_the_checks_read_the_same(make_shop: Make) -> None:
    shop = make_shop(TWO)
    for parameters, wanted, declared in (
        ("", ["a1"], ""),
        ("&options=-csearch_path%3Dtenant", ["b2"], ""),
        ("&schema=tenant", ["b2"], ""),
        ("", ["b2"], "tenant"),
    ):
        place = f"postgresql://shop:{PASSWORD}@/{shop.name}?host={shop.cluster.folder}{parameters}"
        escaped = place.replace(PASSWORD, "s3%3Acr%40t%2Fp%25w")
        with reached(escaped, "the URL", 10) as database:
            assert names(database.noted(asked(), declared)) == wanted


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ("", ""),
        ("schema=Odd", '"Odd"'),
        ('schema=a"b', '"a""b"'),
        ("options=-c+role%3Dx", ""),
        ("options=-csearch_path%3Da%2C%20b", "a,"),  # as the server would understand it
        ("options=-csearch_path%3Da%2C%5C%20b", "a, b"),
        ("options=-csearch_path%3Da+-csearch_path%3Db", "b"),
    ],
)
def test_what_a_url_says_of_schemas(parameters: str, path: str) -> None:
    assert parse(f"postgresql://u@h/d?{parameters}", "it").search_path == path

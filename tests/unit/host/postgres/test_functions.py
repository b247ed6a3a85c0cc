"""What a restore has to evaluate: refused by name where it cannot, carried where it can."""

import re
from collections.abc import Callable, Iterable

import pytest

from tests.unit.host.postgres.cluster import Shop

Make = Callable[..., Shop]
LOWERED = """
CREATE FUNCTION lowered(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE FUNCTION slug(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RETURN lowered($1); END';
CREATE FUNCTION inlined(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lowered($1)';
CREATE FUNCTION is_low(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN RETURN $1 = lowered($1); END';
CREATE TABLE t (id int PRIMARY KEY, n text); INSERT INTO t VALUES (1, 'a'), (2, 'b');
"""
# Each with the objects that cannot come back.
LOST = {
    "index": ("CREATE INDEX i ON t (slug(n))", "index public.i"),
    "inlined index": ("CREATE INDEX i ON t (inlined(n))", "index public.i"),
    "partial index": ("CREATE INDEX i ON t (n) WHERE is_low(n)", "index public.i"),
    "exclusion": (
        "ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING btree (slug(n) WITH =)",
        "index public.e",
    ),
    "generated column": (
        "ALTER TABLE t ADD s text GENERATED ALWAYS AS (slug(n)) STORED",
        "column s of public.t",
    ),
    "check": ("ALTER TABLE t ADD CONSTRAINT c CHECK (is_low(n))", "constraint c of public.t"),
    "domain": (
        "CREATE DOMAIN low AS text CONSTRAINT c CHECK (is_low(VALUE));"
        "ALTER TABLE t ADD d low DEFAULT 'x'",
        "constraint c of the type public.low",
    ),
    "operator": (
        "CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS"
        " 'BEGIN RETURN lowered($1) = lowered($2); END';"
        "CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);"
        "ALTER TABLE t ADD CONSTRAINT c CHECK (n === n)",
        "constraint c of public.t",
    ),
    "partitions": (
        "CREATE TABLE p (n text) PARTITION BY LIST (slug(n));"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a'); INSERT INTO p VALUES ('A')",
        "partitions of public.p",
    ),
    "check of an empty partition": (
        "CREATE TABLE p (n text) PARTITION BY LIST (n);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a');"
        "ALTER TABLE p1 ADD CONSTRAINT c CHECK (inlined(n) = 'a')",
        "constraint c of public.p1",
    ),
    "materialized view": (
        "CREATE MATERIALIZED VIEW m AS SELECT slug(n) AS s FROM t",
        "materialized view public.m",
    ),
    "view below a materialized one": (
        "CREATE VIEW v AS SELECT inlined(n) AS s FROM t; CREATE MATERIALIZED VIEW m AS TABLE v",
        "materialized view public.m",
    ),
    "another table": (
        "CREATE TABLE flags (most int); INSERT INTO flags VALUES (10);"
        "CREATE FUNCTION few(int) RETURNS boolean LANGUAGE sql STABLE AS"
        " 'SELECT $1 <= (SELECT most FROM flags)';"
        "ALTER TABLE t ADD CONSTRAINT c CHECK (few(id))",
        "constraint c of public.t",
    ),
}
CARRIED = {
    "nothing is evaluated": "CREATE VIEW v AS SELECT slug(n) FROM t;"
    "ALTER TABLE t ADD d text DEFAULT slug('X'); CREATE POLICY p ON t USING (is_low(n));"
    "CREATE RULE r AS ON DELETE TO t DO ALSO SELECT slug('x')",
    "the planner alone asks": "CREATE STATISTICS s ON inlined(n), id FROM t; ANALYZE t",
    "of an empty table": "CREATE TABLE e (n text CHECK (is_low(n)));"
    "CREATE TABLE g (n text, s text GENERATED ALWAYS AS (slug(n)) STORED)",
    "an empty partition": "CREATE TABLE p (n text) PARTITION BY LIST (n);"
    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN ('a'); ALTER TABLE p1 ADD CHECK (is_low(n))",
    "it says where": "CREATE INDEX i ON t (slug(n))",
    "its body was read once": "CREATE FUNCTION read_once(text) RETURNS text LANGUAGE sql IMMUTABLE"
    " BEGIN ATOMIC SELECT lowered($1); END; CREATE INDEX i ON t (read_once(n))",
    "a check of before": "ALTER TABLE t ADD CONSTRAINT c CHECK (is_low(n)) NOT VALID",
    "a view that is not filled": "CREATE MATERIALIZED VIEW m AS SELECT slug(n) AS s FROM t"
    " WITH NO DATA",
}
# of the rest further values of the same
_IN_CI = {
    *("inlined index", "generated column", "domain", "partitions", "another table"),
    *("materialized view", "nothing is evaluated", "the planner alone asks", "of an empty table"),
}
SAYS = "ALTER FUNCTION slug(text) SET search_path = public, pg_temp;"


def kinds(of: Iterable[str]) -> list[object]:
    """Return what a test is parametrized by."""
    return [pytest.param(kind, marks=() if kind in _IN_CI else pytest.mark.slow) for kind in of]


@pytest.mark.parametrize("kind", kinds(LOST))
def test_what_cannot_come_back_is_named_with_what_to_do(make_shop: Make, kind: str) -> None:
    script, lost = LOST[kind]
    shop = make_shop(LOWERED + script)
    found = shop.ok("revisions")["foreign"]
    assert f"a restore cannot bring back {lost}: ALTER FUNCTION public." in found
    assert found.count("\n") == 0
    assert lost in shop.refused("backup", *shop.backup_words())
    assert not shop.manifest.exists()

    # what it says is what it takes
    advice = re.findall(r"ALTER FUNCTION .*", found)[0]
    assert advice.endswith(" SET search_path = public, pg_temp")
    shop.sql(advice)
    assert shop.ok("revisions")["foreign"] is None
    shop.back_up()
    shop.sql("DELETE FROM t")
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.sql("SELECT count(*) FROM t") == "2"


@pytest.mark.parametrize("kind", kinds(CARRIED))
def test_what_can_come_back_is_carried(make_shop: Make, kind: str) -> None:
    shop = make_shop(LOWERED + (SAYS if kind == "it says where" else "") + CARRIED[kind])
    assert shop.ok("revisions")["foreign"] is None
    assert shop.back_up()["verified"] is True
    shop.ok("restore", "--manifest", shop.manifest)
    assert shop.ok("losses", "--manifest", shop.manifest)["rows"] == 0


def test_the_schemas_of_the_app_are_named(make_shop: Make) -> None:
    shop = make_shop(f'CREATE SCHEMA "Odd one"; SET search_path TO "Odd one"; {LOWERED}')
    shop.environment.write_text(
        shop.environment.read_text().replace(
            "schema=public", "options=-csearch_path=%22Odd%5C+one%22"
        )
    )
    shop.sql('SET search_path TO "Odd one"; CREATE INDEX i ON t (slug(n))')
    found = shop.ok("revisions")["foreign"]
    assert found.endswith(
        'ALTER FUNCTION "Odd one".slug(text) SET search_path = "Odd one", pg_temp'
    )
    shop.sql(re.findall(r"ALTER FUNCTION .*", found)[0])
    shop.back_up()


def test_a_function_of_an_extension_is_named_so(make_shop: Make) -> None:
    shop = make_shop()
    shop.sql("CREATE EXTENSION cube; CREATE EXTENSION earthdistance", "postgres")
    shop.sql(
        "CREATE TABLE places (x float, y float); INSERT INTO places VALUES (1, 1);"
        "CREATE INDEX near ON places USING gist (ll_to_earth(x, y))"
    )
    found = shop.ok("revisions")["foreign"]
    assert "bring back index public.near: it is of the extension earthdistance" in found
    shop.sql(
        "DROP INDEX near; CREATE FUNCTION place(float, float) RETURNS earth LANGUAGE sql IMMUTABLE"
        " SET search_path = public, pg_temp AS 'SELECT ll_to_earth($1, $2)';"
        "CREATE INDEX near ON places USING gist (place(x, y))"
    )
    shop.back_up()


def test_what_is_looked_at_changes_nothing(make_shop: Make) -> None:
    """What the app left in its functions is called, and may only read."""
    shop = make_shop(
        "CREATE TABLE seen (n text); CREATE TABLE t (n text);"
        "CREATE FUNCTION note(text) RETURNS boolean LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO public.seen VALUES ($1); RETURN true; END';"
        "ALTER TABLE t ADD CHECK (note(n)); INSERT INTO t VALUES ('x'); TRUNCATE seen"
    )
    assert shop.ok("revisions")["foreign"] is None
    assert shop.sql("SELECT count(*) FROM seen") == "0"


def test_what_is_not_seen_before_is_told_when_a_backup_is_verified(make_shop: Make) -> None:
    """The app's own code says where it looks, so nobody else can know it."""
    shop = make_shop(f"CREATE SCHEMA own; SET search_path TO own; {LOWERED}")
    shop.sql("SET search_path TO own; CREATE INDEX i ON t (slug(n))")
    assert shop.ok("revisions")["foreign"] is None
    said = shop.refused("backup", *shop.backup_words())
    assert "ALTER FUNCTION ... SET search_path" in said
    assert "own.slug" in said

"""What a restore would lose: each new or changed row is counted, and nothing is touched."""

from collections.abc import Callable

import pytest

from tests.unit.host.postgres.cluster import Shop

SCRIPT = """
CREATE TABLE users (id int PRIMARY KEY, name text, value bytea);
CREATE TABLE pairs (a int, b int, value text, PRIMARY KEY (a, b));
CREATE TABLE log (line text);
CREATE TABLE parts (id int, v text) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1, 2);
CREATE TABLE alembic_version (version_num text);
INSERT INTO users VALUES (1, 'ann', 'x'), (2, 'bob', NULL), (3, 'eve', '');
INSERT INTO pairs VALUES (1, 1, 'x'), (1, 2, 'y');
INSERT INTO log VALUES ('first'), ('second'), ('second');
INSERT INTO parts VALUES (1, 'x');
INSERT INTO alembic_version VALUES ('0001');
SELECT lo_from_bytea(7, 'x');
"""
CASES = {
    "SELECT 1": {},
    "INSERT INTO users VALUES (4, 'new')": {"public.users": (1, 0, 0)},
    "UPDATE users SET value = '' WHERE id = 2": {"public.users": (0, 1, 0)},
    "UPDATE users SET name = 'ann ' WHERE id = 1": {"public.users": (0, 1, 0)},
    "DELETE FROM users WHERE id < 3": {"public.users": (0, 0, 2)},
    "DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (9)": {"public.users": (1, 0, 1)},
    "UPDATE pairs SET b = 7 WHERE b = 1": {"public.pairs": (1, 0, 1)},
    "INSERT INTO log VALUES ('second'); DELETE FROM log WHERE line = 'first'": {
        "public.log": (1, 0, 1)
    },
    "INSERT INTO parts VALUES (2, 'y')": {"public.parts": (1, 0, 0)},
    "UPDATE alembic_version SET version_num = '0002'": {},
    "ALTER TABLE users ADD COLUMN n int DEFAULT 5": {},
    "ALTER TABLE users DROP COLUMN name": {},
    "ALTER TABLE users ALTER id TYPE bigint": {},
    "CREATE TABLE extra AS SELECT generate_series(1, 3)": {"public.extra": (3, 0, 0)},
    "DROP TABLE log": {"public.log": (0, 0, 3)},
    "SELECT lo_put(7, 0, 'y')": {"large objects": (0, 1, 0)},
}


@pytest.mark.parametrize("superuser", [True, False])
def test_every_row_is_counted(make_shop: Callable[..., Shop], superuser: bool) -> None:
    shop = make_shop("SET ROLE shop;" + SCRIPT, superuser=superuser)
    shop.back_up()
    pattern = f"{shop.name}_as_it_was"
    shop.cluster.sql("postgres", f"CREATE DATABASE {pattern} TEMPLATE {shop.name}")
    for number, (change, expected) in enumerate(CASES.items()):
        if not superuser and number % 5:
            continue
        shop.cluster.sql("postgres", f"DROP DATABASE {shop.name}")
        shop.cluster.sql("postgres", f"CREATE DATABASE {shop.name} OWNER shop TEMPLATE {pattern}")
        shop.sql("SET ROLE shop;" + change)
        before = shop.sql("SELECT count(*) FROM pg_class")
        found = shop.ok("losses", "--manifest", shop.manifest)
        told = {
            name: (one["added"], one["changed"], one["removed"])
            for name, one in found["tables"].items()
        }
        assert told == expected, change
        assert found["rows"] == sum(added + changed for added, changed, _ in expected.values())
        assert shop.sql("SELECT count(*) FROM pg_class") == before
        assert shop.cluster.databases() == {shop.name, pattern}

"""Contents that differ have digests that differ; equal contents have equal ones."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Ok = Callable[..., dict[str, Any]]
PLAIN = "CREATE TABLE {} (v, w)"
NO_ROWID = "CREATE TABLE {} (v PRIMARY KEY, w) WITHOUT ROWID"
# What it is, the two contents as SQL literals of rows, how the table is made.
PAIRS: list[tuple[str, str, str, str]] = [
    ("text or integer", "('1', 0)", "(1, 0)", PLAIN),
    ("text or blob", "('1', 0)", "(x'31', 0)", PLAIN),
    ("integer or blob", "(1, 0)", "(x'31', 0)", PLAIN),
    ("integer or real", "(1, 0)", "(1.0, 0)", PLAIN),
    ("empty text or null", "('', 0)", "(NULL, 0)", PLAIN),
    ("empty text or empty blob", "('', 0)", "(x'', 0)", PLAIN),
    ("empty blob or null", "(x'', 0)", "(NULL, 0)", PLAIN),
    ("zero or null", "(0, 0)", "(NULL, 0)", PLAIN),
    ("sign of zero", "(0.0, 0)", "(-0.0 * 1, 0)", PLAIN),
    ("last bit of a real", "(0.1, 0)", "(0.10000000000000002, 0)", PLAIN),
    ("infinity", "(9e999, 0)", "(1.7976931348623157e308, 0)", PLAIN),
    ("sign of infinity", "(9e999, 0)", "(-9e999, 0)", PLAIN),
    ("largest integers", "(9223372036854775807, 0)", "(9223372036854775806, 0)", PLAIN),
    ("smallest integers", "(-9223372036854775808, 0)", "(-9223372036854775807, 0)", PLAIN),
    ("integer beyond reals", "(9007199254740993, 0)", "(9007199254740992.0, 0)", PLAIN),
    ("invalid text", "(CAST(x'ff' AS TEXT), 0)", "(CAST(x'fe' AS TEXT), 0)", PLAIN),
    ("invalid text or blob", "(CAST(x'ff' AS TEXT), 0)", "(x'ff', 0)", PLAIN),
    ("after a zero byte", "(CAST(x'6100' AS TEXT), 0)", "('a', 0)", PLAIN),
    ("composed letters", "('é', 0)", "('e' || char(769), 0)", PLAIN),
    ("space at the end", "('a', 0)", "('a ', 0)", PLAIN),
    ("border of cells", "('ab', 'c')", "('a', 'bc')", PLAIN),
    ("border of blobs", "(x'6162', x'63')", "(x'61', x'6263')", PLAIN),
    ("order of cells", "(1, 2)", "(2, 1)", PLAIN),
    ("a row of nulls or none", "(NULL, NULL)", "", PLAIN),
    ("number of duplicates", "(1, 1), (1, 1)", "(1, 1), (1, 1), (1, 1), (1, 1)", PLAIN),
    ("which duplicates", "(1, 1), (1, 1)", "(2, 2), (2, 2)", PLAIN),
    ("order of rows", "(1, 1), (2, 2)", "(2, 2), (1, 1)", PLAIN),
    ("no row ids", "(1, 1), (2, 2)", "(1, 2), (2, 1)", NO_ROWID),
    ("stored column", "(1, 1)", "(1, 2)", "CREATE TABLE {} (v, w, s AS (w + 1) STORED)"),
    ("full text", "('one', 0)", "('two', 0)", "CREATE VIRTUAL TABLE {} USING fts5(v, w)"),
]  # fmt: skip
SCHEMAS = [
    ("a view", "CREATE VIEW x AS SELECT 1", "CREATE VIEW x AS SELECT 2"),
    ("a trigger", "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; END", ""),
    ("an index", "CREATE INDEX x ON t (v)", "CREATE INDEX x ON t (w)"),
    ("a default", "CREATE TABLE x (v DEFAULT 1)", "CREATE TABLE x (v DEFAULT 2)"),
    ("a table's name", "CREATE TABLE x (v)", "CREATE TABLE y (v)"),
]


def make(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory, ok: Ok) -> list[dict[str, Any]]:
    """All pairs in two databases, digested once."""
    found = []
    for side in (1, 2):
        script = ""
        for number, pair in enumerate(PAIRS):
            table = f"t{number}"
            script += pair[3].format(table) + ";\n"
            if pair[side]:
                script += f"INSERT INTO {table} (v, w) VALUES {pair[side]};\n"  # noqa: S608 - constants
        path = make(tmp_path_factory.mktemp("digest") / "pairs.db", script)
        found.append(ok("digest", "--database", path)["tables"])
    return found


@pytest.mark.parametrize("number", range(len(PAIRS)), ids=[pair[0] for pair in PAIRS])
def test_contents_that_differ(sides: list[dict[str, Any]], number: int) -> None:
    left, right = (
        {
            name: found["sha256"]
            for name, found in side.items()
            if name.split("_")[0] == f"t{number}"
        }
        for side in sides
    )
    assert left
    assert left.keys() == right.keys()
    assert left != right


@pytest.mark.parametrize(("left", "right"), [pair[1:] for pair in SCHEMAS])
def test_schemas_that_differ(tmp_path: Path, ok: Ok, left: str, right: str) -> None:
    base = "CREATE TABLE t (v, w);"
    one, two = make(tmp_path / "one.db", base + left), make(tmp_path / "two.db", base + right)
    digests = [ok("digest", "--database", path)["schema_sha256"] for path in (one, two)]
    assert digests[0] != digests[1]


def test_sequence_counters_are_content(tmp_path: Path, ok: Ok) -> None:
    base = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1);"
    more = "INSERT INTO t VALUES (9); DELETE FROM t WHERE id = 9"
    one, two = make(tmp_path / "one.db", base), make(tmp_path / "two.db", f"{base} {more}")
    tables = [ok("digest", "--database", path)["tables"] for path in (one, two)]
    assert tables[0]["t"] == tables[1]["t"]
    assert tables[0]["sqlite_sequence"] != tables[1]["sqlite_sequence"]


def test_equal_contents_in_other_pages(tmp_path: Path, ok: Ok) -> None:
    rows = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v);"
    insert = f"INSERT INTO t {rows} SELECT"
    detour = f"{insert} 4000 - i, zeroblob(500) FROM n; DELETE FROM t;"  # noqa: S608 - constants
    one = make(tmp_path / "one.db", f"{table} {insert} i, 'v' || i FROM n")
    backwards = f"{insert} 2001 - i, 'v' || (2001 - i) FROM n"
    two = make(tmp_path / "two.db", table + detour + backwards)
    assert one.stat().st_size != two.stat().st_size
    digests = [ok("digest", "--database", path) | {"database": ""} for path in (one, two)]
    assert digests[0] == digests[1]

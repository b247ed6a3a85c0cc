"""Healthy SQLite databases that the SQLite of Debian 12 cannot read, or not check, all of."""

# ruff: noqa: S608 - constants

import sqlite3
from contextlib import closing
from pathlib import Path

ROWS = "insert into t values (1, 'ab'), (2, 'cd');"
# What an app's own SQLite made of it: functions and a collation that only the app has. The word
# "newer" stands for syntax that no SQLite has yet: it takes the place of what was written.
KINDS = {
    "check": f"create table t (id integer primary key, n text check (n regexp '^[a-z]+$')); {ROWS}",
    "generated": "create table t (id integer primary key, n text, u text as (upper_of(n)));"
    " insert into t (id, n) values (1, 'ab'), (2, 'cd')",
    "generated without row ids": "create table t (id integer primary key, n text,"
    " u text as (upper_of(n))) without rowid; insert into t (id, n) values (1, 'ab'), (2, 'cd')",
    "index of a function": f"create table t (id integer primary key, n text); {ROWS}"
    " create index i on t (upper_of(n))",
    "partial index": f"create table t (id integer primary key, n text); {ROWS}"
    " create index i on t (n) where n regexp 'a'",
    "collation": f"create table t (id integer primary key, n text collate ours unique); {ROWS}",
    "key by a collation": "create table t (n text collate ours primary key, id) without rowid;"
    " insert into t values ('ab', 1), ('cd', 2)",
    "foreign key by a collation": "create table p (n text collate ours primary key);"
    " create table t (id integer primary key, n references p (n));"
    f" insert into p values ('ab'), ('cd'); {ROWS}",
    "view": f"create table t (id integer primary key, n text); {ROWS}"
    " create view newer as select 1",
    "trigger": f"create table t (id integer primary key, n text); {ROWS}"
    " create trigger newer after insert on t begin select 1; end",
    "table": f"create table t (id integer primary key, n text, check (1)); {ROWS}",
    "rows against a rule": "pragma ignore_check_constraints = on;"
    f" create table t (id integer primary key, n text check (n > 'b')); {ROWS}",
}
_NEWER = """
update sqlite_master set sql = replace(sql, 'select 1', 'select group_concat(n newer by id) from t')
where name = 'newer';
update sqlite_master set sql = replace(sql, 'check (1)', 'check (1_000)') where name = 't';
"""


def connect(path: Path) -> sqlite3.Connection:
    """Connect as the app does."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("regexp", 2, lambda *_: True, deterministic=True)
    connection.create_function("upper_of", 1, str.upper, deterministic=True)
    connection.create_collation("ours", lambda a, b: (b > a) - (b < a))
    return connection


def make(kind: str, path: Path, more: str = "") -> Path:
    """Make one of a kind, with what else its app did to it."""
    with closing(connect(path)) as connection:
        connection.executescript(
            f"create table plain (x); insert into plain values (7);"
            f" create table alembic_version (version_num text);"
            f" insert into alembic_version values ('b2'); {KINDS[kind]}; {more};"
        )
        connection.executescript(f"pragma writable_schema = on; {_NEWER}")
    return path

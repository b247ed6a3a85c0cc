"""Which names of column types are one type, by kind of database."""

import pytest

from changeover.host.expect.types import POSTGRESQL, SQLITE, same


@pytest.mark.parametrize(
    ("kind", "expected", "found", "is_same"),
    [
        # what SQLAlchemy and Django declare in SQLite
        (SQLITE, "varchar(20)", "VARCHAR(20)", True),
        (SQLITE, "character varying(20)", "VARCHAR(20)", True),
        (SQLITE, "varchar(20)", "VARCHAR(200)", False),
        (SQLITE, "varchar(20)", "TEXT", False),
        (SQLITE, "timestamp", "datetime", True),
        (SQLITE, "timestamptz", "DATETIME", True),
        (SQLITE, "datetime", "date", False),
        (SQLITE, "boolean", "bool", True),
        (SQLITE, "numeric(10,2)", "NUMERIC(10, 2)", True),
        (SQLITE, "decimal", "numeric", True),
        (SQLITE, "real", "FLOAT", True),
        (SQLITE, "integer", "INTEGER", True),
        (SQLITE, "integer", "bigint", False),
        (SQLITE, "text", "", False),
        (SQLITE, "integer unsigned", "INTEGER  UNSIGNED", True),
        # what format_type says in PostgreSQL
        (POSTGRESQL, "varchar(20)", "character varying(20)", True),
        (POSTGRESQL, "varchar", "character varying(20)", False),
        (POSTGRESQL, "timestamptz", "timestamp with time zone", True),
        (POSTGRESQL, "timestamp", "timestamp with time zone", False),
        (POSTGRESQL, "timestamp", "timestamp without time zone", True),
        (POSTGRESQL, "timestamp(3)", "timestamp(3) without time zone", True),
        (POSTGRESQL, "datetime", "timestamp(3) with time zone", True),
        (POSTGRESQL, "datetime", "timestamp without time zone", True),
        (POSTGRESQL, "datetime", "date", False),
        (POSTGRESQL, "int", "integer", True),
        (POSTGRESQL, "bigserial", "bigint", True),
        (POSTGRESQL, "double precision", "real", False),
        (POSTGRESQL, "text[]", "text[]", True),
        (POSTGRESQL, "varchar(9)[]", "character varying(9)[]", True),
        (POSTGRESQL, "text", "text[]", False),
        (POSTGRESQL, "userrole", '"UserRole"', True),
        (POSTGRESQL, "numeric(10, 2)", "numeric(10,2)", True),
        (POSTGRESQL, "interval day to second(3)", "interval day to second(3)", True),
    ],
)
def test_which_names_are_one_type(kind: str, expected: str, found: str, is_same: bool) -> None:
    assert same(kind, expected, found) is is_same

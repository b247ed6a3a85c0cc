"""
Column types in a normal form, by which two names of one type are the same.

Case, blanks and quotes do not count. Common synonyms are one type: ``character varying(20)`` and
``varchar(20)``, ``int4`` and ``integer``, ``decimal`` and ``numeric``, ``bool`` and ``boolean``,
``timestamp with time zone`` and ``timestamptz``. SQLite only keeps the word that a library chose,
so there ``datetime``, ``timestamp`` and ``timestamptz`` are one, and ``real``, ``float`` and
``double``. PostgreSQL has no ``datetime``: where that is expected, a timestamp of either kind and
any precision will do.
"""

import re

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"

_FORM = re.compile(
    r"(?P<name>[^()\[\]]+?) ?(?P<size>\([^)]*\))?"
    r" ?(?P<zone>with(out)? time zone)? ?(?P<array>(\[\])*)"
)
_COMMON = {
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "int2": "smallint",
    "serial": "integer",
    "bigserial": "bigint",
    "bool": "boolean",
    "decimal": "numeric",
    "float": "double precision",
    "float8": "double precision",
    "float4": "real",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}
_SQLITE = {
    "datetime": "timestamp",
    "timestamptz": "timestamp",
    "double": "double precision",
    "real": "double precision",
}
_POINTS_IN_TIME = ("timestamp", "timestamptz")


def same(kind: str, expected: str, found: str) -> bool:
    """Tell whether two names mean one type in a kind of database."""
    wanted, is_ = _normal(kind, expected), _normal(kind, found)
    if kind == POSTGRESQL and wanted == "datetime":
        return is_.partition("(")[0] in _POINTS_IN_TIME
    return wanted == is_


def _normal(kind: str, text: str) -> str:
    plain = " ".join(text.lower().replace('"', "").split())
    parts = _FORM.fullmatch(plain)
    if parts is None:
        return plain
    name = " ".join(part for part in (parts["name"], parts["zone"]) if part)
    name = _COMMON.get(name, name)
    if kind == SQLITE:
        name = _SQLITE.get(name, name)
    return name + (parts["size"] or "").replace(" ", "") + parts["array"]

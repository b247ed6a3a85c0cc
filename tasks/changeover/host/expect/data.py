"""What must be so of the data: each kind of expectation, and what is said when it is not so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..registry import Registry
from .database import MOST, Database, Found, Refused, quoted
from .types import same

_SHOWN = 3
_LETTERS = 60

Asked = Mapping[str, Any]


def failures(database: Database, expectations: Sequence[Asked]) -> list[str]:
    """Return a line for each thing that is not as expected: what was expected, what was found."""
    found: list[str] = []
    for asked in expectations:
        try:
            found += KINDS[asked["kind"]](database, asked)
        except Refused as refused:
            found.append(f"{_subject(asked)}: the database says: {refused}")
    return found


def _columns(database: Database, asked: Asked) -> Iterator[str]:
    table, there = asked["table"], database.columns(asked["table"])
    if not there:
        yield f"table {table}: expected, there is none"
        return
    for name, type_ in asked["columns"].items():
        if name not in there:
            yield f"column {table}.{name}: expected {type_}, there is no such column"
        elif not same(database.kind, type_, there[name]):
            yield f"column {table}.{name}: expected {type_}, found {there[name] or 'no type'}"


def _no_nulls(database: Database, asked: Asked) -> Iterator[str]:
    if asked["column"] not in database.columns(asked["table"]):
        yield _missing(asked)
        return
    table, column = quoted(asked["table"]), quoted(asked["column"])
    count = _number(database, f"SELECT count(*) FROM {table} WHERE {column} IS NULL")  # noqa: S608
    if count:
        yield f"{_subject(asked)}: expected no NULL, found {_rows(count)} with it"


def _only_values(database: Database, asked: Asked) -> Iterator[str]:
    if asked["column"] not in database.columns(asked["table"]):
        yield _missing(asked)
        return
    table, column, values = quoted(asked["table"]), quoted(asked["column"]), asked["values"]
    marks = ", ".join([database.placeholder] * len(values))
    found = database.rows(
        f"SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({marks})"  # noqa: S608
        f" GROUP BY {column} ORDER BY 2 DESC",
        values,
    )
    if found:
        others = ", ".join(f"{_shown(value)} ({_rows(count)})" for value, count in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more values" if len(found) > _SHOWN else ""
        wanted = ", ".join(map(_shown, values))
        yield f"{_subject(asked)}: expected only {wanted}; found {others}{more}"


def _same_count(database: Database, asked: Asked) -> Iterator[str]:
    equals = asked["equals"]
    found = _number(database, asked["query"])
    wanted = equals if isinstance(equals, int) else _number(database, equals)
    if found != wanted:
        yield f"{_subject(asked)}: expected {wanted}, found {found}"


def _no_rows(database: Database, asked: Asked) -> Iterator[str]:
    found = database.rows(asked["query"])
    if found:
        first = "; ".join(", ".join(map(_shown, row)) for row in found[:_SHOWN])
        many = f"{MOST} rows or more" if len(found) >= MOST else _rows(len(found))
        yield f"{_subject(asked)}: expected no rows, found {many}: {first}"


KINDS: Registry[str, Callable[[Database, Asked], Iterator[str]]] = Registry(
    "expectation of data",
    {
        "Columns": _columns,
        "NoNulls": _no_nulls,
        "OnlyValues": _only_values,
        "SameCount": _same_count,
        "NoRows": _no_rows,
    },
)
"""Each by the name of its settings type."""


def _subject(asked: Asked) -> str:
    if "title" in asked:
        return str(asked["title"])
    if "column" in asked:
        return f"column {asked['table']}.{asked['column']}"
    return f"table {asked['table']}"


def _missing(asked: Asked) -> str:
    # not left to the database: SQLite takes a quoted name that it does not know for a text
    return f"{_subject(asked)}: there is no such column"


def _number(database: Database, query: str) -> int:
    rows: list[Found] = database.rows(query)
    if len(rows) != 1 or len(rows[0]) != 1 or not isinstance(rows[0][0], int):
        raise Refused(f"one number is needed, not what this finds: {query}")
    return int(rows[0][0])


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]}..."

"""What a migration did to a schema and its data, told by two looks: before and after."""

from collections.abc import Iterator
from typing import NamedTuple


class Column(NamedTuple):
    """What is known of a column."""

    kind: str
    """Its type, as the database writes it."""
    not_null: bool
    has_default: bool


class Table(NamedTuple):
    """What is known of a table."""

    rows: int
    columns: dict[str, Column]
    storage: str
    """Where its rows are: another one after a step means that all were written anew."""
    identity: str = ""
    """What stays when it is renamed, "" where nothing is known to."""
    deleted: int = 0
    """How many rows were ever deleted, where the server counts them."""
    changed: int = 0
    """How many rows were ever changed, where the server counts them."""


Look = dict[str, Table]
"""Each table by its name."""


class Findings(NamedTuple):
    """What is to be said of a step."""

    destructive: list[str]
    """What takes data away, or where older code looks for it."""
    refusing: list[str]
    """What takes nothing, but refuses rows that older code may write."""
    notes: list[str]


def compare(before: Look, after: Look) -> Findings:
    """Return what one step did."""
    found = Findings([], [], [])
    names = {table.identity: name for name, table in after.items() if table.identity}
    for name, table in sorted(before.items()):
        now = names.get(table.identity, name)
        if now not in after:
            found.destructive.append(f"table {name} is gone, with its {_rows(table.rows)}")
            continue
        if now != name:
            found.destructive.append(f"table {name} is now called {now}")
        found.destructive.extend(_lost_rows(name, table, after[now]))
        found.destructive.extend(_columns(name, table, after[now]))
        found.refusing.extend(_refusing(name, table, after[now]))
        found.notes.extend(_notes(name, table, after[now]))
    return found


def _lost_rows(name: str, before: Table, after: Table) -> Iterator[str]:
    # a TRUNCATE is counted by nobody; rows that were deleted and replaced do not show in the number
    gone = max(before.rows - after.rows, after.deleted - before.deleted)
    if gone >= before.rows > 0:
        yield f"{name}: all {_rows(before.rows)} {_were(before.rows)} deleted"
    elif gone > 0 and before.rows:
        yield f"{name}: {gone} of {_rows(before.rows)} {_were(gone)} deleted"


def _columns(name: str, before: Table, after: Table) -> Iterator[str]:
    for column, was in sorted(before.columns.items()):
        now = after.columns.get(column)
        if now is None:
            yield f"{name}: column {column} is gone, in {_rows(before.rows)}"
            continue
        if now.kind != was.kind:
            yield f"{name}: column {column} changes its type from {was.kind} to {now.kind}"


def _refusing(name: str, before: Table, after: Table) -> Iterator[str]:
    for column, now in sorted(after.columns.items()):
        was = before.columns.get(column)
        if was and now.not_null and not was.not_null:
            yield f"{name}: column {column} can no longer be null"
        elif not was and now.not_null and not now.has_default:
            yield f"{name}: new column {column} must have a value and has no default"


def _notes(name: str, before: Table, after: Table) -> Iterator[str]:
    if after.storage != before.storage and after.rows:
        yield f"{name}: all {_rows(after.rows)} {_be(after.rows)} written anew"
    changed = after.changed - before.changed
    if changed > 0:
        yield f"{name}: {_rows(changed)} {_be(changed)} changed"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"

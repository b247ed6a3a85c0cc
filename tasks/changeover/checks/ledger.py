"""What an app's host tells of its changeovers: which ended how, and from which schema to which."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from changeover.checks.carriers import Carrier
from changeover.host.changeover.ledger import COMMITTED, parsed
from changeover.plans.rollback_methods.method import KIND

Record = Mapping[str, Any]


@cache
def committed(carrier: Carrier) -> tuple[Record, ...]:
    """Return the changeovers that were committed, oldest first: what was undone left no trace."""
    text = carrier.output("cat %s", f"{carrier.paths.state}/ledger.jsonl")
    return tuple(one for one in parsed(text) if one.get("outcome") == COMMITTED)


def last_migration(records: Sequence[Record], heads: Sequence[str]) -> Record | None:
    """Return the newest release whose migrations led to the schema of today; None for no such."""
    for one in reversed(records):
        before, after = one.get("schema_before"), one.get("schema_after")
        if one.get("kind") == "release" and before != after and after == list(heads):
            return one
    return None


def is_code_alone(records: Sequence[Record]) -> bool:
    """Tell whether older code serves on a newer schema, as a person wanted it."""
    return bool(records) and records[-1].get("kind") == f"{KIND} code"


def named(record: Record) -> str:
    """Return how a person knows a release."""
    return f"release {record['to']['release']} of {record['ended']}"

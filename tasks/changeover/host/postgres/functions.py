"""
Functions that name others without their schema, in what a restore has to evaluate.

``pg_restore`` finds nothing that is not named in full: an index, a generated column or a constraint
whose function leaves a schema out cannot come back, whoever took the dump. So each such object is
evaluated for one row, once as a restore does it and once as the app does.
"""

# ruff: noqa: S608 - constants

import contextlib
import re
import time
from collections.abc import Sequence
from typing import TypedDict

from .session import Session, Trouble, name

_SECONDS, _TRIAL_SECONDS = 5.0, 1
# class 42 of SQLSTATE: no such function, table, type
_NOT_FOUND = "42"
_MOST_NAMED = 4
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
# The body of such a function is read at each call, in the search_path that there is then.
_LOOSE = """
SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid >= 16384 AND l.lanname NOT IN ('internal', 'c') AND p.prosqlbody IS NULL
AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c LIKE 'search_path=%')"""
_EVALUATED = f"""
WITH RECURSIVE loose AS ({_LOOSE}),
uses AS (
    SELECT d.classid, d.objid, d.objsubid, l.oid AS function
    FROM pg_catalog.pg_depend d JOIN loose l
        ON d.refclassid = 'pg_catalog.pg_proc'::regclass AND d.refobjid = l.oid
    UNION SELECT d.classid, d.objid, d.objsubid, o.oprcode
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_operator o
        ON d.refclassid = 'pg_catalog.pg_operator'::regclass AND d.refobjid = o.oid
    JOIN loose l ON l.oid = o.oprcode),
views AS (
    SELECT m.oid AS view, m.oid AS reads FROM pg_catalog.pg_class m WHERE m.relkind = 'm'
        AND m.relispopulated
    UNION SELECT v.view, d.refobjid
    FROM views v JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.reads
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass
        AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
    JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'v'),
evaluated AS (
    SELECT format('constraint %I of %s', c.conname, c.conrelid::regclass) AS what,
        -- when a partition is attached, its constraints are read
        NOT r.relispartition AS of_rows, pg_get_expr(c.conbin, c.conrelid) AS told,
        c.conrelid AS relation, u.function
    FROM pg_catalog.pg_constraint c JOIN uses u
        ON u.classid = 'pg_catalog.pg_constraint'::regclass AND u.objid = c.oid
    JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
    WHERE c.contype = 'c' AND c.convalidated
    UNION ALL SELECT format('column %I of %s', a.attname, e.adrelid::regclass), true,
        pg_get_expr(e.adbin, e.adrelid), e.adrelid, u.function
    FROM pg_catalog.pg_attrdef e JOIN pg_catalog.pg_attribute a
        ON a.attrelid = e.adrelid AND a.attnum = e.adnum AND a.attgenerated = 's'
    JOIN uses u ON u.classid = 'pg_catalog.pg_attrdef'::regclass AND u.objid = e.oid
        OR u.classid = 'pg_catalog.pg_class'::regclass AND u.objid = e.adrelid
        AND u.objsubid = e.adnum
    UNION ALL SELECT format('constraint %I of the type %s', c.conname, c.contypid::regtype), true,
        format('%I::%s::%s', a.attname, format_type(t.typbasetype, t.typtypmod), t.oid::regtype),
        a.attrelid, u.function
    FROM pg_catalog.pg_constraint c JOIN uses u
        ON u.classid = 'pg_catalog.pg_constraint'::regclass AND u.objid = c.oid
    JOIN pg_catalog.pg_type t ON t.oid = c.contypid
    JOIN pg_catalog.pg_attribute a ON a.atttypid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT format('index %s', i.indexrelid::regclass), false, concat_ws(', ',
        pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)),
        i.indrelid, u.function
    FROM pg_catalog.pg_index i JOIN uses u
        ON u.classid = 'pg_catalog.pg_class'::regclass AND u.objid = i.indexrelid
    UNION ALL SELECT format('partitions of %s', p.partrelid::regclass), false,
        pg_get_expr(p.partexprs, p.partrelid), p.partrelid, u.function
    FROM pg_catalog.pg_partitioned_table p JOIN uses u
        ON u.classid = 'pg_catalog.pg_class'::regclass AND u.objid = p.partrelid
        AND u.objsubid = 0 AND p.partexprs IS NOT NULL
    UNION ALL SELECT format('materialized view %s', v.view::regclass), false, 'q',
        v.view, u.function
    FROM views v JOIN pg_catalog.pg_rewrite r ON r.ev_class = v.reads
    JOIN uses u ON u.classid = 'pg_catalog.pg_rewrite'::regclass AND u.objid = r.oid)
SELECT e.what, e.of_rows, format('SELECT octet_length(ROW(%s)::text) FROM %s LIMIT 1', e.told,
        CASE c.relkind WHEN 'm' THEN format('(%s) AS q', rtrim(pg_get_viewdef(c.oid), ';'))
        WHEN 'p' THEN c.oid::regclass::text ELSE 'ONLY ' || c.oid::regclass END) AS statement,
    jsonb_object_agg(e.function::regprocedure::text, coalesce((SELECT x.extname
        FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = e.function
        AND d.deptype = 'e'), '')) AS functions
FROM evaluated e JOIN pg_catalog.pg_class c ON c.oid = e.relation
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
GROUP BY e.what, e.of_rows, e.told, c.oid, c.relkind ORDER BY e.what"""


class Evaluated(TypedDict):
    """What a restore has to evaluate."""

    what: str
    of_rows: bool
    """Whether that is only done where there is a row."""
    statement: str
    functions: dict[str, str]
    """The extension that each is of, "" for one of the app's."""


def problems(session: Session, path: Sequence[str]) -> list[str]:
    """Return a line for each function because of which something could not be restored."""
    if session.value(f"SELECT EXISTS ({_LOOSE})") != "t":  # almost always
        return []
    found: list[Evaluated] = session.rows(_EVALUATED)  # type: ignore[assignment]
    needed: dict[tuple[str, str], list[str]] = {}
    ends = time.monotonic() + _SECONDS
    for one in found:
        # what is not looked at for want of time shows when a backup is verified
        if time.monotonic() < ends and _cannot_come_back(session, one, path):
            for function in one["functions"].items():
                needed.setdefault(function, []).append(one["what"])
    schemas = ", ".join(_quoted(schema) for schema in (*path, "pg_temp"))
    return [
        f"the function {function} does not say where it finds what it names, so a restore cannot"
        f" bring back {_named(whats)}: {_what_to_do(function, extension, schemas)}"
        for (function, extension), whats in sorted(needed.items())
    ]


def _what_to_do(function: str, extension: str, schemas: str) -> str:
    if extension:  # which a restore makes anew, as it comes
        return (
            f"it is of the extension {extension}, so have a function of your own with SET"
            f" search_path = {schemas} call it, and use that there"
        )
    return f"ALTER FUNCTION {function} SET search_path = {schemas}"


def _cannot_come_back(session: Session, one: Evaluated, path: Sequence[str]) -> bool:
    """Tell whether nothing but the search_path keeps an object from being evaluated."""
    try:
        _evaluate(session, one["statement"], ())
    except Trouble as error:
        if not error.code.startswith(_NOT_FOUND):
            return False
    else:
        return False
    with contextlib.suppress(Trouble):
        rows = _evaluate(session, one["statement"], path)
        return bool(rows) or not one["of_rows"]
    return False  # it is not the search_path


def _evaluate(session: Session, statement: str, path: Sequence[str]) -> list[str]:
    with session.found_as_by(path):
        session.run("BEGIN READ ONLY")
        try:
            session.run(f"SET LOCAL statement_timeout = '{_TRIAL_SECONDS}s'")
            return session.run(statement)
        finally:
            session.run("ROLLBACK")


def _named(whats: list[str]) -> str:
    more = len(whats) - _MOST_NAMED
    return ", ".join(whats[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _quoted(schema: str) -> str:
    return schema if _PLAIN.fullmatch(schema) else name(schema)

"""What a database is made of: each object with a digest of its definition.

The catalogs are read, and not pg_dump's text: what pg_dump forgets would be
missing in both texts. PostgreSQL prints an expression that it has printed and
read before with other casts of text and other brackets, so those do not count.
"""

# ruff: noqa: S608 - every query is made of constants

import hashlib
import re

from .session import Session

_FIRST = "oid >= 16384"
_NAMED = "format('%I.%I', s.nspname, {0})"


def _own(catalog: str, oid: str) -> str:
    """Return a condition: no member of an extension, which the extension brings."""
    return (
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'"
        f" AND d.classid = 'pg_catalog.{catalog}'::regclass AND d.objid = {oid})"
    )


def _grants(acl: str, kind: str, owner: str) -> str:
    """Return an expression: who may do what; the defaults are written out."""
    return (
        "(SELECT jsonb_agg(format('%s %s %s', CASE grantee WHEN 0 THEN '' ELSE"
        " quote_ident(pg_get_userbyid(grantee)) END, privilege_type, is_grantable)"
        " ORDER BY grantee, privilege_type, is_grantable)"
        f" FROM aclexplode(coalesce({acl}, acldefault('{kind}', {owner}))))"
    )


# The server itself notes the age of a column there, from minor releases of 2026 on.
_SET = "(SELECT jsonb_agg(o ORDER BY o) FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver=')"
_CLASS = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace"
_OWN_CLASS = f"c.{_FIRST} AND c.relpersistence <> 't' AND {_own('pg_class', 'c.oid')}"
# The kind and name of each object, what must be equal as it is, and expressions.
_QUERIES = [
    f"""SELECT 'schema', quote_ident(nspname), jsonb_build_array(
        pg_get_userbyid(nspowner), {_grants("nspacl", "n", "nspowner")}), ''
    FROM pg_catalog.pg_namespace s
    WHERE (nspname = 'public' OR {_FIRST} AND nspname !~ '^pg_')
    AND {_own("pg_namespace", "oid")}""",
    f"""SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
            WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
            WHEN 'f' THEN 'foreign table' ELSE 'composite type' END,
        {_NAMED.format("c.relname")}, jsonb_build_array(pg_get_userbyid(c.relowner),
        CASE c.relkind WHEN 'S' THEN {_grants("c.relacl", "s", "c.relowner")}
            ELSE {_grants("c.relacl", "r", "c.relowner")} END,
        c.relpersistence, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
        c.relispopulated, pg_get_partkeydef(c.oid),
        (SELECT spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = c.reltablespace),
        (SELECT jsonb_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid),
        (SELECT to_jsonb(q) - 'seqrelid' - 'seqtypid' || jsonb_build_object('type',
            q.seqtypid::regtype::text) FROM pg_catalog.pg_sequence q WHERE q.seqrelid = c.oid),
        (SELECT jsonb_agg(jsonb_build_array(d.refobjid::regclass::text, a.attname, d.deptype))
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attribute a
            ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE c.relkind = 'S' AND d.objid = c.oid AND d.deptype IN ('a', 'i')
            AND d.classid = 'pg_catalog.pg_class'::regclass)),
        concat(pg_get_expr(c.relpartbound, c.oid),
            CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
    FROM {_CLASS}
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND {_OWN_CLASS}""",
    f"""SELECT 'column', format('%s.%I', {_NAMED.format("c.relname")}, a.attname),
        jsonb_build_array(format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
        a.attgenerated, a.attstorage, to_jsonb(a) -> 'attcompression', {_SET},
        a.attfdwoptions, nullif(a.attstattarget, -1), a.attislocal, a.attinhcount,
        CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation::text END,
        CASE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) THEN
            (SELECT count(*) FROM pg_catalog.pg_attribute b WHERE b.attrelid = c.oid
            AND NOT b.attisdropped AND b.attnum BETWEEN 1 AND a.attnum) END,
        CASE WHEN a.attacl IS NOT NULL THEN {_grants("a.attacl", "c", "c.relowner")} END),
        (SELECT pg_get_expr(e.adbin, e.adrelid) FROM pg_catalog.pg_attrdef e
            WHERE e.adrelid = c.oid AND e.adnum = a.attnum)
    FROM {_CLASS} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND a.attnum > 0 AND NOT a.attisdropped
    AND {_OWN_CLASS}""",
    f"""SELECT 'constraint', format('%s %I', CASE WHEN o.contypid <> 0 THEN
            o.contypid::regtype::text ELSE o.conrelid::regclass::text END, o.conname),
        jsonb_build_array(o.contype, o.convalidated, o.condeferrable, o.condeferred),
        pg_get_constraintdef(o.oid)
    FROM pg_catalog.pg_constraint o LEFT JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
    WHERE o.{_FIRST} AND o.contype <> 't' AND coalesce(c.relpersistence <> 't', true)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
        AND d.objid IN (o.conrelid, o.contypid))""",
    f"""SELECT 'index', {_NAMED.format("c.relname")}, jsonb_build_array(i.indisclustered,
        i.indisreplident, i.indisprimary), pg_get_indexdef(c.oid)
    FROM {_CLASS} JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
    WHERE c.{_FIRST} AND c.relpersistence <> 't' AND s.nspname <> 'pg_toast'
    AND (i.indisvalid OR r.relkind = 'p') AND {_own("pg_class", "r.oid")}""",
    f"""SELECT 'trigger', format('%I on %s', t.tgname, t.tgrelid::regclass),
        jsonb_build_array(t.tgenabled), pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND {_own("pg_trigger", "t.oid")}""",
    f"""SELECT 'rule', format('%I on %s', r.rulename, r.ev_class::regclass),
        jsonb_build_array(r.ev_enabled), pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r
    WHERE r.{_FIRST} AND r.rulename <> '_RETURN' AND {_own("pg_class", "r.ev_class")}""",
    """SELECT 'policy', format('%I on %I.%I', policyname, schemaname, tablename),
        jsonb_build_array(permissive, roles, cmd), concat(qual, ' / ', with_check)
    FROM pg_catalog.pg_policies""",
    f"""SELECT 'function', p.oid::regprocedure::text, jsonb_build_array(
        pg_get_userbyid(p.proowner), {_grants("p.proacl", "f", "p.proowner")}, CASE p.prokind
        WHEN 'a' THEN (SELECT to_jsonb(g) - 'aggtranstype' - 'aggmtranstype' - 'aggsortop'
            FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid)::text
        ELSE pg_get_functiondef(p.oid) END), ''
    FROM pg_catalog.pg_proc p WHERE p.{_FIRST} AND {_own("pg_proc", "p.oid")}""",
    f"""SELECT 'type', t.oid::regtype::text, jsonb_build_array(t.typtype, t.typnotnull,
        pg_get_userbyid(t.typowner), {_grants("t.typacl", "T", "t.typowner")},
        CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod) END,
        CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation::text END,
        (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e
            WHERE e.enumtypid = t.oid),
        (SELECT r.rngsubtype::regtype::text FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)),
        t.typdefault
    FROM pg_catalog.pg_type t WHERE t.{_FIRST} AND t.typtype IN ('b', 'd', 'e', 'r')
    AND t.typelem = 0 AND {_own("pg_type", "t.oid")}""",
    """SELECT 'extension', quote_ident(e.extname), jsonb_build_array(e.extversion,
        e.extnamespace::regnamespace::text), '' FROM pg_catalog.pg_extension e""",
    """SELECT 'default privileges', concat(pg_get_userbyid(defaclrole), ' ', defaclobjtype, ' ',
        CASE WHEN defaclnamespace <> 0 THEN defaclnamespace::regnamespace::text END),
        (SELECT jsonb_agg(one::text ORDER BY one::text) FROM unnest(defaclacl) AS one), ''
    FROM pg_catalog.pg_default_acl""",
    """SELECT 'comment', i.type || ' ' || i.identity, jsonb_build_array(c.description), ''
    FROM pg_catalog.pg_description c,
        pg_identify_object(c.classoid, c.objoid, c.objsubid) AS i
    WHERE c.objoid >= 16384 AND i.identity IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.deptype = 'e' AND d.classid = c.classoid AND d.objid = c.objoid)
    AND c.classoid <> 'pg_catalog.pg_extension'::regclass
    AND coalesce(i.schema, '') !~ '^pg_(toast_)?temp'""",
]
# Of these it is enough that they are there, whole and with their owner.
OTHERS = {
    "pg_event_trigger": "evtowner",
    "pg_publication": "pubowner",
    "pg_publication_rel": "",
    "pg_collation": "collowner",
    "pg_operator": "oprowner",
    "pg_opclass": "opcowner",
    "pg_opfamily": "opfowner",
    "pg_cast": "",
    "pg_conversion": "conowner",
    "pg_ts_config": "cfgowner",
    "pg_ts_dict": "dictowner",
    "pg_foreign_data_wrapper": "fdwowner",
    "pg_foreign_server": "srvowner",
    "pg_language": "lanowner",
    "pg_statistic_ext": "stxowner",
    "pg_transform": "",
}
_TEXT_CASTS = re.compile(r"::(?:character varying|text|bpchar)(?:\(\d+\))?(?:\[\])?|[()\s]")


def read_schema(session: Session) -> dict[str, str]:
    """Return a digest of each object's definition by its kind and name."""
    queries = [*_QUERIES, *(_other(catalog, owner) for catalog, owner in OTHERS.items())]
    found: dict[str, list[str]] = {}
    for query in queries:
        for row in session.rows(f"SELECT * FROM ({query}) AS one (kind, name, exact, expression)"):
            expression = _TEXT_CASTS.sub("", row["expression"] or "")
            told = f"{row['exact']} {expression}"
            found.setdefault(f"{row['kind']} {row['name']}", []).append(told)
    return {
        name: hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()[:16]
        for name, told in found.items()
    }


def _other(catalog: str, owner: str) -> str:
    whose = f"pg_get_userbyid(o.{owner})" if owner else "NULL"
    return f"""SELECT i.type, i.identity, jsonb_build_array({whose}), ''
        FROM pg_catalog.{catalog} o,
            pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) i
        WHERE o.{_FIRST} AND {_own(catalog, "o.oid")}"""

"""What of a database its role cannot carry, since it belongs to somebody else."""

# ruff: noqa: S608 - every query is made of constants

from .access import Access
from .schema import OTHERS
from .session import Session

_NAMED = 9
_TRUST = ", or set Database(as_superuser=True), if the app may have the whole server"
_SEES = "Database(as_superuser=True) backs them up, if the app may have the whole server"
_OTHER = (
    "name another role in Database(direct_url=...), one that has BYPASSRLS and CREATEDB and is a"
    " member of the owner"
)
_OWNED = {
    "pg_class": ("relowner", "relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relpersistence <> 't'"),
    "pg_proc": ("proowner", "true"),
    "pg_namespace": ("nspowner", "nspname !~ '^pg_'"),
    "pg_type": ("typowner", "typtype IN ('b', 'd', 'e', 'r') AND typelem = 0"),
    **{catalog: (owner, "true") for catalog, owner in OTHERS.items() if owner},
}
_GRANTED = {
    "pg_class": ("relowner", "relacl"),
    "pg_proc": ("proowner", "proacl"),
    "pg_namespace": ("nspowner", "nspacl"),
    "pg_type": ("typowner", "typacl"),
    "pg_language": ("lanowner", "lanacl"),
    "pg_foreign_data_wrapper": ("fdwowner", "fdwacl"),
    "pg_foreign_server": ("srvowner", "srvacl"),
}
# Every list of grants, with the list that its extension, or a new server, brings.
_LISTS = " UNION ALL ".join(
    f"SELECT '{catalog}'::regclass AS catalog, oid, 0 AS part, {owner} AS owner, {grants} AS acl"
    f" FROM pg_catalog.{catalog}"
    for catalog, (owner, grants) in _GRANTED.items()
)
_LISTS += """ UNION ALL SELECT 'pg_class'::regclass, c.oid, a.attnum, c.relowner, a.attacl
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"""
_SORTED = "(SELECT array_agg(one::text ORDER BY one::text) FROM unnest({0}) AS one)"
# The extension brings its members; only what it marked as the app's data is read.
_OBJECTS = " UNION ALL ".join(
    f"SELECT '{catalog}'::regclass AS catalog, oid, {owner} AS owner"
    f" FROM pg_catalog.{catalog} WHERE oid >= 16384 AND {condition}"
    for catalog, (owner, condition) in _OWNED.items()
)
_QUERY = f"""
SELECT i.type || ' ' || i.identity AS what, pg_get_userbyid(o.owner) AS owner
FROM ({_OBJECTS}) AS o, pg_identify_object(o.catalog, o.oid, 0) AS i
WHERE NOT pg_has_role(o.owner, 'MEMBER') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e')
UNION ALL SELECT format('large object %s', oid), pg_get_userbyid(lomowner)
FROM pg_catalog.pg_largeobject_metadata WHERE NOT pg_has_role(lomowner, 'MEMBER')
UNION ALL SELECT 'default privileges', pg_get_userbyid(defaclrole)
FROM pg_catalog.pg_default_acl WHERE NOT pg_has_role(defaclrole, 'MEMBER')
UNION ALL SELECT DISTINCT 'grants on ' || i.type || ' ' || i.identity, pg_get_userbyid(g.grantor)
FROM ({_LISTS}) AS o, aclexplode(o.acl) AS g,
    pg_identify_object(o.catalog, o.oid, o.part) AS i WHERE g.grantor <> o.owner
UNION ALL SELECT 'grants on ' || i.type || ' ' || i.identity, pg_get_userbyid(o.owner)
FROM ({_LISTS}) AS o LEFT JOIN pg_catalog.pg_init_privs p
    ON p.classoid = o.catalog AND p.objoid = o.oid AND p.objsubid = o.part,
    pg_identify_object(o.catalog, o.oid, o.part) AS i
WHERE {_SORTED.format("o.acl")} IS DISTINCT FROM {_SORTED.format("p.initprivs")}
    AND NOT pg_has_role(o.owner, 'MEMBER') AND o.owner <> 'pg_database_owner'::regrole
    AND (o.oid < 16384 AND i.identity !~ '^information_schema($|[.])'
    OR EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = o.catalog AND d.objid = o.oid AND d.deptype = 'e'))
ORDER BY what, owner"""
_HIDDEN = """
SELECT oid::regclass::text AS what FROM pg_catalog.pg_class
WHERE relrowsecurity AND relforcerowsecurity AND NOT (SELECT rolbypassrls OR rolsuper
    FROM pg_catalog.pg_roles WHERE rolname = current_user)
ORDER BY what"""


def problems(access: Access, session: Session) -> list[str]:
    """
    Return why the app's role could not restore its database, with every object by its name.

    Nothing where it could, or where a superuser does it.
    """
    if access.inside:
        return []
    found = []
    others = [f"{row['what']} (of {row['owner']})" for row in session.rows(_QUERY)]
    if others:
        found.append(
            f"its role {access.role} does not own all that is in it, so it could not restore it:"
            f" {_named(others)}: give it to the role (ALTER ... OWNER TO ...), drop"
            f" or revoke what is not needed{_TRUST if access.superuser else ''}"
        )
    hidden = [row["what"] for row in session.rows(_HIDDEN)]
    if hidden:
        found.append(
            f"FORCE ROW LEVEL SECURITY hides rows of {_named(hidden)} from its role {access.role}:"
            f" {_SEES if access.superuser else _OTHER}; ALTER ROLE {access.role} BYPASSRLS does"
            " too, but then no policy holds for the app itself"
        )
    return found


def _named(found: list[str]) -> str:
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return f"{', '.join(found[:_NAMED])}{more}"

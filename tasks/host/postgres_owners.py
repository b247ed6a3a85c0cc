"""What of a database its role cannot carry, since it belongs to somebody else."""

# ruff: noqa: S608 - every query is made of constants

from .changeover_files import Failure
from .postgres_access import Access
from .postgres_schema import OTHERS
from .postgres_session import Session

_NAMED = 9
_TRUST = ", or set Database(as_superuser=True), if the app may have the whole server"
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
UNION ALL SELECT format('rows of %s, hidden by FORCE ROW LEVEL SECURITY', oid::regclass),
    pg_get_userbyid(relowner) FROM pg_catalog.pg_class
WHERE relforcerowsecurity AND NOT (SELECT rolbypassrls FROM pg_catalog.pg_roles
    WHERE rolname = current_user)
ORDER BY what, owner"""


def foreign(access: Access, session: Session) -> str | None:
    """
    Return why the app's role could not restore its database, with every object by its name.

    None where it could, or where a superuser does it.
    """
    if access.inside:
        return None
    found = [f"{row['what']} (of {row['owner']})" for row in session.rows(_QUERY)]
    if not found:
        return None
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"its role {access.role} does not own all that is in it, so it could not restore it:"
        f" {', '.join(found[:_NAMED])}{more}: give it to the role (ALTER ... OWNER TO ...), drop"
        f" or revoke what is not needed{_TRUST if access.superuser else ''}"
    )


def require_own(access: Access, session: Session) -> None:
    """Refuse a database with objects that the app's role could not restore."""
    said = foreign(access, session)
    if said:
        raise Failure(said)

"""What the app's role is on its server: a migration may change it, and no dump carries it."""

from typing import TypedDict

from .session import Session, literal, name
from .swap import setting

_QUERY = """
SELECT rolpassword AS password, rolconnlimit AS connection_limit, rolcanlogin AS login,
    rolvaliduntil::text AS valid_until, (SELECT setconfig FROM pg_catalog.pg_db_role_setting
        WHERE setdatabase = 0 AND setrole = a.oid) AS settings
FROM pg_catalog.pg_authid a WHERE rolname = """


class Role(TypedDict):
    """A role's ways in, and what it has set for itself; the password is the server's verifier."""

    password: str | None
    connection_limit: int
    login: bool
    valid_until: str | None
    settings: list[str] | None


def describe(admin: Session, role: str) -> Role | None:
    """Return what a role is, None where there is none. Needs a superuser."""
    found: list[Role] = admin.rows(_QUERY + literal(role))  # type: ignore[assignment]
    return found[0] if found else None


def put_back(admin: Session, role: str, was: Role | None) -> bool:
    """Make a role what it was; tell whether it was something else."""
    if was is None or describe(admin, role) in (was, None):
        return False
    quoted = name(role)
    password = "NULL" if was["password"] is None else literal(was["password"])
    until = literal(was["valid_until"] or "infinity")
    login = "LOGIN" if was["login"] else "NOLOGIN"
    limit = f"CONNECTION LIMIT {was['connection_limit']}"
    sets = [one.partition("=") for one in was["settings"] or []]
    for statement in (
        "BEGIN",
        f"ALTER ROLE {quoted} {login} {limit} PASSWORD {password} VALID UNTIL {until}",
        f"ALTER ROLE {quoted} RESET ALL",
        *(f"ALTER ROLE {quoted} SET {setting(key, value)}" for key, _, value in sets),
        "COMMIT",
    ):
        admin.run(statement)
    return True

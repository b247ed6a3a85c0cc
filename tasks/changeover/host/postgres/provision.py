"""An app's role and database on the server of its own host.

Only what is missing is made, and only what was made here is changed: a role
that somebody else made keeps its password.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..files import Failure
from . import server
from .access import Access
from .session import Session, Trouble, above, literal, name, session

ITERATIONS = 4096
_COMMENT = "Changeover app "


def provision(access: Access, app: str) -> dict[str, Any]:
    """Make role and database as the URL names them; return what was made or mended."""
    if access.superuser is None:
        raise Failure("the server is not on this host: make the role and the database there")
    done = []
    with server.administration(access) as admin:
        for what, statements in _wanting(access, admin, app):
            for statement in statements:
                admin.run(statement)
            done.append(what)
    return {"done": done}


def wanting(access: Access, app: str) -> dict[str, Any]:
    """Return what ``provision`` would make or mend, or why it would not; change nothing."""
    found: list[str] = []
    with above(access, server.maintenance(access)) as admin:
        try:
            found.extend(what for what, _ in _wanting(access, admin, app))
        except Trouble:
            raise  # the server does not say
        except Failure as refusal:
            return {"wanting": found, "refused": str(refusal)}
    return {"wanting": found, "refused": ""}


def _wanting(access: Access, admin: Session, app: str) -> Iterator[tuple[str, list[str]]]:
    """Give what is wanting with what makes it; each before the next is looked for."""
    yield from _role(access, admin, app)
    yield from _database(access, admin, app)


def _role(access: Access, admin: Session, app: str) -> Iterator[tuple[str, list[str]]]:
    user, comment = _user(access, app), f"{_COMMENT}{app}"
    query = f"FROM pg_catalog.pg_roles WHERE rolname = {literal(user)}"
    found = admin.rows(f"SELECT shobj_description(oid, 'pg_authid') AS comment {query}")
    password = f"PASSWORD {literal(verifier(access.address.password))}"
    if not found:
        made = f"CREATE ROLE {name(user)} LOGIN {password if access.address.password else ''}"
        said = f"COMMENT ON ROLE {name(user)} IS {literal(comment)}"
        yield "role", ["BEGIN", made, said, "COMMIT"]
        return
    problem = _login_problem(access)
    if not problem:
        return
    if found[0]["comment"] != comment:
        raise Failure(f"the role {user} is not ours and the URL does not let it in: {problem}")
    yield "password", [f"ALTER ROLE {name(user)} LOGIN {password}"]


def _user(access: Access, app: str) -> str:
    """Return the role; where the URL names none, the app's user comes in by the socket."""
    return access.address.user or app


def _login_problem(access: Access) -> str:
    """Return why the role cannot log in as the app does; by the socket only the app itself can."""
    if not access.address.password:
        return ""
    try:
        with session(replace(access, trusted=False), server.maintenance(access)) as own:
            own.value("SELECT 1")
    except Trouble as error:
        return str(error)
    return ""


def _database(access: Access, admin: Session, app: str) -> Iterator[tuple[str, list[str]]]:
    database, user = access.database, _user(access, app)
    if not server.exists(admin, database):
        made = f"CREATE DATABASE {name(database)} TEMPLATE template0 OWNER {name(user)}"
        yield "database", [f"{made} ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"]
        if not server.exists(admin, database):
            return  # whoever only looks has seen it all
    found = server.describe(admin, database)
    if found["owner"] != user:
        raise Failure(
            f"the database {database} belongs to {found['owner']}, not to {user}: name another one"
            " in the URL, or give it to the role"
        )
    if found["grants"] is None:
        # by default everybody may connect, the other apps' roles among them
        yield "rights", [f"REVOKE ALL ON DATABASE {name(database)} FROM PUBLIC"]


def verifier(password: str) -> str:
    """Return what the server stores, so that it never sees the password (RFC 5802, RFC 7677)."""
    prepared = unicodedata.normalize("NFKC", password).encode()
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared, salt, ITERATIONS)

    def key(words: str) -> bytes:
        return hmac.digest(salted, words.encode(), "sha256")

    stored = hashlib.sha256(key("Client Key")).digest()
    salt64, stored64, server64 = (
        base64.b64encode(part).decode() for part in (salt, stored, key("Server Key"))
    )
    return f"SCRAM-SHA-256${ITERATIONS}:{salt64}${stored64}:{server64}"

"""Why a database could not be backed up so that it can be restored: all of it, before a try."""

from collections.abc import Iterator, Sequence

from ..files import Failure
from . import extensions, functions, owners
from .access import Access
from .session import Session

_PROGRAMS = ("pg_dump", "pg_restore")


def obstacles(access: Access, session: Session, path: Sequence[str]) -> list[str]:
    """
    Return a line for each: what is wrong, and what to do.

    ``path`` are the schemas in which the app finds things.
    """
    return [
        *_programs(access, session),
        *owners.problems(access, session),
        *extensions.problems(access, session),
        *functions.problems(session, path),
    ]


def require_none(access: Access, session: Session, path: Sequence[str]) -> None:
    """Refuse a database that could not be restored."""
    found = obstacles(access, session, path)
    if found:
        raise Failure("; ".join(found))


def _programs(access: Access, session: Session) -> Iterator[str]:
    major = int(session.value("SHOW server_version_num")) // 10000
    for program in _PROGRAMS:
        try:
            access.place.client(program, major)
        except Failure as error:
            yield str(error)
            return

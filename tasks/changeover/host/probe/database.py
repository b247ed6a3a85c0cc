"""The app's database: where it is, what it says of itself, and what was set aside beside it."""

import datetime
import os
from contextlib import suppress
from subprocess import STDOUT
from typing import Any

from .. import json_text
from ..revisions.table import VARIABLE
from ..run import Run
from . import database_url, sqlite
from .aside import as_app
from .asked import NOT_INSTALLED, Asked

Found = dict[str, Any]
_WORDS_OF_BEFORE = 2
_USAGE = 2
_SHOWN_LETTERS = 400
_NAME_SECONDS, _SERVER_SECONDS = 3, 20


def read(asked: Asked, url: str, source: str) -> Found:
    """Tell what a URL leads to; ``source`` is the file of the environment that has it."""
    told = database_url.told(url)
    found: Found = {"database_url": told, "database_addresses": [], "database": None, "aside": []}
    if told and database_url.is_server(told):
        return found | _on_a_server(asked, told, source)
    file = database_url.sqlite_file(told or "", asked.shared)
    return found | (_in_a_file(asked, file) if file else {})


def _in_a_file(asked: Asked, file: str) -> Found:
    try:
        found, kept = as_app(
            asked.app, lambda: [sqlite.look(file, asked.migration_tables), sqlite.aside(file)]
        )
    except (ValueError, OSError):
        why = f"it could not be read as the user {asked.app} within 10 s"
        return {"database": {"path": file, "fingerprint": None, "error": why}}
    aside = [(float(since), int(size), str(path)) for since, size, path in kept]
    return {"database": found, "aside": [one for one in aside if "\n" not in one[2]]}


def _on_a_server(asked: Asked, url: str, source: str) -> Found:
    found: Found = {"database_addresses": _addresses(url)}
    if not os.access(asked.program("postgres_backup"), os.X_OK):
        if source != asked.env_file:
            return found  # before the first release nothing of ours is there
        name = database_url.database_name(url)
        nothing = {"path": name, "fingerprint": None, "error": NOT_INSTALLED}
        return found | {"database": nothing}
    told = _revisions(asked, url, source)
    if told["exists"] is not False:
        found["database"] = {
            "path": told["database"],
            "revision": told["revisions"],
            "noted": told.get("noted"),
            "fingerprint": told["fingerprint"],
            "error": told["error"],
            "foreign": told.get("foreign"),
            "kilobytes": (told["size"] or 0) // 1024,
        }
        found["aside"] = [_kept(one) for one in told["kept"]]
    return found


def _addresses(url: str) -> list[str]:
    """Return what the server's name means here; it may mean something else to others."""
    name = database_url.server_name(url)
    if not name or name.startswith("-"):
        return []
    said = Run(["getent", "ahosts", name], seconds=_NAME_SECONDS).said().decode("ascii", "replace")
    return list(dict.fromkeys(line.split()[0] for line in said.splitlines() if line.split()))


def _revisions(asked: Asked, url: str, source: str) -> Found:
    """Return what the host's own program tells of the server."""
    said = _ask(asked, "revisions", source, *asked.server_reach)
    try:
        return dict(json_text.read(said.splitlines()[-1]))
    except (IndexError, TypeError, ValueError):
        # that nobody says what is there, does not say that nothing is
        name = database_url.database_name(url)
        nothing: Found = {"exists": None, "database": name, "size": None, "fingerprint": None}
        nothing |= {"revisions": [], "kept": []}
        return nothing | {"error": " ".join(said.split())[:_SHOWN_LETTERS]}


def _ask(asked: Asked, command: str, source: str, *reach: str) -> str:
    words = (command, "--environment", source, "--key", asked.database_key, *reach)
    program = ("env", f"{VARIABLE}={asked.migration_tables}", asked.program("postgres_backup"))
    run = Run([*program, *words], errors=STDOUT, seconds=_SERVER_SECONDS)
    said = run.said().decode("utf-8", "replace")
    # before an upgrade the program is an older one, which knows the first two words alone
    if run.status == _USAGE and len(reach) > _WORDS_OF_BEFORE:
        return _ask(asked, command, source, *reach[:_WORDS_OF_BEFORE])
    if said.strip():
        return said
    late = f"it does not answer within {_SERVER_SECONDS} s"
    return late if run.cut_short else f"its program ended with {run.status} and said nothing"


def wanting(asked: Asked, source: str) -> Found:
    """Tell what provisioning has yet to make on the host's own server, as its program knows."""
    words = ("wanting", "--environment", source, "--key", asked.database_key, *asked.server_reach)
    command = [asked.program("postgres_backup"), *words, "--app", asked.app]
    said = Run(command, seconds=_SERVER_SECONDS).said().decode("utf-8", "replace")
    with suppress(IndexError):
        return dict(json_text.read(said.splitlines()[0]))
    return {}


def _kept(told: Found) -> tuple[float, int, str]:
    when = datetime.datetime.fromisoformat(told["when"].replace("Z", "+00:00"))
    return when.timestamp(), told["size"] // 1024, told["name"]

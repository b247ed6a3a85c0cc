"""What was checked of a backup and by whose SQLite, and what was not: the manifest says no more."""

import sqlite3
import subprocess
from pathlib import Path
from typing import TypedDict

from .. import json_text
from ..shown_text import shown
from . import content as sqlite_content
from . import lacks as sqlite_lacks
from .content import Content
from .pages import Damaged

_INTEGRITY = "integrity_check"
_ROWS = "rows and digest of every table"
COMPARED = (
    "artefact size and sha256",
    _INTEGRITY,
    _ROWS,
    "schema digest",
    "foreign key violations",
    "page size, encoding, user_version, application_id",
)
_MOST = 1 << 20
_WORDS = 400


class Own(TypedDict):
    """What the app's own SQLite says of a copy."""

    sqlite: str
    said: str
    """Why it could not check all of it either, "" where it did and found it whole."""


class Unchecked(TypedDict):
    """What the host's SQLite could not check."""

    sqlite: str
    said: list[str]
    own: Own | None
    """None where the app has no SQLite of its own that can be asked."""


def require_whole(connection: sqlite3.Connection, path: Path, content: Content) -> list[str]:
    """
    Have a file of ours checked; return in words what SQLite could not check of it.

    Its pages are looked at then, unless they are compared with such as were. Raises Damaged.
    """
    lacks = sqlite_lacks.require_integrity(connection)
    if not lacks.whole and "pages" not in content:
        sqlite_content.count_by_pages(connection, path)
    return lacks.said


def ask(script: str, folder: Path, said: list[str]) -> Unchecked:
    """
    Return what could not be checked, and what the app's own SQLite says of it.

    The bash script gets the folder of the copy and ``own.py``, which it runs. Raises Damaged for
    what that finds; of an app that lies, the pages were looked at all the same.
    """
    found: Unchecked = {"sqlite": sqlite3.sqlite_version, "said": said, "own": None}
    if not script:
        return found
    words = ["bash", "-c", script, "own", str(folder), str(Path(__file__).with_name("own.py"))]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    try:
        answer = json_text.read(done.stdout.splitlines()[-1], _MOST)
        version, lines, error = str(answer["sqlite"]), answer["found"], answer["error"]
        broken = [shown(str(line)) for line in lines if not sqlite_lacks.is_rule(str(line))]
    except (IndexError, KeyError, TypeError, ValueError):
        said_of_it = shown(done.stderr.decode(errors="replace").strip()[-_WORDS:])
        found["own"] = {"sqlite": "", "said": said_of_it or f"status {done.returncode}"}
        return found
    if broken:
        lines_said = " / ".join(broken[:3])[:_WORDS]
        raise Damaged(f"by integrity_check of the app's own SQLite {shown(version)}: {lines_said}")
    found["own"] = {"sqlite": shown(version)[:40], "said": shown(str(error or ""))[:_WORDS]}
    return found


def compared(content: Content, unchecked: Unchecked | None) -> list[str]:
    """Return what was compared, and with which limits."""
    if not unchecked:
        return list(COMPARED)
    by_own, pages = _whole_by(unchecked["own"]), content.get("pages")
    without = "; ".join(unchecked["said"])
    checks = [f"{_INTEGRITY} by the app's own SQLite {by_own}"] if by_own else []
    checks.append(f"{_INTEGRITY} by SQLite {unchecked['sqlite']}, without: {without}")
    checks += ["every page, and how all of them are filled and linked"] if pages else []
    unread = ", ".join(pages["rows"]) if pages else ""
    rows = f"{_ROWS} but {unread}, of which the pages" if unread else _ROWS
    found: list[str] = []
    for one in COMPARED:
        found += {_INTEGRITY: checks, _ROWS: [rows]}.get(one, [one])
    return found


def told(content: Content, unchecked: Unchecked) -> str:
    """Return what an operator is told of a check that was not all of SQLite's own."""
    own, by_own = unchecked["own"], _whole_by(unchecked["own"])
    said = f"SQLite {unchecked['sqlite']} of this host cannot check all of it"
    said += f" ({'; '.join(unchecked['said'])})"
    if by_own:
        return f"{said}: the app's own SQLite {by_own} did, and found it whole"
    if own:
        said += f", nor can the app's own {own['sqlite']}" if own["sqlite"] else ", and the app's"
        said += f" ({own['said']})" if own["sqlite"] else f" own could not be asked ({own['said']})"
    if "pages" not in content:
        return f"{said}: all else of it was checked"
    return (
        f"{said}: each page was compared, and seen to be filled and linked as it should be; that"
        " indexes agree with their tables was not checked where what is missing is needed for it"
    )


def _whole_by(own: Own | None) -> str:
    """Return the version of the app's own SQLite if that found all of it whole, else nothing."""
    return own["sqlite"] if own and not own["said"] else ""

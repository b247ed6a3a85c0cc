"""The app's environment: rendering values, and what a merge with the host's file would change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.plans import databases
from tasks.plans.databases.location import Location
from tasks.plans.decision import Decision, done, todo
from tasks.plans.paths import PROGRAMS
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target
from tasks.plans.undo import Undo
from tasks.settings.app import App

_SPACE = ord(" ")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
_ESCAPED = re.compile(r'["\\]')


# Reads wanted lines from stdin; adds what is missing and replaces what was named; keeps the rest
# of the file to the letter. Writes only when something differs.
@dataclass(frozen=True)
class Merge:
    """What putting the wanted values into the host's file would do; names only, never values."""

    add: tuple[str, ...]
    replace: tuple[str, ...]
    missing: tuple[str, ...]
    """Required keys that neither the host nor the controller has."""


def render_line(key: str, value: str) -> str:
    """
    Return ``KEY=value`` quoted so that systemd's EnvironmentFile, shells and dotenv readers agree.

    Raises ValueError for a key that is no name, and for a value that they would not agree on.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no name of an environment variable")
    if any((ord(letter) < _SPACE and letter != "\t") or letter == "\x7f" for letter in value):
        raise ValueError(
            f"{key}: its value has a line break or control character, which environment files"
            " cannot hold"
        )
    if _PLAIN.fullmatch(value):
        return f"{key}={value}"
    if "'" not in value and "\\\\" not in value and not value.endswith("\\"):
        return f"{key}='{value}'"
    if "$" in value or "`" in value:
        raise ValueError(
            f"{key}: its value has a quote or backslash and a $ or `, which the readers of"
            " environment files understand differently"
        )
    escaped = _ESCAPED.sub(r"\\\g<0>", value)
    return f'{key}="{escaped}"'


def merge(
    wanted: Sequence[str], host: Sequence[str], differing: Sequence[str], required: Sequence[str]
) -> Merge:
    """Return what a merge would do, from the keys alone; ``differing`` are those to replace."""
    return Merge(
        add=tuple(key for key in wanted if key not in host),
        replace=tuple(key for key in differing if key in host),
        missing=tuple(key for key in required if key not in host and key not in wanted),
    )


def required(app: App) -> tuple[str, ...]:
    """Return the keys without which an app cannot run, or not be released."""
    direct = app.database.direct_url if app.database else None
    return (*app.required_env, *([direct] if direct else []))


def decide(target: Target, snapshot: Snapshot, found: Merge, *, changes: bool) -> Decision:
    """Decide whether a candidate has to be prepared, or an abandoned one removed."""
    if changes:
        names = [f"+{key}" for key in found.add] + [f"~{key}" for key in found.replace]
        return todo(" ".join(names) or "the file's mode or owner is wrong")
    if target.paths.candidate in snapshot.files:
        return todo("an abandoned candidate is in the way")
    return done(f"all {len(snapshot.env_keys)} keys are in force")


def prepare_script(target: Target, *, changes: bool, password_of: Location | None = None) -> str:
    """
    Return the script that writes the candidate; the wanted lines come on its stdin.

    ``password_of`` is the database whose role gets the password of the new URL with it.
    """
    if changes and password_of:
        return script(
            "environment/password",
            functions=databases.functions(password_of, "plain", "environment/candidate"),
            **databases.variables(target, password_of),
            update=target.values.env_update,
            app=target.app.name,
        )
    return script(
        "environment/candidate" if changes else "environment/abandon",
        functions="plain" if changes else (),
        env_file=target.paths.env_file,
        candidate=target.paths.candidate,
        update=target.values.env_update,
    )


def public_values(
    host: Mapping[str, str], wanted: Mapping[str, str], update: Sequence[str], prefix: str
) -> dict[str, str]:
    """Return the public build values that will be in force after the merge."""
    merged = {**wanted, **host, **{key: wanted[key] for key in update if key in wanted}}
    return {key: value for key, value in merged.items() if key.startswith(prefix)}


def undo(target: Target, *, password: bool = False) -> Undo:
    """
    Return what takes the candidate away again, or puts an earlier one back.

    ``password`` says that the database's role gets another one with it.
    """
    text = ""
    if password:
        text = script(
            "undo/environment",
            programs=PROGRAMS,
            env_file=target.paths.env_file,
            database_key=databases.key(target),
            server_reach=databases.server_reach(target),
            app=target.app.name,
        )
    return Undo("environment.prepare", save=(target.paths.candidate,), script=text)

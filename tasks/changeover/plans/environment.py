"""The app's environment: what a merge with the host's file would change, and how it is made."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from changeover.host import environment_file
from changeover.plans import databases
from changeover.plans.databases.kind import Location
from changeover.plans.decision import Decision, done, todo
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo
from changeover.settings.app import App

READER = {"environment_reader": Path(environment_file.__file__).read_text()}
"""The program that reads environment files, for scripts: a host may have none or an older one."""
_UNREAD = {
    "assignment": "no KEY=value, which systemd passes over: mend it",
    "export": "begins with export, which systemd passes over: take that word away",
    "quote": "a quote that is not closed: systemd takes all that follows for its value; close it",
    "text": "no UTF-8, or a zero byte: systemd would read nothing of the file; mend it",
    "remark": "a remark behind a value, which systemd takes for a part of it: give it a line of its"
    " own, or put the value in quotes",
    "continued": "a remark that ends with a backslash takes the next line with it: remove it",
    "long": f"a value of over {environment_file.LONGEST} bytes, which no process can be given:"
    " shorten it",
}


@dataclass(frozen=True)
class Merge:
    """What putting the wanted values into the host's file would do; names only, never values."""

    add: tuple[str, ...]
    replace: tuple[str, ...]
    missing: tuple[str, ...]
    """Required keys that neither the host nor the controller has."""
    remove: tuple[str, ...] = ()
    """Keys of the host that the settings take away."""

    @property
    def changes(self) -> tuple[str, ...]:
        """What would change, as a person is told it."""
        signed = (("+", self.add), ("~", self.replace), ("-", self.remove))
        return tuple(f"{sign}{key}" for sign, keys in signed for key in keys)


UNCHANGED = Merge(add=(), replace=(), missing=())


def merge(
    target: Target, wanted: Sequence[str], host: Sequence[str], differing: Sequence[str]
) -> Merge:
    """Return what a merge would do, from the keys alone; ``differing`` are those to replace."""
    needed, remove = required(target.app), target.values.env_remove
    return Merge(
        add=tuple(key for key in wanted if key not in host),
        replace=tuple(key for key in differing if key in host),
        missing=tuple(key for key in needed if key not in host and key not in wanted),
        remove=tuple(key for key in host if key in remove),
    )


def problems(target: Target, wanted: Collection[str]) -> Iterator[str]:
    """Yield what the settings say of keys that cannot be; ``wanted`` are the controller's."""
    app, values = target.app, target.values
    needed = {*required(app), *([app.database.url] if app.database else [])}
    for key in values.env_update:
        if key not in wanted:
            yield f"{app.name}_env_update: names {key}, of which the controller has no value"
    for key in values.env_remove:
        if key in needed:
            yield f"{app.name}_env_remove: names {key}, without which the app cannot run"
        elif key in wanted:
            yield (
                f"{app.name}_env_remove: names {key}, of which the controller has a value: take it"
                " away there first"
            )


def unread(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield each line of the host's own file that an app would not be given as it was meant."""
    file = target.paths.env_file
    for number, why in snapshot.env_unread:
        yield f"{file}: line {number}: {_UNREAD[why]} on the host"


def required(app: App) -> tuple[str, ...]:
    """Return the keys without which an app cannot run, or not be released."""
    direct = app.database.direct_url if app.database else None
    return (*app.required_env, *([direct] if direct else []))


def decide(target: Target, snapshot: Snapshot, found: Merge, *, changes: bool) -> Decision:
    """Decide whether a candidate has to be prepared, or an abandoned one removed."""
    if changes:
        return todo(" ".join(found.changes) or "the file's mode or owner is wrong")
    if target.paths.candidate in snapshot.files:
        return todo("an abandoned candidate is in the way")
    return done(f"all {len(snapshot.env_keys)} keys are in force")


def prepare_script(target: Target, *, changes: bool, password_of: Location | None = None) -> str:
    """
    Return the script that writes the candidate; the wanted lines come on its stdin.

    ``password_of`` is the database whose role gets the password of the new URL with it.
    """
    if not changes:
        return script("environment/abandon", candidate=target.paths.candidate)
    merging = ("plain", "environment/reader")
    given = READER | {"update": target.values.env_update, "remove": target.values.env_remove}
    if password_of:
        return script(
            "environment/password",
            functions=databases.functions(password_of, *merging, "environment/candidate"),
            **databases.variables(target, password_of),
            **given,
            app=target.app.name,
        )
    return script(
        "environment/candidate",
        functions=merging,
        **given,
        env_file=target.paths.env_file,
        candidate=target.paths.candidate,
    )


def differing_script(target: Target) -> str:
    """Return the script that prints the keys of the lines on its stdin that the host has not so."""
    return script(
        "environment/differing",
        functions=("plain", "environment/reader"),
        **READER,
        env_file=target.paths.env_file,
    )


def public_values(
    target: Target, host: Mapping[str, str], wanted: Mapping[str, str]
) -> dict[str, str]:
    """Return the public build values that will be in force after the merge."""
    values, build = target.values, target.app.build
    if not build:
        return {}
    update = {key: wanted[key] for key in values.env_update if key in wanted}
    merged = {**wanted, **host, **update}
    public = (key for key in merged if key.startswith(build.public_prefix))
    return {key: merged[key] for key in public if key not in values.env_remove}


def undo(target: Target, *, password_of: Location | None = None) -> Undo:
    """
    Return what takes the candidate away again, or puts an earlier one back.

    ``password_of`` is the database whose role gets another one with it.
    """
    text = ""
    if password_of:
        in_force = databases.variables(target, password_of) | {"candidate": ""}
        text = script(
            "undo/environment",
            functions=databases.functions(password_of),
            **in_force,
            app=target.app.name,
        )
    return Undo("environment.prepare", save=(target.paths.candidate,), script=text)

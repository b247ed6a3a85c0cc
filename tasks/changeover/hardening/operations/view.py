"""One view of a host's own configuration: what is wanted and what is so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pyinfra import host, state

from changeover.facts import run
from changeover.facts.environment import wanted_environment
from changeover.facts.program import program_files
from changeover.hardening.facts.snapshot import HostMachine, HostSnapshot
from changeover.hardening.operations.connection import login
from changeover.hardening.plans import converge, machine, parts
from changeover.hardening.plans.part import Carried, HostTarget, Machine, Part
from changeover.hardening.plans.snapshot import PATHS, HostState, packages, question
from changeover.host.registry import Registry
from changeover.operations.hold import Opening
from changeover.operations.look import UnseenError
from changeover.operations.wait import wait_for_undo
from changeover.plans import databases
from changeover.plans.provision.packages import needed_packages
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.base import HOST
from changeover.settings.load import SettingsError, load_host, load_values
from changeover.settings.values import Values


@dataclass(frozen=True)
class HostView:
    """What is wanted of a host itself, and what is so."""

    parts: Registry[str, Part]
    """By step, in order."""
    snapshot: HostState
    answers: Mapping[str, Mapping[str, str]]
    """What the host answered, by step and name."""
    packages: tuple[str, ...] = ()
    """The Debian packages that are wanted."""


def carry(apps: Sequence[App]) -> None:
    """Say which apps the current host carries: its own configuration depends on them."""
    run.this.carried[host.name] = tuple(apps)


def look() -> HostView:
    """Return the view of the current host. Raises UnseenError when it cannot be had."""
    key = (host.name, state.is_executing)
    views = run.this.host_views
    if key not in views:
        views[key] = _read()
        run.this.host_generations.setdefault(host.name, views[key].snapshot.generation)
    return views[key]


def forget() -> None:
    """Read anew at the next look: a step has changed the host."""
    run.this.outdated.discard(host.name)
    for key in [key for key in run.this.host_views if key[0] == host.name]:
        del run.this.host_views[key]


def outdate() -> None:
    """Say that a part has changed the host since the look: others may still act on it."""
    run.this.outdated.add(host.name)


def refresh() -> None:
    """Read anew at the next look, if a part has changed the host since the last one."""
    if host.name in run.this.outdated:
        forget()


def start_over() -> None:
    """Look at the host as if for the first time: what was seen may have been undone."""
    run.this.host_generations.pop(host.name, None)
    forget()


def opening() -> Opening:
    """Return what a changeover of the host itself begins with."""
    view = look()
    return Opening(
        app=HOST,
        generation=run.this.host_generations[host.name],
        stamp=view.snapshot.stamp,
        saw_open=view.snapshot.open_changeover is not None,
        about=partial(converge.about, tuple(view.parts.values())),
    )


def _read() -> HostView:
    found = host.get_fact(HostMachine)
    if found is None:
        raise UnseenError(["the host did not say what it is"])
    problems = machine.problems(found)
    target, wrong = _target(found)
    made, refused = _make(target)
    problems += wrong + refused
    if problems:
        raise UnseenError(problems)
    wanted = packages(made, target.apps)
    asked = question(made, wanted, tuple(program_files()))
    snapshot = wait_for_undo(HOST, PATHS.lock, lambda: host.get_fact(HostSnapshot, question=asked))
    if snapshot is None:
        raise UnseenError(["the host did not answer the probe"])
    by_step = Registry("part of a host", {part.step: part for part in made})
    return HostView(by_step, snapshot, converge.told(made, snapshot), wanted)


def _target(found: Machine) -> tuple[HostTarget, list[str]]:
    """Return what is wanted, with what is wrong with the settings that say so."""
    if host.name not in run.this.carried:
        raise UnseenError(["the deploy file has to begin with changeover.check()"])
    data, apps, problems = host.data.dict(), [], []
    for app in run.this.carried[host.name]:
        try:
            apps.append(_carries(app, load_values(app.name, data)))
        except SettingsError as error:
            problems += error.problems
    try:
        return HostTarget(load_host(data), found, tuple(apps), login(host)), problems
    except SettingsError as error:
        return HostTarget(load_host({}), found, tuple(apps)), problems + error.problems


def _carries(app: App, values: Values) -> Carried:
    """Return what an app is to the host, as far as its wanted environment tells."""
    target = Target(app, values, None)
    wanted = wanted_environment(app.name, values, host.groups)
    url = wanted.values.get(databases.key(target))
    database = databases.locate(url, target) if url else databases.NOWHERE
    needs = needed_packages(target, database)
    return Carried(app, values, local_server=database.place.provisioned, packages=needs)


def _make(target: HostTarget) -> tuple[list[Part], list[str]]:
    made, problems = [], []
    for make in parts.PARTS.values():
        try:
            made.append(make(target))
        except ValueError as error:
            problems.append(str(error))
    return made, problems

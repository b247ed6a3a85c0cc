"""Which apps the hosts of a run carry, and which names lead to none: groups and settings."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from changeover.settings.base import HOST
from changeover.settings.host import HostSettings
from changeover.settings.load import near_setting
from changeover.settings.values import Values

_PLURAL = 2


@dataclass(frozen=True)
class Run:
    """What a run is told, and of whom."""

    apps: Collection[str]
    """Every app: a deploy file with a group_data file of the same name."""
    deploys: Collection[str]
    """Every deploy file."""
    valued: Collection[str]
    """Every group that has a group_data file."""
    groups: Mapping[str, Collection[str]]
    """The groups of each host of this run, without those that hold every host of its inventory."""
    data: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The keys of each host's data."""
    given: Collection[str] = ()
    """The keys of ``--data``."""
    words: Collection[str] = ()
    """What this deploy file may be told by ``--data`` beside settings."""


def problems(run: Run, *, releases: bool) -> list[str]:
    """Return a line for each name that leads to nothing; in a release each host has to carry."""
    groups = dict(_groups(run, every=releases))
    # what begins as a group that is refused belongs to it: one line says both
    settings = [line for key, line in _settings(run) if not key.startswith(_heads(groups))]
    found = [*groups.values(), *settings]
    return [*found, *_bare(run)] if releases and not found else found


def nobody(run: Run) -> list[str]:
    """Return a line where no host of the run carries an app."""
    if _carried(run):
        return []
    return [f"no host of this run carries an app: {_apps(run)}"]


def _heads(groups: Collection[str]) -> tuple[str, ...]:
    return tuple(f"{group}_" for group in groups)


def _groups(run: Run, *, every: bool) -> Iterator[tuple[str, str]]:
    """Yield groups that are neither apps nor have values, else what looks misspelt; with a line."""
    hosts: dict[str, list[str]] = {}
    for host, groups in run.groups.items():
        for group in groups:
            if group not in run.apps and group not in run.valued:
                hosts.setdefault(group, []).append(host)
    for group, names in sorted(hosts.items()):
        near = difflib.get_close_matches(group, run.apps, n=1)
        if near or every or group in run.deploys:
            line = f"{', '.join(names)}: the group {group} is no app: {_instead(run, group, near)}"
            yield group, line


def _instead(run: Run, group: str, near: list[str]) -> str:
    if group in run.deploys:
        return f"deploys/{group}.py has no group_data/{group}.py beside it; make it"
    hint = f"did you mean {near[0]}?" if near else f"there is no deploys/{group}.py."
    return (
        f"{hint} A group that only gathers hosts has a file group_data/{group}.py, if an empty one"
    )


def _bare(run: Run) -> Iterator[str]:
    """Yield each host that is in no group; one that gathers hosts says that it carries none."""
    names = [host for host, groups in run.groups.items() if not groups]
    if names:
        verb = "carry" if len(names) >= _PLURAL else "carries"
        yield f"{', '.join(names)}: {verb} no app: {_apps(run)}; or leave it out (--exclude)"
    else:
        yield from nobody(run)


def _settings(run: Run) -> Iterator[tuple[str, str]]:
    """Yield settings of no app, and of this run if no host has a use for them; with a line."""
    for key in sorted(set(run.given) - set(run.words)):
        if problem := _given(run, key):
            yield key, f"{key}: {problem}"
    fields = tuple(f"_{name}" for name in Values.model_fields)
    for key in sorted({key for keys in run.data.values() for key in keys} - set(run.given)):
        if key.endswith(fields) and not _owner(run, key) and not _of_others(key):
            what = "unknown setting: it begins as no app of this project"
            yield key, f"{key}: {what}; {_near(run, key)}"


def _given(run: Run, key: str) -> str:
    if _of_others(key):
        return ""
    app = _owner(run, key)
    if not app:
        return f"unknown setting; {_near(run, key)}"
    if app not in _carried(run):
        return f"no host of this run carries {app}"
    return ""  # what it is to the app, each host that carries it says


def _owner(run: Run, key: str) -> str:
    found = [app for app in run.apps if key.startswith(f"{app}_")]
    return found[0] if found else ""


def _of_others(key: str) -> bool:
    """Tell whether it is the host's, which are looked at beside, or pyinfra's."""
    return key.startswith((f"{HOST}_", "ssh_", "_"))


def _near(run: Run, key: str) -> str:
    known = [f"{app}_{name}" for app in sorted(_carried(run)) for name in Values.model_fields]
    known += [f"{HOST}_{name}" for name in HostSettings.model_fields]
    return near_setting(key, [*known, *run.words])


def _carried(run: Run) -> set[str]:
    return {group for groups in run.groups.values() for group in groups} & set(run.apps)


def _apps(run: Run) -> str:
    return f"put it into the group of one in the inventory ({', '.join(sorted(run.apps))})"

"""The names that a run is given, looked at first: groups and settings that lead to nothing."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pyinfra import state
from pyinfra.api import DeployError
from pyinfra.api.host import Host

from changeover.operations.hold import SILENCE
from changeover.plans.carrying import Run, nobody, problems
from changeover.run import begin, selection
from changeover.run.included import ONLY, WITHOUT
from changeover.run.transport import COUNT
from changeover.settings.load import SettingsError, load_host

_ALWAYS = (SILENCE, COUNT, ONLY, WITHOUT)


def check(
    apps: Sequence[str], words: Sequence[str] = (), *, releases: bool = False, some: bool = False
) -> None:
    """
    Raise DeployError with a line for each group and setting that leads to nothing.

    ``words`` are what the deploy file takes by --data beside settings. In one that ``releases``
    each host has to carry an app, or to be gathered by name; in others ``some`` host has to.
    """
    begin.check()  # the config.py of a project may be an earlier version's
    run = _run(apps, words)
    found = problems(run, releases=releases) or (nobody(run) if some else [])
    found = selection.problems() + found
    if releases:
        found += [problem for host in _hosts() for problem in _own(host)]
    if found:
        raise DeployError("\n    ".join(["nothing was touched:", *dict.fromkeys(found)]))


def _run(apps: Sequence[str], words: Sequence[str]) -> Run:
    hosts = _hosts()
    return Run(
        apps=apps,
        deploys=_stems("deploys"),
        valued=_stems("group_data"),
        groups={one.name: _groups(one) for one in hosts},
        data={one.name: tuple(one.data.dict()) for one in hosts},
        given=tuple(state.inventory.get_override_data()),
        words=(*words, *_ALWAYS),
    )


def _hosts() -> list[Host]:
    return list(state.inventory.get_active_hosts())


def _groups(host: Host) -> list[str]:
    """Return the groups that its inventory names: one with an @ says how pyinfra reaches it."""
    all_of_them = {"all", *_inventories()}
    named = dict.fromkeys(host.groups)  # twice where its connector is named too
    return [one for one in named if one not in all_of_them and not one.startswith("@")]


def _inventories() -> set[str]:
    """Return the group of each inventory file: pyinfra puts all of its hosts into one."""
    words = {Path(word) for word in sys.argv[1:] if word.endswith(".py")}
    return _stems("inventories") | {word.stem for word in words if word.is_file()}


def _stems(folder: str) -> set[str]:
    return {path.stem for path in Path(folder).glob("*.py")}


def _own(host: Host) -> list[str]:
    try:
        load_host(host.data.dict())
    except SettingsError as error:
        return [f"{host.name}: {problem}" for problem in error.problems]
    return []

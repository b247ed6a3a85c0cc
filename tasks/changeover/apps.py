"""Which apps a host carries, and how deploy files reach all of them."""

from __future__ import annotations

import runpy
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra import host, local, state
from pyinfra.api import DeployError, deploy
from pyinfra.context import ctx_host

from changeover.run.commits import prefetch
from changeover.run.included import ONLY, WITHOUT

if TYPE_CHECKING:  # the deploy files load them, while the commits are asked for
    from collections.abc import Sequence

    from changeover.run.phase import Phase
    from changeover.settings.app import App


def names() -> tuple[str, ...]:
    """
    Return every app: a deploy file with a group_data file of the same name.

    Raises DeployError away from the project's folder, where there is none.
    """
    found = (path.stem for path in Path("deploys").glob("*.py"))
    apps = tuple(sorted(name for name in found if Path("group_data", f"{name}.py").is_file()))
    if not apps:
        raise DeployError(
            "no app found: an app is a file deploys/NAME.py and a file group_data/NAME.py (it may"
            " be empty); run pyinfra from your project's folder"
        )
    for name in apps:
        if Path("inventories", f"{name}.py").is_file():
            raise DeployError(
                f"{name}: an app and an inventory are called so, and the inventory's hosts are a"
                f" group of that name: each of them would carry the app; call one of them otherwise"
                f" (inventories/{name}.py, or deploys/{name}.py with group_data/{name}.py and name="
                " in it)"
            )
    for one, other in permutations(apps, 2):
        if other.startswith(f"{one}_"):
            raise DeployError(
                f"the apps {one} and {other}: the settings of {other} begin with {other}_, and so"
                f" with {one}_, as those of {one} do; call one of them otherwise"
                f" (deploys/{other}.py, group_data/{other}.py, and name= in it)"
            )
    return apps


def release() -> None:
    """
    Run the deploy file of each app that this host carries.

    The preflights of all apps come first, so that nothing is touched while any app on any host
    has a problem.
    """
    told(releases=True)
    for name in names():
        if name in host.groups:
            prefetch(name)
    include(only=["preflight"])
    from changeover import preflight  # by now it is loaded; the commits should not wait for that

    preflight.agree()
    include(without=["preflight"])


def told(*words: str, releases: bool = False, some: bool = False) -> None:
    """Refuse groups and settings that lead to nothing; ``words`` are what --data may say."""
    from changeover.run import validation

    validation.check(names(), words, releases=releases, some=some)


def include(only: Sequence[str] | None = None, without: Sequence[str] = ()) -> None:
    """
    Run some phases of the deploy file of each app that this host carries.

    host.loop over one constant list gives each app's operations an order of their own: pyinfra
    tells operations apart by line numbers without file names, and would merge two apps' steps.
    """
    data = {ONLY: only, WITHOUT: without}
    for name in host.loop(names()):
        if name in host.groups:
            local.include(f"deploys/{name}.py", data=data)


def each(act: Phase) -> None:
    """Go through a phase with each app that this host carries, whatever its deploy file has."""
    for name in host.loop(names()):
        if name in host.groups:
            act(declared(name))


def declared(name: str) -> App:
    """Return the app as its deploy file declares it."""
    with ctx_host.use(None):  # without a host, its phases add nothing
        found: App = runpy.run_path(f"deploys/{name}.py")["app"]
    return found


def runbook(run: Phase, only: str | None = None) -> None:
    """Run phases in another order than the deploy file's for each app that this host carries."""
    for name in host.loop(names()):
        if name in host.groups and only in (None, name):
            deploy(f"deploys/{name}.py")(run)(app=declared(name))


def carried() -> set[str]:
    """Return the apps of all hosts of this run."""
    groups = {group for other in state.inventory.get_active_hosts() for group in other.groups}
    return groups & set(names())


def require(key: str, choices: Sequence[str]) -> None:
    """Raise DeployError unless ``--data KEY=`` is one of the choices."""
    if host.data.get(key) not in choices:
        raise DeployError(f"{key}: give --data {key}={' or '.join(choices)}")


def allow(key: str, choices: Sequence[str]) -> None:
    """Raise DeployError if ``--data KEY=`` is given and is none of the choices."""
    if host.data.get(key) is not None:
        require(key, choices)

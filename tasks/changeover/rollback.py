"""Going back to a release that served: the runbook, told and agreed on before it acts."""

from pyinfra import host
from pyinfra.api import DeployError

from changeover import activate, apps, backup, changeover, health, maintenance, preflight, service
from changeover.operations import provision, rollback
from changeover.operations.look import request_rollback
from changeover.plans.rollback import RollbackRequest
from changeover.plans.rollback_methods import METHODS
from changeover.run.phase import phase
from changeover.settings.app import App

WAY, TO, LOSES, ONE = "rollback", "rollback_to", "rollback_loses", "rollback_app"


def run() -> None:
    """
    Say what is possible and what each way loses; then, if ``--data rollback=`` names one, go it.

    Every host of every app is looked at before anything is touched.
    """
    apps.told(WAY, TO, LOSES, ONE, some=True)
    if host.data.get(WAY):
        apps.require(WAY, tuple(METHODS))
    one = _one()
    apps.runbook(look, one)
    preflight.agree()
    if host.data.get(WAY):
        apps.runbook(back, one)


def look(app: App) -> None:
    """Look for the ways back, and whether all hosts go to the same release."""
    request_rollback(app, _request())
    check(app)


def back(app: App) -> None:
    """Go back: the release's runbook without what the host has already."""
    programs(app)
    changeover.begin(app)
    maintenance.close(app)
    service.quiesce(app)
    count(app)
    backup.take(app)
    data(app)
    activate.release(app)
    service.restart(app)
    health.local(app)
    changeover.commit(app)
    maintenance.reopen(app)
    health.through_site(app)


@phase("Preflight")
def check(app: App) -> None:
    """Say what is possible and what it loses, and stop every host if one cannot go."""
    rollback.explain(name="Look for the ways back", app=app)
    rollback.agree(name="See that all hosts go to one release", app=app)


@phase("Provision")
def programs(app: App) -> None:
    """Let the host have the programs of this version, and nothing else."""
    provision.programs(name="Install host programs", app=app)


@phase("Rollback")
def count(app: App) -> None:
    """Count what a restore loses, now that nobody writes."""
    rollback.count(name="Count what goes", app=app)


@phase("Rollback")
def data(app: App) -> None:
    """Take the data back, if this rollback does."""
    rollback.downgrade(name="Take migrations back", app=app)
    rollback.restore(name="Restore the backup", app=app)


def _one() -> str | None:
    """Return the one app that is gone back with; several would go back unasked."""
    carried, one = apps.carried(), host.data.get(ONE)
    if one is not None and one not in carried:
        raise DeployError(f"{ONE}: no host of this run carries {one}")
    if host.data.get(WAY) and one is None and len(carried) > 1:
        raise DeployError(f"{ONE}: give --data {ONE}={' or '.join(sorted(carried))}")
    return str(one) if one is not None else None


def _request() -> RollbackRequest:
    way, to = host.data.get(WAY) or "", host.data.get(TO) or ""
    if not isinstance(to, str):
        raise DeployError(f"{TO}: {to} was read as a number; give the release's full name")
    loses = host.data.get(LOSES)
    return RollbackRequest(way, to, "" if loses is None else str(loses))

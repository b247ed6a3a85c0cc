"""Closing and opening the site."""

from pyinfra import host

from changeover.operations import maintenance, provision
from changeover.plans.maintenance import BY_HAND, BY_RELEASE
from changeover.run.phase import phase
from changeover.settings.app import App

SWITCH = "maintenance"


@phase("Maintenance")
def close(app: App) -> None:
    """Close the site if this release needs it, or if ``--data maintenance=on`` says so."""
    if host.data.get(SWITCH) != "off":
        why = BY_HAND if host.data.get(SWITCH) == "on" else BY_RELEASE
        if why == BY_HAND:
            # they see that it is closed; a release has put them in place before
            provision.programs(name="Install host programs", app=app)
        maintenance.close(name=f"Close the site {why}", app=app, why=why)


@phase("Maintenance")
def reopen(app: App) -> None:
    """Open the site that this release closed, or any if ``--data maintenance=off`` says so."""
    if host.data.get(SWITCH) != "on":
        why = BY_HAND if host.data.get(SWITCH) == "off" else BY_RELEASE
        maintenance.reopen(name=f"Open the site closed {why}", app=app, why=why)

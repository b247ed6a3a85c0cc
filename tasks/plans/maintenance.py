"""Closing and opening the site: a flag file that nginx looks at on every request."""

from tasks.plans import migrate
from tasks.plans.decision import Decision, done, todo
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target


def decide_close(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the site has to be closed for this release."""
    if not migrate.closes(target, snapshot):
        return done("this release needs no closing")
    if snapshot.maintenance:
        return done("the site is closed")
    return todo("migrations wait, so nobody may write")


def decide_open(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the site has to be opened."""
    if snapshot.maintenance or migrate.closes(target, snapshot):
        return todo("the site is closed for this release")
    return done("the site is open")


def close_script(target: Target, why: str) -> str:
    """Return the script that closes the site and sees it closed."""
    return script(
        "maintenance/close",
        maintenance=target.paths.maintenance,
        domain=target.values.domain,
        why=why,
    )


def open_script(target: Target) -> str:
    """Return the script that opens the site."""
    return script("maintenance/open", maintenance=target.paths.maintenance)

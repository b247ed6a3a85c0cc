"""Closing and opening the site: a flag file that nginx looks at on every request."""

import json

from changeover.plans import live, pending, visitor
from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import PROGRAMS
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo

BY_RELEASE = "by a release"
BY_HAND = "by hand"


def decide_close(target: Target, snapshot: Snapshot, why: str) -> Decision:
    """Decide whether the site has to be closed, for this release or because a person says so."""
    if why == BY_RELEASE and not pending.closes(target, snapshot):
        return done("this release needs no closing")
    if snapshot.maintenance == why or closed_by_person(snapshot):
        return done("the site is closed")
    return todo(pending.why_closed(target) if why == BY_RELEASE else f"closed {why}")


def closed_by_person(snapshot: Snapshot) -> bool:
    """Tell whether the flag is there but is not a release's, whatever a person wrote into it."""
    return snapshot.maintenance not in (None, BY_RELEASE)


def decide_open(snapshot: Snapshot, why: str) -> Decision:
    """Decide whether the site has to be opened; a release opens only what a release closed."""
    if closed_by_person(snapshot) and why == BY_RELEASE:
        return done("a person closed the site and it stays so (deploys/maintenance.py opens it)")
    if snapshot.maintenance is not None:
        return todo(f"the site is closed {snapshot.maintenance}")
    return done("the site is open" if why == BY_HAND else "a commit opens what it closed")


def refusal(target: Target, snapshot: Snapshot) -> str:
    """Return why a person may not close or open the site now, "" where it may be."""
    name, found = target.app.name, snapshot.open_changeover
    if live.is_live(snapshot):
        return live.describe(name, snapshot)
    if found is None:
        return ""
    return (
        f"{name}: changeover {found.get('id', '')} was interrupted and is not undone yet: its undo"
        " closes and opens the site; see deploys/undo.py"
    )


def published_name(target: Target, snapshot: Snapshot) -> str:
    """Return a name that the published site answers to, "" where there is none yet."""
    names = snapshot.server_names.get(target.paths.site_enabled, ())
    return target.values.domain if target.values.domain in names else next(iter(names), "")


def close_script(target: Target, why: str, asked: str | None = None) -> str:
    """
    Return the script that closes the site and sees it closed.

    ``asked`` is the name that it is asked by: what is published may have another than what this
    release will publish. It is not asked where ``asked`` is "": then nothing is published.
    """
    name = target.values.domain if asked is None else asked
    return script(
        "maintenance/close",
        programs=PROGRAMS,
        maintenance=target.paths.maintenance,
        domain=name,
        why=why,
        journal=_journal(target, why),
        asked=json.dumps({"site": visitor.site(target, name), "path": "/"}),
    )


def open_script(target: Target, why: str = BY_RELEASE) -> str:
    """Return the script that opens the site."""
    paths = target.paths
    return script("maintenance/open", maintenance=paths.maintenance, journal=_journal(target, why))


def _journal(target: Target, why: str) -> str:
    """Return what must not be there while a person acts; a release acts in its own changeover."""
    return f"{target.paths.state}/undo.d" if why == BY_HAND else ""


def undo_close(target: Target) -> Undo:
    """
    Return what becomes of a closed site.

    Undone, it opens last of all, when the app is known to be well; committed, it opens at once.
    """
    return Undo("maintenance.close", redo=open_script(target))

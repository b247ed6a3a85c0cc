"""Health: what the app has to answer, asked on the host until a deadline."""

import json

from changeover.plans import pending, processes, tls
from changeover.plans.decision import Decision, done, todo
from changeover.plans.live import is_live
from changeover.plans.maintenance import BY_RELEASE, closed_by_person
from changeover.plans.processes import engine_script
from changeover.plans.script import Variable
from changeover.plans.snapshot import HealthAnswer, Snapshot
from changeover.plans.target import Target


def expected(target: Target, snapshot: Snapshot) -> dict[str, str | None]:
    """Return what the health address has to say."""
    said: dict[str, str | None] = {"release": target.commit.id if target.commit else None}
    if target.app.migrations:
        back = target.rollback
        said["schema"] = back.method.revision if back else pending.head(target, snapshot)
    return said


def well(answer: HealthAnswer | None, wanted: dict[str, str | None]) -> bool:
    """Tell whether an answer is what a healthy app says."""
    if answer is None or answer.status != 200:
        return False
    return all(key in answer.body and answer.body[key] == wanted[key] for key in wanted)


def decide_local(target: Target, snapshot: Snapshot) -> Decision:
    """
    Decide whether the app has to be asked on the host, and its site with it.

    What answers by the socket may yet not be what a visitor gets.
    """
    wanted = expected(target, snapshot)
    healthy = bool(target.commit) and well(snapshot.app_health, wanted)
    by_hand = closed_by_person(snapshot)
    if snapshot.maintenance == BY_RELEASE or (by_hand and (not healthy or is_live(snapshot))):
        return todo("the closed site is asked with the bypass")
    if not healthy:
        return todo("the app does not serve this release yet")
    if not (by_hand or well(snapshot.site_health, wanted)):
        return todo(f"{target.values.domain} does not serve this release yet")
    return done(f"the app says it is well: {_said(target, snapshot)}")


def decide_site(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app has to be asked through the site."""
    if closed_by_person(snapshot):
        return done("the site is closed by hand")
    if target.commit and well(snapshot.site_health, expected(target, snapshot)):
        return done(f"{target.values.domain} says it is well: {_said(target, snapshot)}")
    return todo(f"{target.values.domain} does not serve this release yet")


def local_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that asks the app itself and then its site, with the bypass if closed."""
    return engine_script(
        target,
        None,
        "health/local",
        ("site/visitor", "site/arrived", "health/ask"),
        **variables(target),
        expected=json.dumps(expected(target, snapshot)),
    )


def site_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that asks through the site, as a visitor if it is open."""
    return engine_script(
        target,
        None,
        "health/site",
        ("site/visitor", "site/arrived", "health/ask"),
        **variables(target),
        expected=json.dumps(expected(target, snapshot)),
    )


def variables(target: Target) -> dict[str, Variable]:
    """Return the variables of the functions that ask an app."""
    paths, engine = target.paths, processes.of(target.app)
    return {
        "app": target.app.name,
        "path": target.app.health.path,
        "domain": target.values.domain,
        "scheme": tls.scheme(target),
        "deadline": target.values.health_timeout_seconds,
        "engine": engine.title,
        "label": engine.label(target),
        "socket": engine.socket(target),
        "maintenance": paths.maintenance,
        "bypass": paths.bypass,
        "site_enabled": paths.site_enabled,
        "certificate": paths.certificate,
    }


def _said(target: Target, snapshot: Snapshot) -> str:
    wanted = expected(target, snapshot)
    return ", ".join(f"{key} {value}" for key, value in wanted.items())

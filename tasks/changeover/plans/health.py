"""Health: what the app has to answer, asked on the host until a deadline."""

from typing import Any

from changeover.host.health import KEYS, RELEASE, SCHEMA, is_well, problems
from changeover.plans import pending, visitor
from changeover.plans.decision import Decision, done, todo
from changeover.plans.live import is_live
from changeover.plans.maintenance import BY_RELEASE, closed_by_person
from changeover.plans.snapshot import HealthAnswer, Snapshot
from changeover.plans.target import Target
from changeover.plans.visitor import expect_script


def keys(target: Target) -> tuple[str, ...]:
    """Return of what the health address has to tell: without migrations nobody knows a schema."""
    known = KEYS if target.app.migrations else (RELEASE,)
    return tuple(key for key in known if key in target.app.health.says)


def expected(target: Target, snapshot: Snapshot) -> dict[str, str | None]:
    """Return what the health address has to say."""
    said: dict[str, str | None] = {}
    if RELEASE in keys(target):
        said[RELEASE] = target.commit.id if target.commit else None
    if SCHEMA in keys(target):
        back = target.rollback
        said[SCHEMA] = back.method.revision if back else pending.head(target, snapshot)
    return said


def answers(target: Target, snapshot: Snapshot) -> bool:
    """Tell whether the app answered as a healthy one, whatever it said of itself."""
    answer = snapshot.app_health
    return answer is not None and is_well(answer.status, says_nothing=not keys(target))


def well(answer: HealthAnswer | None, wanted: dict[str, str | None]) -> bool:
    """Tell whether an answer is what a healthy app says, as the host's program judges it."""
    return answer is not None and not problems(answer.status, answer.body, wanted)


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
    return done(f"the app says it is well{_said(target, snapshot)}")


def decide_site(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app has to be asked through the site."""
    if closed_by_person(snapshot):
        return done("the site is closed by hand")
    if target.commit and well(snapshot.site_health, expected(target, snapshot)):
        return done(f"{target.values.domain} says it is well{_said(target, snapshot)}")
    return todo(f"{target.values.domain} does not serve this release yet")


def local_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that asks the app itself and then its site, with the bypass if closed."""
    return expect_script(asked(target, expected(target, snapshot)), "health", "both")


def site_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that asks through the site, as a visitor if it is open."""
    return expect_script(asked(target, expected(target, snapshot)), "health", "site")


def asked(target: Target, wanted: dict[str, str | None], *, seconds: int = 0) -> dict[str, Any]:
    """Return what the host's program is asked of an app, which has so long to become well."""
    return {
        "path": target.app.health.path,
        "expected": wanted,
        "seconds": max(seconds, target.values.health_timeout_seconds),
        "site": visitor.site(target),
        "engine": visitor.engine(target),
        **visitor.past_closed(target),
    }


def _said(target: Target, snapshot: Snapshot) -> str:
    wanted = expected(target, snapshot)
    told = ", ".join(f"{key} {value}" for key, value in wanted.items())
    return f": {told}" if told else ""

"""Rollback methods: one file each, and one line here; each says if it is open, what it loses."""

from collections.abc import Callable

from changeover.host.registry import Registry
from changeover.plans.rollback_methods import gap
from changeover.plans.rollback_methods.code import code
from changeover.plans.rollback_methods.downgrade import downgrade
from changeover.plans.rollback_methods.method import CODE, DOWNGRADE, RESTORE, Method
from changeover.plans.rollback_methods.restore import restore
from changeover.plans.snapshot import Release, Snapshot
from changeover.settings.app import App

METHODS: Registry[str, Callable[[App, Snapshot, Release], Method]] = Registry(
    "rollback method",
    {
        CODE: code,
        DOWNGRADE: downgrade,
        RESTORE: restore,
    },
)
METHODS.require(__name__, __path__, "choose", "gap", "method")


def methods(app: App, snapshot: Snapshot, release: Release) -> tuple[Method, ...]:
    """Return every way to a release, open or not."""
    missing = gap.missing(snapshot, release)
    if missing:
        why = (
            f"{missing} of the release is gone from the host; release it:"
            f" --data {app.name}_ref={release.commit}"
        )
        return tuple(Method(name, problem=why) for name in METHODS)
    if why := gap.unread(app, release):
        return tuple(Method(name, problem=why) for name in METHODS)
    return tuple(find(app, snapshot, release) for find in METHODS.values())

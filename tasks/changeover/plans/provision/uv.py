"""The program uv, which makes Python environments and installs Node."""

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import UV
from changeover.plans.provision.shared import ALONE
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

UV_VERSION = "0.13.8"


def decide_uv(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether uv has to be installed."""
    if not (target.app.python or target.app.node):
        return done("no part of the app needs uv")
    if snapshot.uv == UV_VERSION:
        return done(f"uv {UV_VERSION} is installed")
    return todo(f"uv {snapshot.uv or 'is missing'}, wanted {UV_VERSION}")


def uv_script() -> str:
    """Return the script that installs uv."""
    return script("provision/uv", **ALONE, uv=UV, version=UV_VERSION)

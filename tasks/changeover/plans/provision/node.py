"""The app's version of Node."""

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import NODE, UV
from changeover.plans.provision.shared import ALONE
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def decide_node(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the app's version of Node has to be installed."""
    if not target.app.node:
        return done("no part of the app needs Node")
    version = target.app.node.version
    if version in snapshot.node:
        return done(f"Node {snapshot.node[version]} is installed")
    return todo(f"Node {version} is not installed")


def node_script(target: Target) -> str:
    """Return the script that installs the app's version of Node beside others."""
    version = target.app.node.version if target.app.node else ""
    return script("provision/node", **ALONE, node=NODE, uv=UV, version=version)

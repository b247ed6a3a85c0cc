"""The way to the app's repository: its deploy key and the server's pinned host keys."""

import hashlib

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import FETCH_USER
from changeover.plans.sandbox import variables
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def decide_access(target: Target, snapshot: Snapshot, key: str) -> Decision:
    """Decide whether the deploy key or the pinned host keys have to be put in place."""
    folder = target.paths.configuration
    wanted = {f"{folder}/known_hosts": f"{target.values.known_hosts or ''}\n"}
    wanted |= {f"{folder}/deploy_key": key} if key else {}
    wrong = [
        path
        for path, content in wanted.items()
        if snapshot.files.get(path) != hashlib.sha256(content.encode()).hexdigest()
    ]
    if wrong or (not key and f"{folder}/deploy_key" in snapshot.files):
        return todo("the way to the repository differs")
    return done("the way to the repository is in place")


def access_script(target: Target) -> str:
    """Return the script that installs the deploy key, which comes on stdin, and host keys."""
    return script(
        "provision/access",
        functions=("sandbox", "fetch/login", "fetch/way"),
        **variables(target),
        build_user=target.paths.build_user,
        fetch_user=FETCH_USER,
        mirror=target.paths.mirror,
        repository=target.values.address,
        has_login="",  # it asks by ssh alone
        configuration=target.paths.configuration,
        known_hosts=target.values.known_hosts or "",
    )

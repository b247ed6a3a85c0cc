"""The switch: the environment into force, then ``current`` by one rename."""

from tasks.plans.decision import Decision, done, todo
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target


def decide(target: Target, snapshot: Snapshot, *, environment_changes: bool) -> Decision:
    """Decide whether ``current`` or the environment has to be switched."""
    if target.release is None:
        return todo("the commit is not known yet")
    if snapshot.current != target.release:
        return todo(f"{snapshot.current or 'nothing'} is current")
    if environment_changes or target.paths.candidate in snapshot.files:
        return todo("the environment changes")
    return done(f"{target.release} is current")


def activate_script(target: Target) -> str:
    """Return the script that puts the candidate environment and the release in force."""
    paths = target.paths
    return script(
        "activate/release",
        app=target.app.name,
        state=paths.state,
        candidate=paths.candidate,
        env_file=paths.env_file,
        current=paths.current,
        release=target.release or "",
    )

"""The switch: the environment into force, then ``current`` by one rename."""

from changeover.plans.build import earlier_script, output_path
from changeover.plans.decision import Decision, done, todo
from changeover.plans.sandbox import variables
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo


def decide(
    target: Target, snapshot: Snapshot, *, environment_changes: bool, assets_linked: bool = True
) -> Decision:
    """Decide whether ``current``, the environment or the assets have to be switched."""
    if target.release is None:
        return todo("the commit is not known yet")
    if snapshot.current != target.release:
        return todo(f"{snapshot.current or 'nothing'} is current; {target.release} is wanted")
    if environment_changes or target.paths.candidate in snapshot.files:
        return todo("the environment changes")
    if not assets_linked:
        return todo("the assets change")
    return done(f"{target.release} is current")


def activate_script(target: Target, build_key: str | None = None) -> str:
    """Return the script that puts the candidate environment, assets and release in force."""
    paths = target.paths
    return script(
        "activate/release",
        functions="plain",
        output=output_path(target) if build_key else "",
        build=f"{paths.builds}/{build_key}",
        **variables(target),
        release_path=target.release_path or "",
        state=paths.state,
        candidate=paths.candidate,
        env_file=paths.env_file,
        current=paths.current,
        activated=paths.activated,
        release=target.release or "",
    )


def undo(target: Target, snapshot: Snapshot, build_key: str | None = None) -> Undo:
    """Return what puts the earlier environment, assets and release in force again."""
    paths = target.paths
    earlier = earlier_script(target, snapshot) if build_key else ""
    own = (paths.env_file, paths.candidate, paths.current, paths.activated)
    return Undo("activate.release", save=own, script=earlier)

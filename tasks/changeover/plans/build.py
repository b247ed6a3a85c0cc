"""Built assets: one per content, made outside every release, and shown in it as real files."""

from collections.abc import Mapping

from changeover.host.environment_file import quoted
from changeover.host.sandbox.place import PIVOT
from changeover.plans.decision import Decision, done, todo
from changeover.plans.dependencies import copied
from changeover.plans.paths import NODE, PROGRAMS
from changeover.plans.sandbox import build_variables, stop
from changeover.plans.script import script
from changeover.plans.snapshot import Release, Snapshot
from changeover.plans.target import Target
from changeover.plans.undo import Undo


def output_path(target: Target) -> str:
    """Return where the built assets are, relative to the release."""
    return target.app.build.place if target.app.build else ""


def shown(target: Target, release: Release) -> str:
    """Return the name of the build whose output a release has, "" where it has none yet."""
    # an earlier version of Changeover linked to the output
    link = release.links.get(PIVOT) or release.links.get(output_path(target), "")
    return link.removesuffix("/output").rpartition("/")[2]


def decide(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> Decision:
    """Decide whether assets have to be built or shown; ``public`` are the values in force."""
    if not target.app.build:
        return done("the app has nothing to build")
    key = target.build_key(public)
    release = snapshot.releases.get(target.release or "")
    if key not in snapshot.environments:
        return todo(f"{key or 'the commit'} was not built yet")
    # a new release is made with it
    if release and not is_linked(target, snapshot, public) and snapshot.current != target.release:
        return todo(f"the release does not show {key}")
    return done(f"{key} is built")


def is_linked(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> bool:
    """Tell whether the release shows the assets that it should; true where there are none."""
    if not target.app.build:
        return True
    release = snapshot.releases.get(target.release or "")
    return release is not None and shown(target, release) == target.build_key(public)


def build_script(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> str:
    """
    Return the script that builds; the public values come on its stdin.

    A release that serves is not touched: activation puts new assets into it.
    """
    app, paths = target.app, target.paths
    if not app.build:
        raise ValueError(f"{app.name} has nothing to build")
    path, key = output_path(target), target.build_key(public)
    caches = app.build.caches
    return script(
        "build/assets",
        functions=("sandbox", "inputs"),
        **build_variables(target),
        environments=paths.environments,
        network=["--network"] if app.build.network else [],
        build=f"{paths.builds}/{key}",
        release_path=target.release_path or "",
        inputs=copied(target.build_inputs),
        hidden="" if target.build_inputs.in_place else "./REVISION",
        directory=app.build.directory,
        output=app.build.output,
        caches=[f"{cache}:{paths.built_caches}/{key}/{cache}" for cache in caches],
        written=caches,
        show="" if snapshot.current == target.release else path,
        command=app.build.command,
        node=f"{NODE}/{app.node.version}" if app.node else "",
        packages=f"{paths.environments}/{target.node_key}" if app.node else "",
        python=f"{paths.environments}/{target.python_key}" if app.build.as_app else "",
        candidate=paths.candidate,
        env_file=paths.env_file,
    )


def public_lines(target: Target, public: Mapping[str, str]) -> str:
    """Return the public values as lines that systemd reads for the build."""
    prefix = target.app.build.public_prefix if target.app.build else ""
    chosen = {key: value for key, value in public.items() if prefix and key.startswith(prefix)}
    return "".join(f"{key}={quoted(value)}\n" for key, value in sorted(chosen.items()))


def undo(target: Target, snapshot: Snapshot) -> Undo:
    """Return what shows the earlier assets again; builds themselves are harmless."""
    earlier = earlier_script(target, snapshot)
    return Undo("build.assets", script=earlier, stop=stop(target, "build"))


def earlier_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that shows what a release had built, "" where that was nothing."""
    release = snapshot.releases.get(target.release or "")
    earlier = shown(target, release) if release and target.app.build else ""
    if not (release and earlier):
        return ""
    path, is_placed = output_path(target), PIVOT in release.links
    return script(
        "undo/build",
        programs=PROGRAMS,
        release_path=target.release_path or "",
        output=path,
        build=f"{target.paths.builds}/{earlier}" if is_placed else "",
        link="" if is_placed else release.links[path],
    )

"""Built assets: one per content, made outside every release, linked into it."""

from collections.abc import Mapping

from tasks.host.environment_file import quoted
from tasks.plans.decision import Decision, done, todo
from tasks.plans.dependencies import copied
from tasks.plans.paths import NODE
from tasks.plans.sandbox import build_variables, unit
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target
from tasks.plans.undo import Undo, keep_links
from tasks.settings.app import App


def output_path(target: Target) -> str:
    """Return where the built assets are, relative to the release."""
    build = target.app.build
    if not build:
        return ""
    return build.output if build.directory == "." else f"{build.directory}/{build.output}"


def cache_names(app: App) -> tuple[str, ...]:
    """Return the names under which the app keeps what its build lets it write."""
    return tuple(f"build{number}" for number, _ in enumerate(app.build.caches if app.build else ()))


def decide(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> Decision:
    """Decide whether assets have to be built or linked; ``public`` are the values in force."""
    if not target.app.build:
        return done("the app has nothing to build")
    key = target.build_key(public)
    release = snapshot.releases.get(target.release or "")
    if key not in snapshot.environments:
        return todo(f"{key or 'the commit'} was not built yet")
    # a new release is made with its links
    if release and not is_linked(target, snapshot, public) and snapshot.current != target.release:
        return todo(f"the release is not linked to {key}")
    return done(f"{key} is built")


def is_linked(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> bool:
    """Tell whether the release shows the assets that it should; true where there are none."""
    if not target.app.build:
        return True
    release = snapshot.releases.get(target.release or "")
    link = release.links.get(output_path(target), "") if release else ""
    return link.endswith(f"/{target.build_key(public)}/output")


def build_script(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> str:
    """
    Return the script that builds; the public values come on its stdin.

    A release that serves is not touched: activation links new assets into it.
    """
    app, paths = target.app, target.paths
    if not app.build:
        raise ValueError(f"{app.name} has nothing to build")
    path = output_path(target)
    return script(
        "build/assets",
        functions=("sandbox", "inputs", "build/link"),
        **build_variables(target),
        environments=paths.environments,
        network=["--network"] if app.build.network else [],
        build=f"{paths.builds}/{target.build_key(public)}",
        release_path=target.release_path or "",
        inputs=copied(target.build_inputs),
        hidden="" if target.build_inputs.in_place else "./REVISION",
        directory=app.build.directory,
        output=app.build.output,
        caches=[
            f"{path}:{paths.app_caches}/{name}"
            for path, name in zip(app.build.caches, cache_names(app), strict=True)
        ],
        link="" if snapshot.current == target.release else path,
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
    """Return what links the earlier assets again; builds themselves are harmless."""
    links = keep_links(target, snapshot, output_path(target))
    return Undo("build.assets", save=links, stop=(unit(target, "build"),))

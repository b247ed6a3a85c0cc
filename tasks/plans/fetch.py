"""The code of a release: the mirror on the host, and one folder a commit."""

import json

from tasks.plans.decision import Decision, done, todo
from tasks.plans.paths import DEPLOY_USER
from tasks.plans.script import script
from tasks.plans.snapshot import Snapshot
from tasks.plans.target import Target
from tasks.plans.undo import Undo, keep_links


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the release's code has to be fetched."""
    if target.release is None:
        return todo("the commit is not known yet")
    if target.release in snapshot.releases:
        return done(f"release {target.release} is on the host")
    return todo(f"release {target.release} is not on the host")


def fetch_script(target: Target) -> str:
    """Return the script that makes the release's folder out of the mirror."""
    commit = target.commit.id if target.commit else ""
    about = {"commit": commit, "ref": target.values.ref, "migrations": target.migrations_object}
    directory = target.values.directory
    return script(
        "fetch/release",
        root=target.paths.root,
        mirror=target.paths.mirror,
        releases=target.paths.releases,
        configuration=target.paths.configuration,
        deploy_user=DEPLOY_USER,
        repository=target.values.repository,
        commit=commit,
        release=target.release or "",
        directory="" if directory == "." else directory,
        about=json.dumps(about),
    )


def shared_paths(target: Target) -> tuple[str, ...]:
    """Return what is linked from a release to shared: what the settings name, and the .env."""
    return (".env", *(path.rstrip("/") for path in target.values.shared))


def link_target(path: str) -> str:
    """Return the relative target of a shared path's link in a release."""
    return "../" * (path.count("/") + 2) + f"shared/{path}"


def decide_links(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether shared paths have to be linked into the release."""
    release = snapshot.releases.get(target.release or "")
    if release is None:
        return todo("the release is new")
    wrong = [p for p in shared_paths(target) if release.links.get(p) != link_target(p)]
    if wrong:
        return todo(f"not linked to shared: {', '.join(wrong)}")
    return done("shared paths are linked")


def link_script(target: Target) -> str:
    """Return the script that links shared paths and makes the folders among them."""
    return script(
        "fetch/shared",
        app=target.app.name,
        deploy_user=DEPLOY_USER,
        shared=target.paths.shared,
        release_path=target.release_path or "",
        paths=shared_paths(target),
        folders=[path.rstrip("/") for path in target.values.shared if path.endswith("/")],
    )


def undo_fetch(target: Target) -> Undo:
    """Return what removes the release again."""
    text = script(
        "undo/release",
        releases=target.paths.releases,
        current=target.paths.current,
        release=target.release or "",
    )
    return Undo("fetch.release", script=text)


def undo_links(target: Target, snapshot: Snapshot) -> Undo:
    """Return what puts the links of a release back that was there before."""
    links = keep_links(target, snapshot, *shared_paths(target))
    return Undo("fetch.shared", save=links)

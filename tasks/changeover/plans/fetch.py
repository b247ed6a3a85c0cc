"""The code of a release: the mirror on the host, and one folder a commit."""

import json
from collections.abc import Mapping, Sequence

from changeover.plans import migrations, pending
from changeover.plans.build import output_path
from changeover.plans.decision import Decision, done, todo
from changeover.plans.links import (
    known_build,
    known_environments,
    made_paths,
    shared_links,
    shared_paths,
)
from changeover.plans.migrations.steps import History
from changeover.plans.paths import FETCH_USER
from changeover.plans.sandbox import build_variables, stop, variables
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target, in_repository
from changeover.plans.undo import Undo, keep_links


def decide(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether the release's code has to be fetched."""
    if target.release is None:
        return todo("the commit is not known yet")
    if target.release in snapshot.releases:
        return done(f"release {target.release} is on the host")
    return todo(f"release {target.release} is not on the host")


def fetch_script(target: Target, snapshot: Snapshot, public: Mapping[str, str]) -> str:
    """
    Return the script that makes the release's folder out of the mirror.

    With all that it can show already, and with its migration history where a release with the very
    same scripts has been asked for it. A login at the repository's server is its stdin.
    """
    commit = target.commit.id if target.commit else ""
    about = {
        "commit": commit,
        "ref": target.values.ref,
        "migrations": target.migrations_object,
        "whole": True,
    }
    known = pending.history(target, snapshot) if target.has_migrations else None
    return script(
        "fetch/release",
        functions=("fetch/links", "fetch/login", "fetch/way"),
        **build_variables(target),
        **_links(target, shared_links(target)),
        shown=[word for pair in known_environments(target, snapshot).items() for word in pair],
        fetch_user=FETCH_USER,
        made=made_paths(target),
        output=output_path(target),
        build=known_build(target, snapshot, public),
        mirror=target.paths.mirror,
        releases=target.paths.releases,
        configuration=target.paths.configuration,
        repository=target.values.address,
        has_login="yes" if target.values.login else "",
        commit=commit,
        release=target.release or "",
        directory=in_repository(target.values, "."),
        known_hosts=target.values.known_hosts or "",
        about=json.dumps(about),
        migrations=_noted(target, known) if known else "",
    )


def _noted(target: Target, known: History) -> str:
    """Return a history as it is kept beside a release's code."""
    engine = migrations.of(target.app)
    told = {"steps": [step.dumped() for step in known], "here": True}
    return json.dumps(told | {"engine": engine.title if engine else ""})


def decide_links(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether shared paths have to be linked into the release."""
    if target.release is None:
        return todo("the commit is not known yet")
    release = snapshot.releases.get(target.release)
    if release is None:
        return done("a new release is made with its links")
    wrong = [path for path, to in shared_links(target).items() if release.links.get(path) != to]
    if wrong:
        return todo(f"not linked to shared: {', '.join(wrong)}")
    return done("shared paths are linked")


def link_script(target: Target) -> str:
    """Return the script that links shared paths and makes the folders among them."""
    return script(
        "fetch/shared",
        functions="fetch/links",
        **variables(target),
        **_links(target, shared_links(target)),
        release_path=target.release_path or "",
    )


def _links(target: Target, links: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {
        "shared": target.paths.shared,
        "shared_paths": shared_paths(target),
        "folders": [path.rstrip("/") for path in target.values.shared if path.endswith("/")],
        # path and target in turn
        "links": [word for pair in links.items() for word in pair],
    }


def undo_fetch(target: Target) -> Undo:
    """Return what removes the release again."""
    text = script(
        "undo/release",
        releases=target.paths.releases,
        current=target.paths.current,
        release=target.release or "",
    )
    return Undo("fetch.release", script=text, stop=stop(target, "fetch", "code", "shared"))


def undo_links(target: Target, snapshot: Snapshot) -> Undo:
    """Return what puts the links of a release back that was there before."""
    links = keep_links(target, snapshot, *shared_paths(target))
    return Undo("fetch.shared", save=links, stop=stop(target, "shared"))

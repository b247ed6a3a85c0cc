"""What is seen of a release that serves, before it is committed: its code, pages and log."""

import json
from pathlib import PurePosixPath

from changeover.plans import processes, tls
from changeover.plans.decision import Decision, done, todo
from changeover.plans.live import is_live
from changeover.plans.processes import engine_script
from changeover.plans.since import applicable, describe_skipped
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


def decide(target: Target, snapshot: Snapshot, *, switches: bool) -> Decision:
    """
    Decide whether pages are asked for and the log is looked through.

    ``switches`` tells that code, environment, processes or site have yet to be put in force;
    once they are, that the release is held and not committed.
    """
    if target.rollback:
        return done("a rollback is held to its health alone")
    if not (switches or is_live(snapshot)):
        return done("nothing was put in force")
    pages = target.app.health.expect
    count = len(applicable(target, snapshot, pages))
    skipped = describe_skipped(target, snapshot, pages)
    return todo(f"{count} page{'' if count == 1 else 's'} and the log{skipped}")


def observe_script(target: Target, snapshot: Snapshot) -> str:
    """Return the script that asks for pages, past a closed site, and looks at code and log."""
    paths, app = target.paths, target.app
    pages = applicable(target, snapshot, app.health.expect)
    errors = app.service.errors.model_dump() | {"files": log_files(target)}
    engine = processes.of(app)
    return engine_script(
        target,
        None,
        "health/observed",
        ("site/visitor",),
        app=app.name,
        root=paths.root,
        release=target.release or "",
        domain=target.values.domain,
        scheme=tls.scheme(target),
        socket=engine.socket(target),
        site_enabled=paths.site_enabled,
        maintenance=paths.maintenance,
        bypass=paths.bypass,
        certificate=paths.certificate,
        log=engine.log(target).words,
        marked=paths.restarted,
        began=str((snapshot.open_changeover or {}).get("began", 0)),
        pages=json.dumps([page.model_dump() for page in pages]),
        errors=json.dumps(errors),
    )


def code_script(target: Target, release: str) -> str:
    """Return the script that sees that what runs has its files in a release."""
    root = target.paths.root
    return engine_script(target, None, "health/code", root=root, release=release)


def log_files(target: Target) -> list[str]:
    """Return the full paths of the app's log files."""
    shared = PurePosixPath(target.paths.shared)
    declared = [str(shared / name) for name in target.app.service.errors.files]
    return [*processes.of(target.app).log(target).files, *declared]

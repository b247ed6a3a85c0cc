"""What is seen of a release that serves, before it is committed: its code, pages and log."""

from pathlib import PurePosixPath
from typing import Any

from changeover.plans import processes, visitor
from changeover.plans.decision import Decision, done, todo
from changeover.plans.live import is_live
from changeover.plans.since import applicable, describe_skipped
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.visitor import expect_script


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
    app = target.app
    pages = applicable(target, snapshot, app.health.expect)
    asked = {
        "pages": {
            "pages": [page.model_dump() for page in pages],
            "site": visitor.site(target),
            **visitor.past_closed(target),
        },
        **_code(target, target.release or ""),
        "log": {
            **app.service.errors.model_dump(),
            "files": log_files(target),
            "user": app.name,
            "marked": target.paths.restarted,
            "after": (snapshot.open_changeover or {}).get("began", 0),
        },
    }
    return expect_script(asked, "observe", *processes.of(app).log(target).words)


def code_script(target: Target, release: str) -> str:
    """Return the script that sees that what runs has its files in a release."""
    return expect_script(_code(target, release), "observe")


def _code(target: Target, release: str) -> dict[str, Any]:
    code = {"root": target.paths.root, "release": release}
    return {"code": code, "engine": visitor.engine(target)}


def log_files(target: Target) -> list[str]:
    """Return the full paths of the app's log files."""
    shared = PurePosixPath(target.paths.shared)
    declared = [str(shared / name) for name in target.app.service.errors.files]
    return [*processes.of(target.app).log(target).files, *declared]

"""What is seen of a release that serves, before its commit: processes, code, pages and log."""

from pathlib import PurePosixPath
from typing import Any

from changeover.plans import processes, visitor
from changeover.plans.decision import Decision, done, todo
from changeover.plans.live import is_live
from changeover.plans.since import applicable, describe_skipped
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.plans.visitor import expect_script
from changeover.settings.processes import Process

# of a process beside the one that serves nothing is asked; what cannot start ends at once
_STEADY_SECONDS = 2


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
        "running": {"seconds": _STEADY_SECONDS if len(app.processes) > 1 else 0},
        **_code(target, target.release or ""),
        "log": {
            "logs": logs(target),
            "user": app.name,
            "marked": target.paths.restarted,
            "after": (snapshot.open_changeover or {}).get("began", 0),
        },
    }
    return expect_script(asked, "observe")


def code_script(target: Target, release: str) -> str:
    """Return the script that sees that what runs has its files in a release."""
    return expect_script(_code(target, release), "observe")


def _code(target: Target, release: str) -> dict[str, Any]:
    code = {"root": target.paths.root, "release": release}
    return {"code": code, "engine": visitor.engine(target)}


def logs(target: Target) -> list[dict[str, Any]]:
    """Return where each process's log lies, and what counts as an error in it."""
    return [_log(target, process) for process in target.app.processes]


def _log(target: Target, process: Process) -> dict[str, Any]:
    engine, shared = processes.of(target.app), PurePosixPath(target.paths.shared)
    errors, log = process.errors, engine.log(target, process.name)
    return {
        "of": process.name,
        "journals": log.journals,
        "files": [*log.files, *(str(shared / name) for name in errors.files)],
        "pattern": errors.pattern,
        "allowed": errors.allowed,
    }

"""Commands that run once after a release: which ones wait, and which a person has to judge."""

import json
from collections.abc import Mapping
from typing import Any

from changeover.host.changeover.once import BEGAN, DONE
from changeover.plans.command import words
from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import PROGRAMS
from changeover.plans.script import script
from changeover.plans.since import applicable, describe_skipped
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target
from changeover.settings.expect import Once

AGAIN = "again"


def decide(target: Target, snapshot: Snapshot, elsewhere: str) -> Decision:
    """
    Decide whether commands have to be run, or a person has to be asked.

    ``elsewhere`` is the host that runs them, "" where it is this one. They wait for an open site.
    """
    asked, word = target.app.once, target.values.once
    if not asked and not word:
        return done("nothing is to be run once")
    if elsewhere:
        return done(f"{elsewhere}, the first of the app's hosts, runs them")
    waiting = _waiting(target, snapshot)
    if not waiting and not _is_strange(target):
        return done(f"all that runs once has run{describe_skipped(target, snapshot, asked)}")
    if snapshot.maintenance is not None and snapshot.current == target.release:
        return done("they wait until the site is open")
    return todo(f"once: {', '.join(one.name for one in waiting) or word}")


def problems(target: Target, snapshot: Snapshot) -> list[str]:
    """Return a line for each command that only a person can judge."""
    app, name = target.app.name, _word(target)[1]
    found = []
    if _is_strange(target):
        known = ", ".join(one.name for one in target.app.once) or "none"
        found.append(f"{app}_once: {name} is not declared in once=; what is: {known}")
    for one in _waiting(target, snapshot):
        record = snapshot.once.get(one.name)
        if record and one.name != name:
            found.append(_told(app, one.name, record))
    return found


def run_script(target: Target, snapshot: Snapshot, about: dict[str, str]) -> str:
    """Return the script that runs what waits; ``about`` says who runs it, for the ledger."""
    word, name = _word(target)
    asked = {
        "folder": target.release_path or "",
        "environment": target.paths.env_file,
        "shared": target.paths.shared,
        "again": name if word == AGAIN else "",
        "done": name if word == DONE else "",
        "about": {**about, "to": {"release": target.release}},
        "commands": [
            {
                "name": one.name,
                "words": words(target, one.command),
                "rehearse": words(target, one.rehearse) if one.rehearse else [],
                "seconds": one.seconds,
            }
            for one in _waiting(target, snapshot)
        ],
    }
    return script("once/run", programs=PROGRAMS, app=target.app.name, asked=json.dumps(asked))


def _waiting(target: Target, snapshot: Snapshot) -> list[Once]:
    """Return what is not done, and what a person wants again."""
    word, name = _word(target)
    return [
        one
        for one in applicable(target, snapshot, target.app.once)
        if snapshot.once.get(one.name, {}).get("outcome") != DONE
        or (word == AGAIN and one.name == name)
    ]


def _word(target: Target) -> tuple[str, str]:
    """Return what a person says, and of which command."""
    word, _, name = (target.values.once or "").partition(":")
    return word, name


def _is_strange(target: Target) -> bool:
    name = _word(target)[1]
    return bool(name) and name not in [one.name for one in target.app.once]


def _told(app: str, name: str, record: Mapping[str, Any]) -> str:
    if record.get("outcome") == BEGAN:
        what = (
            f"unknown: it began on {record.get('began')} and nobody knows how far it came, or it"
            f" still runs (systemctl status changeover-{app}-once)"
        )
    else:
        what = f"it failed on {record.get('ended')}"
    return (
        f"{app}: once {name}: {what}; look, then say --data {app}_once=again:{name} or done:{name}"
    )

"""Every script of the hosts, as its builder gives it out: valid, clean, given what it uses."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from changeover.hardening.plans import converge
from changeover.hardening.plans import snapshot as server
from changeover.hardening.plans.machine import machine_script
from changeover.hardening.plans.part import Carried, HostTarget, Part
from changeover.hardening.plans.parts import PARTS
from changeover.hardening.plans.snapshot import HostState
from changeover.operations.view import View
from changeover.plans import (
    commit,
    environment,
    migrate,
    observe,
    probe,
    rehearse,
    rollback,
    script,
    service,
)
from changeover.plans.alone import alone_script
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.provision.database import database_script
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import source
from changeover.plans.unchanged import guarded
from changeover.settings.host import HostSettings
from changeover.settings.migrations import Django
from tests.toys.pidfile import PidFile
from tests.unit.plans.steps import steps
from tests.unit.plans.world import (
    DEMANDING,
    FILES_AFTER,
    PLAYMAKER,
    V3,
    backup,
    serving,
    target,
    view,
    with_release,
)
from tests.unit.script_heads import head
from tests.unit.shellcheck_exceptions import is_meant

DJANGO = PLAYMAKER.model_copy(update={"migrations": Django(settings="events.settings")})
SCRIPTS = Path(script.__file__).parent.parent / "scripts"
HARDENING = SCRIPTS.parent / "hardening" / "scripts"
PATHS = {
    **{str(p.relative_to(SCRIPTS)): p for p in SCRIPTS.rglob("*.sh")},
    **{f"hardening/{p.relative_to(HARDENING)}": p for p in HARDENING.rglob("*.sh")},
}
FILES = sorted(PATHS)

PYTHON = script.assignments(environment.READER)

# what bash, the environment or a sourced file of the host sets; a variable of awk
GIVEN = {
    *("PATH", "PWD", "OLDPWD", "SECONDS", "SSH_AUTH_SOCK", "SUDO_USER", "CREDENTIALS_DIRECTORY"),
    *("ID", "VERSION_ID", "VERSION_CODENAME", "BASH_REMATCH", "i"),
}
UNASSIGNED = 2154  # as shellcheck calls it
USE = re.compile(r"\$(?:\{[#!]?)?([A-Za-z_]\w*)")
ASSIGNED = (
    re.compile(r"(?:^|[\s;(])([A-Za-z_]\w*)=", re.MULTILINE),
    re.compile(r"\bfor ([A-Za-z_]\w*)\b"),
    re.compile(r"\bread -r(?: -d '')? ([A-Za-z_][\w ]*)"),
    re.compile(r"\blocal ([A-Za-z_]\w*)"),
    re.compile(r"\bdeclare -A ([A-Za-z_][\w ]*)"),
    re.compile(r"\bexec \{([A-Za-z_]\w*)\}"),
)


def _full() -> View:
    """Return a view in which every script has something to name."""
    wanted = target(DEMANDING, V3, shared=["playmaker.db", "uploads/"], env_update=["A"])
    snapshot = with_release(serving(target(DEMANDING)), wanted)
    return view(wanted, replace(snapshot, backups=(backup(target(), FILES_AFTER),)))


def _rendered() -> Iterator[str]:
    seen = _full()
    for step in steps(DEMANDING).values():
        yield step.script(seen)
        if step.undo:
            undo = step.undo(seen)
            yield from (text for text in (undo.script, undo.redo, undo.stop) if text)
    yield settle_script(seen.target, seen.snapshot)
    yield observe.code_script(seen.target, "r1")
    # a first install, of an engine of systemd's and of one that starts what it starts outside
    for app in (PLAYMAKER, PLAYMAKER.model_copy(update={"process_engine": PidFile()})):
        yield service.undo_install(target(app), Snapshot()).script
    yield alone_script("/run/lock", "true", "ann", "laptop")
    yield guarded(seen.target, seen.snapshot, "")
    for changes in (True, False):
        yield environment.prepare_script(seen.target, changes=changes)
    yield environment.differing_script(seen.target)
    yield probe.status_script(probe.question(seen.target))
    django = replace(seen.target, app=DJANGO)
    yield migrate.history_script(seen.target)
    yield migrate.history_script(django)
    there = Location(POSTGRES, "shop")
    yield migrate.migrate_script(seen.target, seen.snapshot, there, "/manifest")
    yield rehearse.rehearsal_script(seen.target, seen.snapshot, there)
    yield database_script(seen.target, there)
    yield environment.prepare_script(seen.target, changes=True, password_of=there)
    yield environment.undo(seen.target, password_of=there).script
    yield probe.candidate_script(probe.question(seen.target), local_server=True)
    yield rollback.losses_script(seen.target, there, "/manifest")
    yield migrate.migrate_script(django, seen.snapshot, Location(SQLITE, "/db"), "/manifest")
    yield migrate.migrate_script(seen.target, seen.snapshot, NOWHERE, "/manifest")
    yield from _of_the_host(seen)
    yield commit.resolve_script(
        source(PLAYMAKER, seen.target.values), "playmaker", "key", "/cache", ["/tree"]
    )


def _of_the_host(seen: View) -> Iterator[str]:
    carried = Carried(seen.target.app, seen.target.values, local_server=True)
    host_target = HostTarget(HostSettings(), apps=(carried,))
    yield machine_script()
    parts = [make(host_target) for make in PARTS.values()]
    yield server.probe_script(server.question(parts, server.packages(parts), ("/program",)))
    for part in parts:
        # programs of the host itself, and what it is asked
        yield from (file.content for file in part.files.values())
        yield from (answer.command for answer in part.answers.values())
    for part in (Part("server.any"), *parts):
        yield converge.converge_script(part, HostState())
        yield converge.settle_script([part])
        yield from (answer.command for answer in part.answers.values())


@cache
def by_file() -> dict[str, str]:
    """Return for each script file a rendered script that holds it."""
    texts = list(_rendered())
    bodies = {file: path.read_text() for file, path in PATHS.items()}
    return {file: next((t for t in texts if body in t), "") for file, body in bodies.items()}


def assigned(text: str) -> set[str]:
    """Return the variables that a script sets."""
    found = (words for pattern in ASSIGNED for words in pattern.findall(plain(text)))
    return {name for words in found for name in words.split()}


def plain(text: str) -> str:
    """Return a script without comments, and without what its quotes hide."""
    return re.sub(r"'[^'\n]*'", "''", re.sub(r"(?m)(^|\s)#.*", "", text))


def unassigned(text: str, given: set[str]) -> set[str]:
    """Return the variables that a script uses and nobody sets."""
    return set(USE.findall(plain(text))) - assigned(text) - given


@pytest.mark.parametrize("file", FILES)
def test_every_script_has_a_builder_and_is_valid_bash(file: str) -> None:
    text = by_file()[file]
    assert text, "no builder gives it out"

    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def uncalled(text: str, functions: set[str]) -> set[str]:
    """Return the functions that a script calls and does not have."""
    has = set(re.findall(r"(?m)^ *([a-z_]+)\(\) ", text))
    before = r"(?m)(?:^|[;&|({!]|\b(?:then|else|do|if|while|until|!))[ ]*"
    return {name for name in functions - has if re.search(rf"{before}{name}(?=[ ;)]|$)", text)}


@pytest.mark.parametrize("file", FILES)
def test_a_script_has_the_functions_that_it_calls(file: str) -> None:
    roots = (SCRIPTS, HARDENING)
    every = "".join(path.read_text() for root in roots for path in root.rglob("*.sh"))
    # a name of one word may be any word of a message
    functions = set(re.findall(r"(?m)^([a-z]+_[a-z_]+)\(\) ", every))

    # what a program is asked has functions of its own
    text = re.sub(r"(?m)^asked=.*$", "", by_file()[file])
    assert uncalled(text, functions) == set()


def test_a_function_that_is_not_there_is_found() -> None:
    text = "has() { :; }\nif has; then gone; else echo gone too; fi\n! lost x | has\n"
    assert uncalled(text, {"has", "gone", "lost", "too"}) == {"gone", "lost"}


def test_a_variable_that_nobody_sets_is_found() -> None:
    assert unassigned("echo \"$given $nobody ${other:-x} '$awk'\"", {"given"}) == {
        "nobody",
        "other",
    }
    assert unassigned("for a in x; do local b=$a; c=1; echo $b$c; done # $d", set()) == set()


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return what shellcheck says of each rendered script, all asked at once."""
    if not shutil.which("shellcheck"):
        pytest.skip("no shellcheck on PATH: apt-get install shellcheck")
    folder = tmp_path_factory.mktemp("scripts")
    paths = {folder / file.replace("/", "_"): file for file in FILES}
    lines: dict[str, range] = {}
    for path, file in paths.items():
        # a program of Python's is no shell
        text = by_file()[file].replace(PYTHON, "environment_reader=program\n")
        path.write_text(text)
        body = PATHS[file].read_text()
        first = text[: text.index(body)].count("\n") + 1
        lines[file] = range(first, first + body.count("\n"))
    command = ["shellcheck", "--shell=bash", "--format=json", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {file: [] for file in FILES}
    for one in json.loads(done.stdout):
        file = paths[Path(one["file"])]
        own = one["line"] in lines[file]
        known = head(PATHS[file])
        name = one["message"].partition(" ")[0]
        given = one["code"] == UNASSIGNED and known and name in known.before
        if not given and not is_meant(file, one["code"], name, own=own):
            found[file].append(f"line {one['line']}: SC{one['code']} {one['message']}")
    return found


@pytest.mark.parametrize("file", FILES)
def test_shellcheck_finds_no_fault(file: str, findings: dict[str, list[str]]) -> None:
    assert findings[file] == []

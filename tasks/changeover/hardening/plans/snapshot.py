"""The state of a host's own configuration, and how it is asked for: one probe for all parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from changeover.hardening.plans.part import Carried, Part
from changeover.hardening.plans.sections import script, split
from changeover.host import json_text
from changeover.plans.paths import GUARD_WANTS, PROGRAMS, Paths
from changeover.plans.script import assignments
from changeover.settings.base import HOST

PATHS = Paths(HOST)
_SECTIONS = frozenset(
    {
        *("lock", "changeover", "packages", "programs", "files", "modes", "present", "answers"),
        "end",
    }
)


@dataclass(frozen=True)
class HostFile:
    """A file as it is."""

    sha256: str
    mode: str
    owner: str


@dataclass(frozen=True)
class Question:
    """What the probe is to look for."""

    packages: tuple[str, ...]
    files: tuple[str, ...]
    absent: tuple[str, ...]
    programs: tuple[str, ...]
    commands: tuple[str, ...]
    """Of all answers of all parts, in order."""


@dataclass(frozen=True)
class HostState:
    """What is so on a host, as far as the parts ask."""

    packages: frozenset[str] = frozenset()
    files: Mapping[str, HostFile] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    """Paths that should be absent and are there."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Host programs and the guard, by path to SHA-256."""
    answers: tuple[str, ...] = ()
    generation: str = ""
    """Id of the changeover of the host that was committed last."""
    stamp: str = ""
    held: Mapping[str, Any] | None = None
    open_changeover: Mapping[str, Any] | None = None
    stuck: str | None = None


def question(parts: Sequence[Part], packages: Sequence[str], programs: Sequence[str]) -> Question:
    """Return what has to be asked of a host for its parts."""
    return Question(
        packages=tuple(packages),
        files=tuple(path for part in parts for path in part.files),
        absent=tuple(path for part in parts for path in part.absent),
        programs=(*programs, f"{GUARD_WANTS}/{PATHS.guard}"),
        commands=tuple(answer.command for part in parts for answer in part.answers.values()),
    )


def packages(parts: Sequence[Part], apps: Sequence[Carried] = ()) -> tuple[str, ...]:
    """Return the Debian packages that all parts, apps and host programs need: one apt for all."""
    wanted = [needs.packages for needs in parts] + [app.packages for app in apps]
    return tuple(sorted({"python3", *chain.from_iterable(wanted)}))


def probe_script(asked: Question) -> str:
    """Return the script; it changes nothing, prints sections, and always succeeds."""
    variables = assignments(
        {
            "app": HOST,
            "lock": PATHS.lock,
            "state": PATHS.state,
            "programs": PROGRAMS,
            "packages": asked.packages,
            "files": asked.files,
            "absent": asked.absent,
            "program_files": asked.programs,
            "commands": asked.commands,
        }
    )
    return script(variables, "probe")


def parse(lines: Sequence[str]) -> HostState:
    """Read what the probe printed. Raises ValueError when it was cut short."""
    sections = split(lines, _SECTIONS)
    if "end" not in sections:
        raise ValueError("the probe was cut short")
    told = json_text.read(sections["changeover"][0]) if sections["changeover"] else {}
    answers = dict(row.partition(" ")[::2] for row in sections["answers"])
    stamps = [row.removeprefix("stamp ") for row in sections["lock"]]
    return HostState(
        packages=frozenset(sections["packages"]),
        files=_files(sections),
        present=frozenset(sections["present"]),
        programs=_sums(sections["programs"]),
        answers=tuple(answers.get(str(number), "") for number in range(len(answers))),
        generation=told.get("last") or "",
        stamp=stamps[0] if stamps else "",
        held=told.get("holder"),
        open_changeover=_open(told.get("open")),
        stuck=told.get("stuck"),
    )


def _files(sections: Mapping[str, list[str]]) -> dict[str, HostFile]:
    sums = _sums(sections["files"])
    modes = {path: (mode, owner) for mode, owner, path in map(_three, sections["modes"])}
    return {path: HostFile(sums[path], *modes[path]) for path in sums if path in modes}


def _sums(rows: Sequence[str]) -> dict[str, str]:
    return {path: digest for digest, path in (row.split("  ", 1) for row in rows)}


def _three(row: str) -> tuple[str, str, str]:
    mode, owner, path = row.split(" ", 2)
    return mode, owner, path


def _open(told: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the open changeover as an app's probe tells it: the newest phase as one word."""
    if told is None:
        return None
    return {**told, "phase": next(iter(told.get("phase") or ()), None)}

"""What a part of a host's configuration lacks, the script that gives it, and its undo."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from changeover.hardening.plans.part import CANNOT, File, Part
from changeover.hardening.plans.snapshot import HostState
from changeover.plans.decision import Decision, done, todo
from changeover.plans.script import Variable, assignments, read, script
from changeover.plans.undo import Undo
from changeover.settings.base import HOST


def told(parts: Sequence[Part], snapshot: HostState) -> dict[str, dict[str, str]]:
    """Return what the host answered, by step and name, of parts in the probe's order."""
    lines = iter(snapshot.answers)
    return {part.step: {name: next(lines, "") for name in part.answers} for part in parts}


def differences(part: Part, snapshot: HostState, answers: Mapping[str, str]) -> list[str]:
    """Return all that is not as it should be, each in words that name it."""
    found = [
        f"{path} is missing" if path not in snapshot.files else f"{path} differs"
        for path in _wrong(part, snapshot)
    ]
    found += [f"{path} should not be there" for path in part.absent if path in snapshot.present]
    return found + [
        f"{name} is {answers[name]}, not {answer.wanted}"
        for name, answer in part.answers.items()
        if answers[name] != answer.wanted and not answers[name].startswith(CANNOT)
    ]


def cannot(part: Part, answers: Mapping[str, str]) -> list[str]:
    """Return what cannot be set on this host, with why."""
    return [
        f"{name}: {answers[name].removeprefix(CANNOT)}"
        for name in part.answers
        if answers[name].startswith(CANNOT)
    ]


def decide(part: Part, snapshot: HostState, answers: Mapping[str, str]) -> Decision:
    """Decide whether the part has to be converged."""
    found = differences(part, snapshot, answers)
    if found:
        return todo("; ".join(found))
    return done(part.because or "as it should be")


def converge_script(part: Part, snapshot: HostState) -> str:
    """Return the script that makes the part so."""
    wrong = _wrong(part, snapshot)
    own: dict[str, Variable] = {
        "paths": list(wrong),
        "modes": [file.mode for file in wrong.values()],
        "owners": [file.owner for file in wrong.values()],
        "contents": [file.content for file in wrong.values()],
        "absent": [path for path in part.absent if path in snapshot.present],
    }
    taken = own.keys() & part.variables.keys()
    assert not taken, f"{part.step}: {taken} are the script's own"
    variables = {**part.variables, **own}
    if not part.apply:
        return script("converge", functions=(), **variables)
    return script(part.apply, functions=("converge", *part.functions), **variables)


def undo(part: Part) -> Undo:
    """Return what puts back all that the part may change; ``settle_script`` puts it in force."""
    return Undo(part.step, save=tuple(dict.fromkeys((*part.files, *part.absent, *part.keep))))


def settle_script(parts: Sequence[Part]) -> str:
    """Return what the host runs after its files were put back: they are in force again."""
    bodies = [read("prelude"), read("undo/touched"), "failed=\n"]
    for part in parts:
        if part.settle:
            # in one shell each; not after ||, where bash would not stop at an error
            own = "".join(map(read, (*part.functions, part.settle)))
            inner = f"set -e\n{assignments(part.variables)}{own}"
            bodies.append(f"if touched {part.step}; then\nset +e\n(\n{inner})\n")
            bodies.append(f'[ "$?" = 0 ] || failed="$failed {part.step}"\nset -e\nfi\n')
    bodies.append('[ -z "$failed" ] || fail "could not be put in force again:$failed"\n')
    return "".join(bodies)


def about(parts: Sequence[Part], changeover: str, operator: str, controller: str) -> dict[str, Any]:
    """Return what the host has to know of a changeover of itself before the first step."""
    return {
        "id": changeover,
        "kind": f"provision {HOST}",
        "operator": operator,
        "controller": controller,
        "before": "the host's own configuration is as before",
        "closing": "",
        "settle": settle_script(parts),
    }


def _wrong(part: Part, snapshot: HostState) -> dict[str, File]:
    return {path: file for path, file in part.files.items() if not _same(file, path, snapshot)}


def _same(file: File, path: str, snapshot: HostState) -> bool:
    there = snapshot.files.get(path)
    wanted = hashlib.sha256(file.content.encode()).hexdigest()
    return there is not None and (there.sha256, there.mode, there.owner) == (
        wanted,
        file.mode,
        file.owner,
    )

"""A host's own state as the probes would print it: the way back of ``machine`` and ``snapshot``."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from changeover.facts.program import program_files
from changeover.hardening.plans.part import Machine, Part
from changeover.hardening.plans.snapshot import PATHS, HostFile, HostState, packages
from changeover.plans.paths import GUARD_WANTS


def machine_answer(machine: Machine) -> str:
    """Return what a host of this kind says of itself."""
    lines = (
        f"system {machine.system}",
        f"codename {machine.codename}",
        *(["systemd yes"] if machine.systemd else []),
        f"uid {machine.uid}",
        f"memory {machine.memory_megabytes * 1024}",
        f"cores {machine.cores}",
        f"user {machine.user}",
        f"connection {machine.controller or '-'} 50000 192.0.2.1 {machine.ssh_port}",
        "end",
    )
    return "".join(f"{line}\n" for line in lines)


def converged(parts: Sequence[Part]) -> HostState:
    """Return the state of a host on which all parts are as they should be."""
    programs = {path: _sha(content) for path, content in program_files().items()}
    return HostState(
        packages=frozenset(packages(parts)),
        files={
            path: HostFile(_sha(file.content.encode()), file.mode, file.owner)
            for part in parts
            for path, file in part.files.items()
        },
        programs=programs | {f"{GUARD_WANTS}/{PATHS.guard}": "any"},
        answers=tuple(answer.wanted for part in parts for answer in part.answers.values()),
    )


def host_answer(snapshot: HostState) -> str:
    """Return what a host in this state answers to the probe of its own configuration."""
    told = {"last": snapshot.generation, "holder": snapshot.held, "stuck": snapshot.stuck}
    about = snapshot.open_changeover
    phase = [about["phase"]] if about and about.get("phase") else []
    told["open"] = {**about, "phase": phase} if about else None
    files = snapshot.files.items()
    sections: dict[str, Iterator[str]] = {
        "lock": iter([f"stamp {snapshot.stamp}"] if snapshot.stamp else []),
        "changeover": iter([json.dumps(told)]),
        "packages": iter(sorted(snapshot.packages)),
        "programs": (f"{digest}  {path}" for path, digest in snapshot.programs.items()),
        "files": (f"{file.sha256}  {path}" for path, file in files),
        "modes": (f"{file.mode} {file.owner} {path}" for path, file in files),
        "present": iter(sorted(snapshot.present)),
        "answers": (f"{number} {line}" for number, line in enumerate(snapshot.answers)),
        "end": iter(()),
    }
    return "".join(
        f"\n@@{name}\n" + "".join(f"{row}\n" for row in rows) for name, rows in sections.items()
    )


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

"""Control groups of a machine's own, in every hierarchy.

Started in its caller's control groups every host would share one tree with the others, and
take their services' groups away. A machine's group has two parts: ``keeper``, the processes
that look after it, and ``host``, the host itself under its limits.
"""

import os
from pathlib import Path

from changeover.lab.command import run

MOUNT = Path("/sys/fs/cgroup")
SYSTEMD = Path("/run/systemd/system")


def is_unified() -> bool:
    """Tell whether this machine has control groups version 2 only."""
    return (MOUNT / "cgroup.controllers").exists()


def needs_scope() -> bool:
    """Tell whether a machine must ask systemd for its control group: it owns the only tree."""
    return is_unified() and SYSTEMD.is_dir()


def hierarchies() -> list[Path]:
    """Return the root of every hierarchy."""
    if is_unified():
        return [MOUNT]
    return [path for path in sorted(MOUNT.iterdir()) if path.is_dir() and not path.is_symlink()]


def groups(name: str) -> list[Path]:
    """Return a machine's control groups that exist."""
    places = [place for root in hierarchies() for place in (root / name, _scope(root, name))]
    return [place for place in places if place.is_dir()]


def _scope(root: Path, name: str) -> Path:
    return root / "system.slice" / f"{name}.scope"


def create(name: str, memory: str | None, cpus: float | None) -> None:
    """Make a machine's control groups and set its limits."""
    for root in hierarchies():
        group = _scope(root, name) if needs_scope() else root / name
        if not needs_scope():
            _delegate(root)
        for part in (group, group / "keeper", group / "host"):
            part.mkdir(exist_ok=True)
            _copy_cpuset(part)
    if needs_scope():
        # Version 2 allows controllers only where no process sits beside the children.
        join(name, "keeper")
    for group in groups(name):
        _delegate(group)
        _limit(group / "host", memory, cpus)


def _copy_cpuset(group: Path) -> None:
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (group / name).exists() and not is_unified():
            (group / name).write_text((group.parent / name).read_text())


def _delegate(group: Path) -> None:
    switch = group / "cgroup.subtree_control"
    if is_unified():
        for controller in (group / "cgroup.controllers").read_text().split():
            _try_write(switch, f"+{controller}")


def _limit(group: Path, memory: str | None, cpus: float | None) -> None:
    limits = {
        "memory.limit_in_bytes": memory,
        "memory.max": memory,
        "cpu.cfs_quota_us": cpus and str(int(cpus * 100_000)),
        "cpu.max": cpus and f"{int(cpus * 100_000)} 100000",
    }
    for name, value in limits.items():
        if value and (group / name).exists():
            (group / name).write_text(value)


def _try_write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError:
        return


def join(name: str, part: str) -> None:
    """Move the calling process into a part of a machine's control groups."""
    for group in groups(name):
        (group / part / "cgroup.procs").write_text(str(os.getpid()))


def processes(name: str) -> list[int]:
    """Return every process in a machine's control groups, each once."""
    found: dict[int, None] = {}
    # os.walk passes over what vanishes meanwhile, where Path.rglob raises.
    for folder in (folder for group in groups(name) for folder, _, _ in os.walk(group)):
        try:
            text = Path(folder, "cgroup.procs").read_text()
        except OSError:
            continue
        found |= dict.fromkeys(map(int, text.split()))
    return [pid for pid in found if pid > 0]


def remove(name: str) -> None:
    """Remove a machine's control groups, which no process may be in any more."""
    if needs_scope():
        run(["systemctl", "stop", f"{name}.scope"], check=False)
    for group in groups(name):
        run(["find", str(group), "-depth", "-type", "d", "-delete"], check=False)


def names(pattern: str) -> set[str]:
    """Return the names of machines' control groups that match a glob pattern."""
    found = set()
    for root in hierarchies():
        found |= {path.name for path in root.glob(pattern) if path.is_dir()}
        found |= {path.stem for path in root.glob(f"system.slice/{pattern}.scope")}
    return found

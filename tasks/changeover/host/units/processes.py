"""Which processes of the host are a unit's."""

import contextlib
import os
import subprocess
from pathlib import Path

from ..files import Failure

_ASK_SECONDS = 30
_WITHOUT = ("inactive", "failed", "activating", "deactivating")


def of(unit: str) -> list[int]:
    """Return the processes of a unit. Raises Failure where systemd does not tell."""
    command = ["systemctl", "show", "-p", "ActiveState", "-p", "ControlGroup", unit]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=_ASK_SECONDS
    )
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    group = said.get("ControlGroup", "").strip("/")
    # one that waits to be started again has no group
    may_have_none = said.get("ActiveState") in _WITHOUT
    if done.returncode or not (group or may_have_none):
        raise Failure(f"systemd does not say what {unit} runs")
    if not group:
        return []
    found = (int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit())
    return sorted(pid for pid in found if _is_in(pid, f"/{group}"))


def _is_in(pid: int, group: str) -> bool:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text(errors="replace").splitlines():
            if f"{line.split(':', 2)[-1]}/".startswith(f"{group}/"):
                return True
    return False

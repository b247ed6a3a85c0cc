"""Units that a step started: stopped is what systemd says is stopped."""

import subprocess

from .changeover_files import Failure
from .changeover_process import systemctl

_STOPPED = ("inactive", "failed")


def stop(unit: str) -> None:
    """Stop a unit, if it is there. Raises Failure unless systemd says that it is stopped."""
    systemctl("stop", unit)  # its status says little: a unit that ended by itself is not there
    command = ["systemctl", "show", "-p", "ActiveState", "--value", unit]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    state = done.stdout.strip() if not done.returncode else ""
    if state not in _STOPPED:
        told = f"systemd calls it {state}" if state else f"systemd says nothing {done.stderr}"
        raise Failure(f"{unit} does not stop: {told.strip()}")

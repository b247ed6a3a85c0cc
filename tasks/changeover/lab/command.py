"""Run the controller's own tools."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from changeover.lab.errors import LabError


def run(
    arguments: Sequence[str],
    *,
    check: bool = True,
    environment: Mapping[str, str] | None = None,
    text: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end and capture what it says; a failure becomes a ``LabError``."""
    done = subprocess.run(
        list(arguments),
        check=False,
        capture_output=True,
        text=True,
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        env={**os.environ, **environment} if environment is not None else None,
    )
    if check and done.returncode != 0:
        raise LabError(failure(arguments, done))
    return done


def failure(arguments: Sequence[str], done: subprocess.CompletedProcess[str]) -> str:
    """Return one line: the tool, its exit status and the last thing it said."""
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    words = " ".join(arguments[:6]).replace("\n", " ")
    return f"{words}: exit status {done.returncode}: {said[-1] if said else 'no output'}"

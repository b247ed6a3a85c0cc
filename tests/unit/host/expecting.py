"""The program ``expect`` as it runs on a host: as a process."""

import json
import subprocess
import sys

from tests.unit.package import host_program

PROGRAM = host_program("expect")
_HEAD = "not as expected: "


def expect(asked: object, *words: object, path: str | None = None) -> list[str]:
    """Return what is not as expected, one text each; ``path`` is where it finds programs."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *map(str, words)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": path} if path else None,
    )
    assert done.stdout == ""
    if done.returncode == 0:
        assert done.stderr == ""
        return []
    assert done.returncode == 1, done.stderr
    head, *found = f"\n{done.stderr}".split(f"\n{_HEAD}")
    assert head == "", done.stderr
    return [text.removesuffix("\n") for text in found]

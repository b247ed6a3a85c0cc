"""
Run what CI runs several times in a row, and write down how each went.

    python -m tests.repeated 5 --cores 1

Nothing is tried a second time: the page shows whether a test fails now and then.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from tests.results import ROOT, commit

PAGE = ROOT / "docs/reference/repeated-runs.md"
COMMAND = ("script/test",)
_HEAD = """\
# Repeated runs

Runs of `script/test`, one after the other on the same machine. Written by `python -m
tests.repeated`, never by hand. [How to run the tests](../how-to/run-the-tests.md).

| began (UTC) | commit | cores | minutes | tests | exit status |
|---|---|---|---|---|---|
"""


@click.command()
@click.argument("times", type=click.IntRange(min=1))
@click.option("--cores", type=click.IntRange(min=1), help="How many it may use. Default: all.")
def main(times: int, cores: int | None) -> None:
    """Run `script/test` TIMES times; exit 1 if one of them failed."""
    own = sorted(os.sched_getaffinity(0))
    if cores and cores > len(own):
        raise click.ClickException(f"--cores {cores}: this machine has {len(own)}")
    statuses = [_run(PAGE, own[:cores]) for _ in range(times)]
    sys.exit(1 if any(statuses) else 0)


def _run(page: Path, cores: list[int]) -> int:
    """Run the command once on these cores, add its row to the page, return its exit status."""
    command = ("taskset", "--cpu-list", ",".join(map(str, cores)), *COMMAND)
    day, began = datetime.now(UTC), time.monotonic()
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            click.echo(line, nl=False)
            last = line.strip() or last
    minutes = (time.monotonic() - began) / 60
    text = row(day, commit(page), len(cores), minutes, last, process.returncode)
    before = page.read_text() if page.exists() else _HEAD
    page.write_text(before + text)
    return process.returncode


def row(day: datetime, at: str, cores: int, minutes: float, last: str, status: int) -> str:
    """
    Return the row of one run.

    + last: the last line that it printed; pytest's counts what passed and failed
    """
    told = last.strip("= ").partition(" in ")[0].replace("|", "/")
    return f"| {day:%Y-%m-%d %H:%M} | {at} | {cores} | {minutes:.0f} | {told} | {status} |\n"


if __name__ == "__main__":
    main()

"""The fault matrix on demand: ``python -m tests.e2e.matrix --help``."""

import argparse
import json
import os
import sys
from pathlib import Path

from changeover.lab import Lab
from tests.e2e import releases
from tests.e2e.matrix import table
from tests.e2e.matrix.cell import Cell, Verdict
from tests.e2e.matrix.faults import FAULTS
from tests.e2e.matrix.flavours import FLAVOURS
from tests.e2e.matrix.play import cells, play, sample
from tests.e2e.matrix.updates import UPDATES

PAGE = releases.ROOT / "docs/reference/fault-matrix.md"


def main() -> int:
    """Run what is asked for, and write the page; 1 when anything was lost."""
    options = _parser().parse_args()
    known = _read(options.results)
    done = {verdict.cell for verdict in known if not verdict.problems}
    chosen = [
        cell
        for cell in (sample() if options.sample else cells())
        if cell not in done
        and cell.update in (options.update or [update.name for update in UPDATES])
        and cell.parts()[0].flavour.name in (options.flavour or [cell.parts()[0].flavour.name])
        and cell.fault in (options.fault or [fault.name for fault in FAULTS])
        and cell.moment in (options.moment or [cell.moment])
    ]
    lab = Lab(options.lab)
    lab.down()
    verdicts = {verdict.cell: verdict for verdict in known}
    for verdict in play(lab, chosen, options.hosts):
        verdicts[verdict.cell] = verdict
        _say(verdict)
        with options.results.open("a") as file:
            file.write(json.dumps(verdict.as_json()) + "\n")
        table.write(options.page, verdicts.values())
    table.write(options.page, verdicts.values())
    lab.down()
    return int(any(verdict.problems for verdict in verdicts.values()))


def _say(verdict: Verdict) -> None:
    said = "; ".join(verdict.problems) or f"pass {verdict.seconds:.1f} s"
    cell = verdict.cell
    sys.stdout.write(f"{cell.update}, {cell.moment}, {cell.fault}: {said}\n")
    sys.stdout.flush()


def _read(path: Path) -> list[Verdict]:
    """Return the verdicts of an earlier run, of several on a cell the last."""
    if not path.exists():
        return []
    found = [json.loads(line) for line in path.read_text().splitlines()]
    verdicts = [Verdict(**{**each, "cell": Cell(**each["cell"])}) for each in found]
    return list({verdict.cell: verdict for verdict in verdicts}.values())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.matrix", description=__doc__)
    add = parser.add_argument
    number = int(os.environ.get("CHANGEOVER_TEST_LAB", "180"))
    add("--flavour", action="append", choices=[flavour.name for flavour in FLAVOURS])
    add("--update", action="append", choices=[update.name for update in UPDATES])
    add("--fault", action="append", choices=[fault.name for fault in FAULTS])
    add("--moment", action="append", help="the name of a step, begin or commit")
    add("--sample", action="store_true", help="only what script/test --all runs")
    add("--hosts", type=int, default=3, help="how many at a time")
    add("--lab", type=int, default=number, help="number of the lab; it is taken down at the end")
    add("--page", type=Path, default=PAGE)
    add(
        "--results",
        type=Path,
        default=Path("/var/tmp/changeover-fault-matrix.jsonl"),
        help="where verdicts are kept: cells that passed are not run again",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The matrix as a page: a table of steps and faults for each release."""

from collections.abc import Iterable
from pathlib import Path

from tests.e2e.matrix.cell import Cell, Verdict
from tests.e2e.matrix.faults import FAULTS, SILENCE, strikes
from tests.e2e.matrix.flavours import FLAVOURS
from tests.e2e.matrix.play import is_often
from tests.e2e.matrix.updates import BEGIN, COMMIT, INSIDE, UPDATES, Update

CI = "°"
_HEAD = f"""# Fault matrix

Written by `python -m tests.e2e.matrix`, not by hand. [How to run it](../how-to/run-the-tests.md).

An app is released on lab hosts. Meanwhile people write through nginx and look at the site many
times a second. At each boundary the host is stopped, struck by a fault, and continued. A boundary
is the moment at which the undo of a step is in the journal and the step begins to act. "{BEGIN}" is
the open journal before the first step, "{COMMIT}" the committed one, "{INSIDE.strip()}" a step is
its middle.

*pass* means, without anybody logging in: the old release serves as before (after the commit: the
new one). The database is complete and fits it. Every acknowledged write is there once. No lock,
journal, closed page or scratch database is left. What a migration had made is set aside and kept.
The ledger says what happened. One plain release then changes everything that is left to do, and
every backup can be restored.

The number is the seconds from the fault until the site was right again. Hosts give up a silent
controller after {SILENCE} s here (30 by default); the two faults with a silent controller include
that time. CI runs the cells with a {CI} each time.

"""


def page(verdicts: Iterable[Verdict]) -> str:
    """Return the page."""
    found = {(v.cell.update, v.cell.moment, v.cell.fault): v for v in verdicts}
    tables = []
    for flavour in FLAVOURS:
        own = [update for update in UPDATES if update.flavour is flavour]
        tables += [f"## {flavour.title}", *(_table(update, found) for update in own)]
    faults = "\n".join(
        ["| fault | how |", "|---|---|", *(f"| {fault.name} | {fault.how} |" for fault in FAULTS)]
    )
    lost = [_lost(verdict) for verdict in found.values() if verdict.problems]
    return _HEAD + "\n\n".join([faults, *tables, *lost]) + "\n"


def _table(update: Update, found: dict[tuple[str, str, str], Verdict]) -> str:
    names = [fault.name for fault in FAULTS]
    rows = []
    for moment in update.moments:
        cells = [
            _cell(found.get(key)) + (CI if is_often(Cell(*key)) else "")
            if strikes(fault, moment)
            else "—"
            for fault in FAULTS
            for key in [(update.name, moment, fault.name)]
        ]
        rows.append(f"| {moment} | {' | '.join(cells)} |")
    head = f"| {update.name} | {' | '.join(names)} |"
    return "\n".join([f"### {update.name}\n", head, "|---" * (len(names) + 1) + "|", *rows])


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not run"
    return "**lost**" if verdict.problems else f"pass {verdict.seconds:.1f}"


def _lost(verdict: Verdict) -> str:
    cell = verdict.cell
    lines = [f"- {problem}" for problem in verdict.problems]
    return "\n".join([f"**{cell.update}, {cell.moment}, {cell.fault}**\n", *lines])


def write(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Write the page."""
    path.write_text(page(verdicts))

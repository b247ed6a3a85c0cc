"""One cell of the matrix: a release that is struck, what becomes of it, and the next release."""

import subprocess
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.matrix import judge
from tests.e2e.matrix.faults import FAULTS, NONE, SILENCE, Fault
from tests.e2e.matrix.scene import MissedError, Scene
from tests.e2e.matrix.traffic import Look, Traffic
from tests.e2e.matrix.updates import COMMIT, SOMETIMES, UPDATES, Served, Update

_TRIES = 3
_CONTROLLER_SECONDS = 90
_REST_SECONDS = 10.0


@dataclass(frozen=True)
class Cell:
    """Which release, struck where, by what."""

    update: str
    moment: str
    fault: str

    def parts(self) -> tuple[Update, Fault]:
        """Return the update and the fault that the names stand for."""
        update = next(known for known in UPDATES if known.name == self.update)
        return update, next(known for known in (*FAULTS, NONE) if known.name == self.fault)


@dataclass(frozen=True)
class Verdict:
    """What became of it."""

    cell: Cell
    problems: list[str]
    """Empty: nothing was lost."""
    seconds: float
    """From the strike until the app served, was well, and nothing was open."""
    steps: list[str] = field(default_factory=list)
    """What was journalled up to the strike."""
    output: str = ""
    """What pyinfra printed and what the host was doing, where something was lost."""

    def as_json(self) -> dict[str, Any]:
        """Return what can be kept in a file."""
        return asdict(self)


class Controller:
    """A running release whose output is read all the time."""

    def __init__(self, lab: Lab, host: LabHost, update: Update) -> None:
        settings = {**update.settings(lab), "changeover_silence_seconds": str(SILENCE)}
        self.process = releases.start(lab, "release", "--limit", host.name, **settings)
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.poll() is None

    def end(self) -> int | None:
        """Wait for its end, and return its exit status; None where it had to be killed."""
        try:
            status: int | None = self.process.wait(_CONTROLLER_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        self._reader.join(5)
        return status


def tell(lab: Lab, cell: Cell, name: str) -> Verdict:
    """Let it happen on a host of its own; once more where the moment was missed."""
    for attempt in range(_TRIES):
        try:
            return _tell(lab, cell, f"{name}-{attempt}" if attempt else name)
        except MissedError as missed:
            why = str(missed)
    return Verdict(cell, [f"never struck: {why}"], 0)


def _tell(lab: Lab, cell: Cell, name: str) -> Verdict:
    update, fault = cell.parts()
    flavour, writable = update.flavour, update.schemas[0] is not None
    host = lab.up(name, groups=[flavour.app], layer=flavour.layer(lab, update.begin))
    try:
        with Traffic(host, flavour.site, writable=writable).at_work() as traffic:
            story = Story(lab, host, cell, traffic)
            story.interrupt(fault)
            if not story.problems:
                story.converge()
        story.problems += [] if story.problems else story.judge_stored()
        told = "".join(story.controller.lines) + story.converged + story.evidence
        output = told if story.problems else ""
        return Verdict(cell, story.problems, round(story.seconds, 1), story.steps, output)
    finally:
        lab.down(host.name)


class Story:
    """The course of one cell."""

    def __init__(self, lab: Lab, host: LabHost, cell: Cell, traffic: Traffic) -> None:
        self.lab, self.host, self.cell, self.traffic = lab, host, cell, traffic
        self.update, _ = cell.parts()
        self.scene = Scene(host, self.update.flavour.app)
        self.database = self.update.flavour.database
        self.kept: set[str] = set()
        self.old, self.new = self.update.old(lab), self.update.new(lab)
        self.environment = self.scene.environment()
        self.problems: list[str] = []
        self.seconds = 0.0
        self.steps: list[str] = []
        self.converged = self.evidence = ""

    def interrupt(self, fault: Fault) -> None:
        """Release, strike, wait, and judge."""
        known = len(self.scene.ledger())
        self.controller = Controller(self.lab, self.host, self.update)
        try:
            at = self.scene.freeze_at(self.cell.moment, self.controller.alive)
            about, self.steps = self.scene.about(), self.scene.entries()
            fault.strike(self.scene, self.controller.process)
            self._settle(at, fault.limit)
        except AssertionError as late:
            self.problems.append(str(late))
        except MissedError:
            self.controller.process.kill()
            raise
        status = self.controller.end()
        if self.problems:
            return
        self._judge_end(status, fault)
        unknown = set(self.steps) - {*self.update.steps, *SOMETIMES}
        self.problems += [f"the matrix does not know the steps {unknown}"] if unknown else []
        records = self.scene.ledger()
        served = (self.old, self.new)
        self.problems += judge.ledger(records[known:], about, self.cell.moment, fault, served)
        self.problems += [] if self.problems else judge.away(records[-1], self.traffic)

    def _settle(self, at: float, limit: float) -> None:
        """Wait until the app serves and nothing is open, and judge what serves then."""
        restless, seen = self._at_rest(at + limit)
        if restless or not seen.well:
            self.evidence = judge.evidence(self.host, self.scene.state.name)
        self.seconds = time.monotonic() - at
        self.problems += [f"after {limit:.0f} s {what}" for what in restless]
        self.problems += judge.visitors(seen, self.traffic, {self.old, self.new})
        if seen.well:
            self.problems += self._judge_served(seen.served)

    def _at_rest(self, until: float) -> tuple[list[str], Look]:
        """
        Wait for the host's rest, and return what was still missing, and what visitors saw.

        Both are of one look: at rest the host's guard takes the lock for an instant now and then.
        """
        while True:
            restless, seen = judge.whole(self.scene), self.traffic.look()
            if (not restless and seen.well) or time.monotonic() > until:
                return restless, seen
            time.sleep(0.05)

    def _judge_served(self, served: Served | None) -> list[str]:
        wanted = self.new if self.cell.moment == COMMIT else self.old
        if served != wanted:
            return [f"{served} serves instead of {wanted}"]
        if wanted == self.old and self.scene.environment() != self.environment:
            return ["the environment is not what it was"]
        found = self.database.wrong(self.host, served.schema) + self.judge_stored()
        migrated = "migrate.forward" in self.steps[:-1] and wanted == self.old
        if migrated and not self.kept:
            found.append("what the migration had made was not set aside")
        return found

    def judge_stored(self) -> list[str]:
        """Judge what is stored: every write, and every database that was ever set aside."""
        kept = self.database.kept(self.host)
        gone, self.kept = self.kept - kept, self.kept | kept
        found = [f"{name} was set aside, and is gone" for name in gone]
        told = self.traffic.writers.told(201)  # before it is read: people go on writing
        return found + judge.writes(told, self.database.written(self.host))

    def _judge_end(self, status: int | None, fault: Fault) -> None:
        """Judge how pyinfra ended: what was undone it may not call a success."""
        if status is None:
            self.problems.append(f"pyinfra was still there after {_CONTROLLER_SECONDS} s")
        elif status == 0 and self.cell.moment != COMMIT:
            self.problems.append("pyinfra ended with 0, but its release was undone")
        elif status != 0 and fault is NONE:
            self.problems.append(f"pyinfra ended with {status}")

    def converge(self) -> None:
        """Release once more, plainly, and judge again."""
        settings = self.update.settings(self.lab)
        run = releases.pyinfra(self.lab, "release", "--limit", self.host.name, **settings)
        self.converged = f"\n==== the release after it ====\n{run.output}"
        if run.status != 0:
            self.problems.append(f"the release after it failed ({run.status})")
        # the hold lets go of the lock just after it told of its end
        restless, seen = self._at_rest(time.monotonic() + _REST_SECONDS)
        self.problems += restless
        self.problems += judge.visitors(seen, self.traffic, {self.old, self.new})
        if seen.served != self.new:
            self.problems.append(f"after the next release {seen.served} serves")
        else:
            self.problems += self.database.wrong(self.host, self.new.schema)
        newest = self.scene.ledger()[-1]
        if (newest["outcome"], newest["to"]["commit"]) != ("committed", self.new.release):
            self.problems.append(f"the ledger's last record is {newest}")
        self.problems += judge.backups(self.host, self.update, newest)
        # of the hosts that are struck at the same time, the inventory's first does it for all
        once = () if "the first of the app's hosts, runs them" in run.output else self.update.once
        if sorted(done := self.scene.done_once()) != sorted(once):
            self.problems.append(f"done once: {done}, not {once}")
        left = judge.leftovers(self.host, self.update.flavour.app)
        self.problems += [f"left on the host: {left}"] if left else []

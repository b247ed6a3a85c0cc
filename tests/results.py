"""A pytest plugin that writes down what a whole run showed: ``script/test --all``."""

import os
import subprocess
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SLOWEST = 20
_HEAD = """\
# Test results

What the last whole run showed. Written by `script/test --all`, never by hand.
[How to run the tests](../how-to/run-the-tests.md).
"""


@dataclass
class Ended:
    """One test: how it ended, and the seconds of its fixtures and itself."""

    outcome: str = "passed"
    seconds: float = 0


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Results:
    """What a run showed so far."""

    tests: dict[str, Ended] = field(default_factory=lambda: defaultdict(Ended))
    broken: list[str] = field(default_factory=list)
    """Files that could not be read."""
    began: float = field(default_factory=time.monotonic)
    path: Path | None = None
    again: bool = False
    """Only what failed is run: the page of the whole run stays, and says how that went."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests[report.nodeid]
        test.seconds += report.duration
        if report.failed:
            test.outcome = "failed"
        elif report.skipped and test.outcome == "passed":
            # an expected failure is reported as skipped, with its reason
            test.outcome = "expected to fail" if hasattr(report, "wasxfail") else "skipped"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and report.nodeid not in self.broken:
            self.broken.append(report.nodeid)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self.path:
            at, now = commit(self.path), datetime.now(UTC)
            if self.again and self.path.exists():
                self.path.write_text(told_again(self.path.read_text(), self, at, now))
                return
            where = f"commit {at}, {os.cpu_count()} cores"
            minutes = (time.monotonic() - self.began) / 60
            self.path.write_text(page(self, where, now, minutes, int(exitstatus)))


def page(results: Results, where: str, day: datetime, minutes: float, status: int) -> str:
    """Return the page; ``where`` names commit and machine, ``status`` is pytest's own."""
    counts = Counter(test.outcome for test in results.tests.values())
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    ended = "passed" if status == 0 else f"**did not pass** (pytest's exit status {status})"
    lines = [
        _HEAD,
        f"{day:%Y-%m-%d %H:%M} UTC, {where}: {ended} in {minutes:.0f} minutes.",
        "",
        f"{len(results.tests)} tests: {told or 'none'}.",
        "",
        "## Failures",
        "",
        *_failures(results),
        "",
        "## By place",
        "",
        "| place | tests | passed | failed | other | minutes |",
        "|---|---|---|---|---|---|",
        *_places(results),
        "",
        f"## The slowest {SLOWEST}",
        "",
        "| seconds | test |",
        "|---|---|",
        *_slowest(results),
    ]
    return "\n".join(lines) + "\n"


def told_again(text: str, results: Results, at: str, day: datetime) -> str:
    """Return the page of a whole run with how those of its failures went that were run again."""
    lines = []
    for line in text.splitlines():
        name = line.split("`")[1] if line.startswith("- `") else ""
        test = results.tests.get(name)
        ran = f"- `{name}`: later {test.outcome}, at {at}, {day:%Y-%m-%d %H:%M}" if test else line
        lines.append(ran)
    return "\n".join(lines) + "\n"


def _failures(results: Results) -> list[str]:
    failed = [name for name, test in results.tests.items() if test.outcome == "failed"]
    return [f"- `{name}`" for name in sorted([*failed, *results.broken])] or ["None."]


def place(name: str) -> str:
    """Return where a test belongs: its file on lab hosts, its folder elsewhere."""
    file = name.split("::")[0]
    return file if file.startswith("tests/e2e/") else str(Path(file).parent)


def _places(results: Results) -> list[str]:
    by_place: dict[str, list[Ended]] = defaultdict(list)
    for name, test in results.tests.items():
        by_place[place(name)].append(test)
    rows = []
    for where, tests in sorted(by_place.items()):
        counts = Counter(test.outcome for test in tests)
        passed, failed = counts["passed"], counts["failed"]
        minutes = sum(test.seconds for test in tests) / 60
        others = len(tests) - passed - failed
        rows.append(f"| {where} | {len(tests)} | {passed} | {failed} | {others} | {minutes:.1f} |")
    return rows


def _slowest(results: Results) -> list[str]:
    found = sorted(results.tests.items(), key=lambda item: -item[1].seconds)[:SLOWEST]
    # a pipe in a parameter would end the table's cell
    return [f"| {test.seconds:.0f} | `{name.replace('|', '/')}` |" for name, test in found]


def commit(page: Path) -> str:
    """Return the commit that is tested, and whether files differ from it, but for the page."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run(
        [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False
    )
    changed = subprocess.run(
        [*git, "status", "--porcelain", "--", ".", f":!{page.resolve()}"],
        capture_output=True,
        text=True,
        check=False,
    )
    name = head.stdout.strip() or "unknown"
    return f"{name} with changes" if changed.stdout.strip() else name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--results", type=Path, help="write what the run showed to this page")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--results")
    # the workers of xdist report to the one that wrote the option down
    if path and not hasattr(config, "workerinput"):
        found = Results(path=path, again=bool(config.getoption("lf", False)))
        config.pluginmanager.register(found, "changeover-results")

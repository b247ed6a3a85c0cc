"""One measurement: every tool in turn, never two at once, each release proven before it counts."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bench import hosts
from bench.samples import Kind, Sample
from bench.tools import Tool
from changeover.lab import Lab, LabHost

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """What to measure."""

    latencies: Sequence[float]
    firsts: int
    """First releases, each on a fresh host."""
    repeats: int
    """Releases of each other kind."""


class Bench:
    """Tools, and the lab that they release in."""

    def __init__(self, lab: Lab, tools: Sequence[Tool], tell: Tell) -> None:
        """Begin at the sample app's newest version; ``tell`` hears of each release."""
        self._lab = lab
        self._tools = tools
        self._tell = tell
        self._numbers = count()

    def measure(self, plan: Plan) -> Iterator[Sample]:
        """Return every release of the plan as soon as it is proven."""
        for latency in plan.latencies:
            for _ in range(plan.firsts):
                commit = self._push()
                for tool in self._tools:
                    host = self._fresh(tool, latency)
                    yield self._release(tool, host, commit, "first", latency)
            yield from self._later(plan.repeats, latency)

    def _later(self, repeats: int, latency: float) -> Iterator[Sample]:
        # not counted: from here on each tool has as many releases as it keeps, as in daily use
        commit = self._push()
        for tool in self._tools:
            self._release(tool, self._host(tool), commit, "code-only", latency)
        for _ in range(repeats):
            commit = self._push()
            kinds: tuple[Kind, ...] = ("code-only", "no-op")
            for kind in kinds:
                for tool in self._tools:
                    yield self._release(tool, self._host(tool), commit, kind, latency)

    def _push(self) -> str:
        return hosts.push(self._lab, next(self._numbers))

    def _host(self, tool: Tool) -> LabHost:
        return self._lab.host(tool.name)

    def _fresh(self, tool: Tool, latency: float) -> LabHost:
        host = hosts.fresh(self._lab, tool.name)
        tool.prepare(host)
        hosts.set_round_trip(host, latency)
        return host

    def _release(
        self, tool: Tool, host: LabHost, commit: str, kind: Kind, latency: float
    ) -> Sample:
        seconds = tool.release(host)
        load = os.getloadavg()[0]
        hosts.prove(host, commit)
        self._tell(f"{kind} at +{latency:g} ms by {tool.name}: {seconds:.2f} s")
        return Sample(tool.name, kind, latency, round(seconds, 3), round(load, 2))

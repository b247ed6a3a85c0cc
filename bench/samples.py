"""What was measured, and the table and the JSON that are made of it. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Literal

Kind = Literal["first", "code-only", "no-op"]
KINDS: tuple[Kind, ...] = ("first", "code-only", "no-op")
SUBJECT = "changeover"
HEADINGS = ("release", "round trip", "load")


@dataclass(frozen=True)
class Sample:
    """One release."""

    tool: str
    kind: Kind
    latency: float
    """Milliseconds that were added to the host's round trip."""
    seconds: float
    load: float
    """The machine's load average over a minute, when the release ended."""


def table(samples: Sequence[Sample]) -> str:
    """Return a row for each kind of release and round trip, a column for each tool and ratio."""
    tools = list(dict.fromkeys(sample.tool for sample in samples))
    others = [tool for tool in tools if tool != SUBJECT]
    rows = [(*HEADINGS[:2], *tools, *(f"/ {tool}" for tool in others), HEADINGS[2])]
    for latency in sorted({sample.latency for sample in samples}):
        for kind in KINDS:
            row = [one for one in samples if (one.kind, one.latency) == (kind, latency)]
            if row:
                rows.append(_row(row, tools, others))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(f"{'  '.join(map(str.ljust, row, widths)).rstrip()}\n" for row in rows)


def _row(samples: Sequence[Sample], tools: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    seconds = {tool: [one.seconds for one in samples if one.tool == tool] for tool in tools}
    loads = [one.load for one in samples]
    return (
        samples[0].kind,
        f"+{samples[0].latency:g} ms",
        *(_spread(seconds[tool]) for tool in tools),
        *(_ratio(seconds.get(SUBJECT, []), seconds[tool]) for tool in others),
        f"{min(loads):.1f}-{max(loads):.1f}",
    )


def _spread(seconds: Sequence[float]) -> str:
    """Return the median, and the least and the most."""
    if not seconds:
        return "-"
    return f"{median(seconds):.2f} s ({min(seconds):.2f}-{max(seconds):.2f})"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{median(ours) / median(theirs):.2f}" if ours and theirs else "-"


def as_json(samples: Sequence[Sample]) -> list[dict[str, object]]:
    """Return what json can write: a list with an object for each release."""
    return [asdict(sample) for sample in samples]

"""The table of a measurement."""

import json

from bench.samples import KINDS, Kind, Sample, as_json, table


def sample(tool: str, seconds: float, kind: Kind = "no-op", latency: float = 0) -> Sample:
    return Sample(tool, kind, latency, seconds, load=1.5)


MEASURED = [
    sample("changeover", 2.0),
    sample("changeover", 9.0),
    sample("changeover", 4.0),
    sample("shell", 2.0),
    sample("capistrano", 8.0),
]


def test_a_cell_is_the_median_with_the_least_and_the_most() -> None:
    heading, row = table(MEASURED).splitlines()

    assert heading.split()[:2] == ["release", "round"]
    assert "4.00 s (2.00-9.00)" in row


def test_ratios_are_of_medians_and_the_load_stands_beside_them() -> None:
    row = table(MEASURED).splitlines()[1]

    assert row.split()[-3:] == ["2.00", "0.50", "1.5-1.5"]


def test_each_kind_and_round_trip_has_a_row_in_order() -> None:
    measured = [
        sample("shell", 1.0, kind, latency) for latency in (50, 0) for kind in reversed(KINDS)
    ]

    rows = [line.split()[:2] for line in table(measured).splitlines()[1:]]

    assert rows == [[kind, f"+{latency}"] for latency in (0, 50) for kind in KINDS]


def test_a_tool_that_was_not_measured_there_leaves_a_gap() -> None:
    measured = [sample("changeover", 1.0), sample("shell", 1.0, "first")]

    rows = table(measured).splitlines()[1:]

    assert [row.split()[3] for row in rows] == ["-", "1.00"]
    assert all(row.split()[-2] == "-" for row in rows)


def test_json_holds_every_release() -> None:
    written = json.loads(json.dumps(as_json(MEASURED)))

    assert [Sample(**one) for one in written] == MEASURED

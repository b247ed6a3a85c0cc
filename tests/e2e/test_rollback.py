"""Going back while people write: each way loses what it said and nothing else, once and again."""

import json
import re
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.load import KEPT, Writers, back, records
from tests.e2e.restarts import Restarts

pytestmark = pytest.mark.lab

SHARED = "/srv/playmaker/shared"


def see_nothing_to_do(run: releases.Run, host: LabHost, why: str) -> None:
    """See a run that changed nothing and said why."""
    assert run.status == 0, run.output
    assert run.steps(host.name) == []
    assert why in run.output


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which v3 was released over v2, and written to since."""
    host = lab.up("back", groups=["playmaker"], layer=releases.layer(lab, "v3"))
    load.wait_until(lambda: load.nginx_answers(host), "nginx answers")
    load.write(host, *KEPT)
    yield host
    lab.down(host.name)


def test_without_a_way_it_only_says_what_each_one_loses(lab: Lab, host: LabHost) -> None:
    before = host.run(f"cat {load.LEDGER}").stdout

    run = back(lab, host)

    see_nothing_to_do(run, host, "nothing was changed; give --data rollback=code")
    assert "rollback=code: loses nothing" in run.output
    assert "taking back 0002 (A description for each playlist" in run.output
    assert re.search(
        r"rollback=restore: loses what .*: 3 rows \(playlist_history 3 new\)", run.output
    )
    assert host.run(f"cat {load.LEDGER}").stdout == before
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")


def test_code_goes_back_under_load_and_loses_nothing(lab: Lab, host: LabHost) -> None:
    restarts = Restarts()
    with Writers(host, name="code").at_work() as writers, restarts.one():
        run = back(lab, host, rollback="code")

    assert run.status == 0, run.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0002")
    assert writers.told(503) == []
    found = load.stored(host)
    assert load.not_as_told(writers.told(201), found) == []
    assert restarts.too_much(writers.strange(), found) == []
    assert records(host)[-1]["kind"] == "rollback code"
    assert records(host)[-1]["outcome"] == "committed"


def test_code_again_stays_where_it_is_and_says_why(lab: Lab, host: LabHost) -> None:
    run = back(lab, host, rollback="code")

    see_nothing_to_do(run, host, "serves since the rollback code of")
    assert load.serves(host) == (load.commit(lab, "v2"), "0002")


def test_a_downgrade_goes_back_under_load_and_keeps_every_row(lab: Lab, host: LabHost) -> None:
    forward = load.release(lab, host, "v3")
    assert forward.status == 0, forward.output
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")

    with Writers(host, name="downgrade").at_work() as writers:
        run = back(lab, host, rollback="downgrade")

    assert run.status == 0, run.output
    print(f"away for {writers.seconds_away():.1f} s, {writers.statuses()}")  # noqa: T201  a measurement
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert "Rollback | Take migrations back" in run.steps(host.name)
    assert writers.strange() == []
    assert writers.told(503)
    assert load.lost_or_doubled(host, writers.told(201)) == []
    assert set(KEPT) <= set(load.names(host))
    see_nothing_to_do(
        back(lab, host, rollback="downgrade"), host, "serves since the rollback downgrade of"
    )


def test_a_restore_without_the_word_is_refused(lab: Lab, host: LabHost) -> None:
    forward = load.release(lab, host, "v3")
    assert forward.status == 0, forward.output
    load.write(host, "since", "then")

    for loses in ({}, {"rollback_loses": "1"}):
        run = back(lab, host, rollback="restore", **loses)

        assert run.status != 0
        assert "2 rows (playlist_history 2 new) would go" in run.output
        assert "--data rollback_loses=2" in run.output
        assert run.steps(host.name) == []
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")
    assert {"since", "then"} <= set(load.names(host))


def test_a_restore_under_load_loses_exactly_what_it_said(lab: Lab, host: LabHost) -> None:
    kept = set(load.names(host)) - {"since", "then"}
    with Writers(host, name="restore").at_work() as writers:
        run = back(lab, host, rollback="restore", rollback_loses="all")

    assert run.status == 0, run.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert writers.strange() == []
    closed = writers.told(503)[0].started
    lost = load.lost_or_doubled(host, writers.told(201))
    assert lost
    assert lost == [write.key for write in writers.told(201) if write.key in lost]
    assert all(write.started < closed for write in writers.told(201) if write.key in lost)
    # beside what the writers lost, the two that were written before them
    said = re.search(r"noop: (\d+) rows \(playlist_history \d+ new\) go", run.output)
    assert said, run.output
    assert int(said[1]) == len(lost) + 2
    assert kept <= set(load.names(host))
    assert not {"since", "then"} & set(load.names(host))


def test_what_a_restore_replaced_is_kept_twice_and_on_the_record(host: LabHost) -> None:
    record = records(host)[-1]

    assert record["kind"] == "rollback restore"
    assert int(record["lost_rows"]) > 2
    today = json.loads(host.run(f"cat {record['backup']}").stdout)
    assert today["verified"] is True
    (replaced,) = host.run(f"ls {SHARED}/playmaker.db.rolled-back-*").stdout.split()
    count = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute("
    count += "'select count(*) from playlist_history').fetchone())"
    rows = int(host.run(f'python3 -c "{count}" {replaced}').stdout)
    assert rows == today["content"]["tables"]["playlist_history"]["rows"]


def test_a_restore_again_changes_nothing_and_then_a_release_goes_forward(
    lab: Lab, host: LabHost
) -> None:
    again = back(lab, host, rollback="restore", rollback_loses="all")
    see_nothing_to_do(again, host, "serves since the rollback restore of")

    forward = load.release(lab, host, "v3")
    assert forward.status == 0, forward.output
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")

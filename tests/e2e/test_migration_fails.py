"""A migration that fails half-way: the host puts everything back by itself."""

import shlex
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.load import KEPT, UnderLoad, Writers

pytestmark = pytest.mark.lab

# It goes well on a copy of the data, and then does not. SQLAlchemy's transaction takes DDL back, so
# the first statement is committed on its own.
BROKEN = """\
import os
if "CHANGEOVER_REHEARSAL" in os.environ:
    return
with op.get_context().autocommit_block():
    op.execute("CREATE TABLE half_done (id INTEGER)")
op.execute("UPDATE half_done SET no_such_column = 1")"""
MENDED = BROKEN.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").replace(
    "no_such_column", "id"
)


def push(lab: Lab, name: str, upgrade: str) -> str:
    """Push a commit with a migration on top of v3; return its id."""
    return lab.origin.push(load.APP, load.migration(upgrade), name, branch=name, base="v3")


@pytest.fixture(scope="module")
def failed(lab: Lab) -> Iterator[UnderLoad]:
    """Return a release that failed in its migration, on a host that serves v2."""
    host = lab.up("failed", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    load.write(host, *KEPT)
    broken = push(lab, "broken", BROKEN)
    with Writers(host).at_work() as writers:
        run = load.release(lab, host, broken)
        load.wait_until(
            lambda: writers.told(201)[-1].started > writers.told(503)[-1].started, "open"
        )
    yield UnderLoad(host, run, writers)
    lab.down(host.name)


def test_the_failed_release_says_what_failed_and_that_all_is_as_before(failed: UnderLoad) -> None:
    assert failed.run.status == 1
    said = said_of(failed.run, failed.host)
    assert "no such column: no_such_column" in said
    assert "migration 0003 failed" in said
    assert "playmaker: undone: " in said
    assert "Traceback" not in failed.run.output


def test_the_old_release_serves_its_old_schema_and_every_acknowledged_write(
    lab: Lab, failed: UnderLoad
) -> None:
    assert load.serves(failed.host) == (load.commit(lab, "v2"), "0001")
    assert rows(failed.host, "SELECT version_num FROM alembic_version") == ["0001"]
    assert rows(failed.host, "SELECT name FROM sqlite_master WHERE name = 'half_done'") == []
    assert failed.writers.strange() == []
    assert load.lost_or_doubled(failed.host, failed.writers.told(201)) == []


def test_nothing_of_the_failed_release_is_left_but_the_database_that_was_replaced(
    lab: Lab, failed: UnderLoad
) -> None:
    left = failed.host.run("ls -A /var/lib/changeover/playmaker /srv/playmaker/releases").stdout
    for name in ("undo.d", "redo.d", "maintenance", "quiesced", "candidate.env", "stuck"):
        assert name not in left.split()
    assert load.commit(lab, "broken")[:12] not in left
    replaced = failed.host.run("ls /srv/playmaker/shared").stdout
    assert "playmaker.db.undone-" in replaced


def test_the_ledger_tells_what_happened(lab: Lab, failed: UnderLoad) -> None:
    record = load.records(failed.host)[-1]

    assert (record["outcome"], record["by"]) == ("undone", "release")
    assert record["why"] == "migrate.forward failed"
    assert record["from"]["commit"] == load.commit(lab, "v2")
    assert record["to"]["commit"] == load.commit(lab, "broken")
    assert record["schema_before"] == ["0001"]
    assert record["backup"] in failed.host.run("ls /var/backups/changeover/playmaker/*").stdout
    assert record["away_seconds"] == pytest.approx(failed.writers.seconds_away(), abs=2)


def test_a_mended_commit_goes_forward(lab: Lab, failed: UnderLoad) -> None:
    mended = push(lab, "mended", MENDED)

    run = load.release(lab, failed.host, mended)

    assert run.status == 0, run.output
    assert load.serves(failed.host) == (mended, "0003")
    assert load.lost_or_doubled(failed.host, failed.writers.told(201)) == []
    assert load.release(lab, failed.host, mended).steps(failed.host.name) == []


def rows(host: LabHost, query: str) -> list[str]:
    """Return the first column of what the database answers."""
    program = "import sqlite3, sys; print(*(row[0] for row in sqlite3.connect(sys.argv[1])"
    program += '.execute(sys.argv[2])), sep="\\n")'
    command = shlex.join(["python3", "-c", program, "/srv/playmaker/shared/playmaker.db", query])
    return host.run(command).stdout.split()


def said_of(run: releases.Run, host: LabHost) -> str:
    """Return what was printed of a host, without the host's name before each line."""
    prefix = f"[{host.name}] "
    lines = (line.strip() for line in run.output.splitlines())
    return "\n".join(line.removeprefix(prefix) for line in lines if line.startswith(prefix))

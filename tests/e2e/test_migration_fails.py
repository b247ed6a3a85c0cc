"""A migration that fails half-way: nobody writes, and the printed way back leads back."""

import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest

from tests.e2e import load, releases
from tests.e2e.load import KEPT
from tests.lab import Lab, LabHost
from tests.lab.lab import Wish

pytestmark = pytest.mark.lab

# SQLAlchemy's transaction takes DDL back, so the first statement is committed on its own.
BROKEN = '''\
"""Half of it happens."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("UPDATE half_done SET no_such_column = 1")
'''
MENDED = BROKEN.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS").replace(
    "no_such_column", "id"
)
MIGRATION = "alembic/versions/0003_half.py"


def push(lab: Lab, name: str, migration: str) -> str:
    """Push a commit with a migration on top of v3; return its id."""
    return lab.origin.push(load.APP, {MIGRATION: migration}, name, branch=name, base="v3")


@pytest.fixture(scope="module")
def failed(lab: Lab) -> Iterator[tuple[releases.Run, list[LabHost]]]:
    """Return a release that failed in its migration, on two hosts that serve v2."""
    layer = releases.layer(lab, "v2")
    wishes = [Wish(name, groups=("playmaker",), layer=layer) for name in ("failed", "forward")]
    hosts = lab.up_all(wishes)
    for host in hosts:
        load.write(host, *KEPT)
    limits = [word for host in hosts for word in ("--limit", host.name)]
    broken = push(lab, "broken", BROKEN)
    yield releases.pyinfra(lab, "release", *limits, **load.wishes(broken, {})), hosts
    lab.down(*(host.name for host in hosts))


@pytest.fixture
def closed(failed: tuple[releases.Run, list[LabHost]]) -> LabHost:
    """Return the host on which one goes back."""
    return failed[1][0]


def test_the_failed_release_says_where_and_what_and_the_way_back(
    failed: tuple[releases.Run, list[LabHost]],
) -> None:
    run, hosts = failed

    assert run.status != 0
    for host in hosts:
        said = said_of(run, host)
        assert "no such column: no_such_column" in said
        assert "migration 0003 failed" in said
        assert backup(run, host) in host.run("ls /var/backups/changeover/playmaker/*.json").stdout


def test_the_site_is_closed_the_app_stopped_and_the_old_release_current(
    lab: Lab, closed: LabHost
) -> None:
    see_closed(closed)
    current = closed.run("cat /srv/playmaker/current/REVISION").stdout.strip()
    assert current == load.commit(lab, "v2")
    assert rows(closed, "SELECT version_num FROM alembic_version") == ["0002"]
    assert rows(closed, "SELECT name FROM sqlite_master WHERE name = 'half_done'") == ["half_done"]


def test_the_same_failure_again_names_the_backup_from_before_the_first(
    lab: Lab, failed: tuple[releases.Run, list[LabHost]], closed: LabHost
) -> None:
    again = load.release(lab, closed, push(lab, "broken", BROKEN))

    assert again.status != 0
    assert "migration 0003 failed" in said_of(again, closed)
    assert backup(again, closed) == backup(failed[0], closed)
    see_closed(closed)


def test_a_power_cut_in_this_state_opens_and_starts_nothing(closed: LabHost) -> None:
    closed.kill()
    closed.boot()
    load.wait_until(partial(load.nginx_answers, closed), "nginx answers after the boot")
    closed.run("systemctl is-system-running --wait", check=False)

    see_closed(closed)


def test_the_printed_commands_lead_back(
    lab: Lab, failed: tuple[releases.Run, list[LabHost]], closed: LabHost
) -> None:
    go_back(lab, failed[0], closed)

    assert load.names(closed) == list(KEPT)
    load.write(closed, "after the way back")


def test_the_next_failure_leads_back_to_what_was_written_since(
    lab: Lab, failed: tuple[releases.Run, list[LabHost]], closed: LabHost
) -> None:
    again = load.release(lab, closed, push(lab, "broken", BROKEN))

    assert backup(again, closed) != backup(failed[0], closed)
    go_back(lab, again, closed)
    assert load.names(closed) == [*KEPT, "after the way back"]


def test_after_the_way_back_a_good_release_goes_forward(lab: Lab, closed: LabHost) -> None:
    run = load.release(lab, closed, "v3")

    assert run.status == 0, run.output
    assert load.serves(closed) == (load.commit(lab, "v3"), "0002")
    assert load.names(closed) == [*KEPT, "after the way back"]


def test_a_mended_commit_leads_forward(
    lab: Lab, failed: tuple[releases.Run, list[LabHost]]
) -> None:
    forward = failed[1][1]
    mended = push(lab, "mended", MENDED)

    run = load.release(lab, forward, mended)

    assert run.status == 0, run.output
    assert load.serves(forward) == (mended, "0003")
    assert load.names(forward) == list(KEPT)
    assert load.release(lab, forward, mended).steps(forward.name) == []


def go_back(lab: Lab, run: releases.Run, host: LabHost) -> None:
    """Run exactly the commands that were printed, and see v2 serve."""
    for command in way_back(run, host):
        host.run(command)
    load.wait_until(partial(load.serves, host), "a release serves")
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")


def see_closed(host: LabHost) -> None:
    """See visitors and programs sent away, and nothing run that could write."""
    for path, kind in (("/", "text/html"), ("/api/playlists", "application/json")):
        asked = urllib.request.Request(
            f"http://{host.address}{path}", headers={"Host": releases.DOMAIN}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)  # noqa: S310  a lab's own address
        assert refused.value.code == 503
        assert refused.value.headers["Retry-After"]
        assert refused.value.headers["Content-Type"].startswith(kind)
    units = host.run("systemctl is-active playmaker.service playmaker.socket", check=False).stdout
    assert not {"active", "activating"} & set(units.split())


def rows(host: LabHost, query: str) -> list[str]:
    """Return the first column of what the database answers."""
    program = "import sqlite3, sys; print(*(row[0] for row in sqlite3.connect(sys.argv[1])"
    program += '.execute(sys.argv[2])), sep="\\n")'
    command = shlex.join(["python3", "-c", program, "/srv/playmaker/shared/playmaker.db", query])
    return host.run(command).stdout.splitlines()


def said_of(run: releases.Run, host: LabHost) -> str:
    """Return what was printed of a host, without the host's name before each line."""
    prefix = f"[{host.name}] "
    lines = (line.strip() for line in run.output.splitlines())
    return "\n".join(line.removeprefix(prefix) for line in lines if line.startswith(prefix))


def way_back(run: releases.Run, host: LabHost) -> list[str]:
    """Return the commands that were printed as the way back on a host."""
    _, _, rest = said_of(run, host).partition("from its verified backup:\n")
    commands, _, _ = rest.partition("Or mend")
    assert commands, run.output
    return [line.strip() for line in commands.splitlines()]


def backup(run: releases.Run, host: LabHost) -> str:
    """Return the manifest of the backup that the way back restores."""
    return way_back(run, host)[0].partition("--manifest ")[2].split()[0]

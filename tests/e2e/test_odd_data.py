"""A healthy database that the host's SQLite cannot check in full is released, and put back."""

import json
import shlex
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases

pytestmark = pytest.mark.lab

DATABASE = "/srv/playmaker/shared/playmaker.db"
# with functions that the app alone would have; it reads nothing of it
ODD = """
import sqlite3, sys
app = sqlite3.connect(sys.argv[1])
app.create_function("regexp", 2, lambda *_: True, deterministic=True)
app.create_function("upper_of", 1, str.upper, deterministic=True)
app.executescript('''
create table odd (id integer primary key, n text check (n regexp '^[a-z]+$'),
    u text as (upper_of(n)));
insert into odd (n) values ('ab'), ('cd');
create index odd_u on odd (u);
''')
"""
NEWEST = "ls -1 /var/backups/changeover/playmaker/*.json | tail -n 1"


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which v2 serves such a database."""
    made = lab.up("odd-data", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    load.wait_until(lambda: load.nginx_answers(made), "nginx answers")
    load.write(made, *load.KEPT)
    made.run(f"runuser -u playmaker -- python3 -c {shlex.quote(ODD)} {DATABASE}")
    yield made
    lab.down(made.name)


def test_it_is_released_and_the_app_is_asked(lab: Lab, host: LabHost) -> None:
    run = load.release(lab, host, "v3")

    assert run.status == 0, run.output
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")
    assert "of this host cannot check all of it" in run.output
    newest = host.run(NEWEST).stdout.strip()
    manifest = json.loads(host.run(f"cat {newest}").stdout)
    assert manifest["verified"] is True
    assert manifest["content"]["pages"]["rows"] == {"odd": 2}
    # it was asked behind its walls, and knows no more: these functions are the test's own
    assert manifest["unchecked"]["own"]["sqlite"]
    assert "upper_of" in manifest["unchecked"]["own"]["said"]
    host.run(f"/usr/local/lib/changeover/sqlite_backup verify --manifest {newest}")
    left = host.run("systemctl list-units --all 'changeover-playmaker-sqlite*'").stdout
    assert "playmaker-sqlite" not in left


@pytest.mark.slow
def test_it_is_put_back(lab: Lab, host: LabHost) -> None:
    run = load.back(lab, host, rollback="restore", rollback_loses="all")

    assert run.status == 0, run.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    count = "select count(id) from odd"
    ask = f"import sqlite3; print(*sqlite3.connect({DATABASE!r}).execute({count!r}).fetchone())"
    told = host.run(f"runuser -u playmaker -- python3 -c {shlex.quote(ask)}").stdout
    assert told.strip() == "2"

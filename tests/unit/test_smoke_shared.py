"""Two hosts that name one database are refused before anything is touched, whoever is asked."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.plans.snapshot import Database, Snapshot
from tests.unit.fleet import Fleet
from tests.unit.plans.world import fresh, serving
from tests.unit.test_smoke import run

URL = "postgresql://shop@db.test/shop"


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def on_server(fleet: Fleet, url: str, *addresses: str) -> Snapshot:
    """Return a host whose data is in a server's database."""
    return replace(
        serving(fleet.target("playmaker")),
        database_url=url,
        database_addresses=addresses,
        database=Database(url.partition("?")[0].rpartition("/")[2], ("0001",), "f00d"),
    )


def test_both_are_named_and_every_host_is_stopped(fleet: Fleet) -> None:
    fleet.host("one", {"playmaker": on_server(fleet, URL)})
    fleet.host("two", {"playmaker": on_server(fleet, "postgres://x@DB.test:5432/shop?a=b")})
    fleet.host("three", {"playmaker": on_server(fleet, "postgresql://x@db.test/other")})

    done = run(fleet, "release", "-y", "--data", "playmaker_ref=main")

    assert done.code == 1
    said = "playmaker on @fake/one and on @fake/two name one database (shop on db.test:5432)"
    for host in ("one", "two"):
        assert any(said in line for line in done.text.splitlines() if f"[@fake/{host}]" in line)
    stopped = r"\[@fake/three\] +stopped, nothing was changed: @fake/one, @fake/two"
    assert re.search(stopped, done.text)
    assert done.executed == []


def test_what_two_hosts_call_differently_is_told_by_its_address(fleet: Fleet) -> None:
    fleet.host("one", {"playmaker": on_server(fleet, URL, "10.9.9.9")})
    fleet.host("two", {"playmaker": on_server(fleet, "postgres://x@10.9.9.9/shop")})

    done = run(fleet, "release", "-y")

    assert "name one database" in done.text
    assert done.executed == []


def test_a_server_on_each_host_is_each_hosts_own(fleet: Fleet) -> None:
    for name in ("one", "two"):
        fleet.host(name, {"playmaker": on_server(fleet, "postgresql://x@localhost/shop")})

    done = run(fleet, "release", "-y")

    assert "name one database" not in done.text


def with_environment(fleet: Fleet, url: str, **data: str) -> dict[str, str]:
    """Return the data of a host that the controller has this URL for."""
    file = fleet.folder / "server.env"
    text = (fleet.folder / "playmaker.env").read_text()
    file.write_text(f"{text}DATABASE_URL={url}\n")
    file.chmod(0o600)
    return {"playmaker_env_file": str(file)} | data


def test_a_host_that_is_left_out_is_known_by_what_the_controller_has_for_it(fleet: Fleet) -> None:
    data = with_environment(fleet, URL)
    fleet.host("one", {"playmaker": on_server(fleet, URL)}, **data)
    fleet.host("two", {"playmaker": fresh()}, **data)

    limited = run(fleet, "release", "-y", "--limit", "@fake/one")

    assert limited.code == 1
    assert "as the controller's environment for @fake/two says" in limited.text
    assert limited.executed == []


def test_what_is_given_for_this_run_alone_says_nothing_of_those_left_out(fleet: Fleet) -> None:
    fleet.host("one", {"playmaker": on_server(fleet, URL)})
    fleet.host("two", {"playmaker": fresh()})
    given = with_environment(fleet, URL)["playmaker_env_file"]

    limited = run(
        fleet, "release", "-y", "--limit", "@fake/one", "--data", f"playmaker_env_file={given}"
    )

    assert "name one database" not in limited.text


def test_ways_back_are_told_all_the_same_but_none_is_gone(fleet: Fleet) -> None:
    for name in ("one", "two"):
        fleet.host(name, {"playmaker": on_server(fleet, URL)})

    told = run(fleet, "rollback", "-y")
    gone = run(fleet, "rollback", "-y", "--data", "rollback=code")

    assert "name one database" not in told.text
    assert (told.code, gone.code) == (0, 1)
    assert told.executed == gone.executed == []

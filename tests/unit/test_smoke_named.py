"""Names that lead to no app, no host and no setting, through pyinfra's own command line."""

import pytest

from tests.unit.fleet import Fleet
from tests.unit.plans.world import serving
from tests.unit.test_smoke import run


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Return a host that is well, and one whose group is misspelt."""
    fleet = Fleet(tmp_path_factory.mktemp("named"))
    fleet.host("well", {"playmaker": serving(fleet.target("playmaker"))})
    fleet.host("lost", {"playmaker": serving(fleet.target("playmaker"))})
    fleet.groups["playmaker"].remove("lost")
    fleet.groups["playmakr"] = ["lost"]
    return fleet


@pytest.mark.parametrize("deploy", ["release", "provision", "status", "undo", "rollback"])
def test_a_misspelt_group_is_refused_and_its_host_named(fleet: Fleet, deploy: str) -> None:
    done = run(fleet, deploy, "-y")

    assert done.code == 1, done.text
    assert "@fake/lost: the group playmakr is no app: did you mean playmaker?" in done.text
    assert done.executed == []


def test_settings_of_nobody_are_refused_all_at_once(fleet: Fleet) -> None:
    given = ("foo_ref=x", "host_opne_ports=1", "hello_ref=main", "playmaker_ref=main")
    words = [word for one in given for word in ("--data", one)]

    done = run(fleet, "release", "-y", "--limit", "@fake/well", *words)

    assert done.code == 1, done.text
    assert "foo_ref: unknown setting; " in done.text
    assert "hello_ref: no host of this run carries hello" in done.text
    assert (
        "@fake/well: host_opne_ports: unknown setting; did you mean host_open_ports?" in done.text
    )
    assert done.text.count("unknown setting") == 2
    assert done.executed == []


def test_what_is_right_is_released(fleet: Fleet) -> None:
    words = ("--data", "playmaker_ref=main", "--data", "changeover_channels=true")

    done = run(fleet, "release", "-y", "--limit", "@fake/well", *words)

    assert done.code == 0, done.text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--limit", "nosuch"), "--limit nosuch: no host and no group of the inventory is called"),
        (
            ("--exclude", "@fake/*"),
            "no host is left: --exclude names all of them; nothing was done",
        ),
        (("--limit", "@fake/well", "--limit", "nosuch"), "nothing was touched:"),
    ],
)
def test_a_limit_that_names_nobody_fails(fleet: Fleet, options: tuple[str, ...], said: str) -> None:
    done = run(fleet, "release", "-y", *options)

    assert done.code == 1, done.text
    assert said in done.text
    assert done.text.count("nosuch: no host and no group") == options.count("nosuch")
    assert done.executed == []

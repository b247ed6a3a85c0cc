"""Two hosts that name one database are told from two that each have their own."""

from itertools import count
from typing import Any

import pytest

from changeover.plans.sharing import DatabaseUse, database_address, shared

_numbers = count(1)
DB = "postgresql://app:s%40cret@db.example/shop"


def home(url: str, host: str = "", app: str = "shop", **more: Any) -> DatabaseUse:
    """Return where an app's data is, on a host of its own."""
    number = next(_numbers)
    found = database_address(url)
    assert found
    own = frozenset({f"10.0.0.{number}", "172.17.0.1"} | more.pop("own", set()))
    addresses = frozenset(more.pop("addresses", set()))
    name = host or f"web-{number}"
    return DatabaseUse(name, app, "DATABASE_URL", found, addresses=addresses, own=own, **more)


@pytest.mark.parametrize(
    "url",
    [
        DB,
        "postgresql://other@DB.EXAMPLE./shop",
        "postgres://app@db.example:5432/shop",
        "postgresql+psycopg://app@db.example/shop?sslmode=require",
        "postgresql://app@/shop?host=db.example",
        "postgresql:///shop?user=app&host=db.example&port=5432",
    ],
)
def test_one_database_is_one_however_it_is_written(url: str) -> None:
    (found,) = shared([home(DB), home(url)])

    assert "name one database (shop on db.example:5432)" in found.problem
    assert "cret" not in found.problem
    assert all(name in found.problem for name in found.hosts)
    assert "DATABASE_URL" in found.problem
    assert "shop_env_file" in found.problem


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app@db.example/other",
        "postgresql://app@db.example/SHOP",
        "postgresql://app@db.example:5433/shop",
        "postgresql://app@db2.example/shop",
        "postgresql://app@localhost/shop",
        "postgresql:///shop",
    ],
)
def test_another_database_is_another(url: str) -> None:
    assert list(shared([home(DB), home(url)])) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("localhost", "localhost"),
        ("127.0.0.1", "[::1]"),
        ("%2Frun%2Fpostgresql", "LOCALHOST"),
        ("127.0.1.1", "localhost.localdomain"),
        ("127.0.0.1", "0.0.0.0"),
    ],
)
def test_what_each_host_calls_itself_is_each_hosts_own(one: str, other: str) -> None:
    names = [f"postgresql://app@{name}/shop" for name in (one, other)]

    assert list(shared([home(name) for name in names])) == []
    # of two apps on one host it is the same
    assert len(list(shared([home(n, "web", f"app{at}") for at, n in enumerate(names)]))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.9.9", "10.0.9.9"),
        ("[2001:DB8::1]", "[2001:db8:0:0:0:0:0:1]"),
    ],
)
def test_an_address_is_one_however_it_is_written(one: str, other: str) -> None:
    found = [home(f"postgresql://app@{name}/shop") for name in (one, other)]

    assert len(list(shared(found))) == 1


def test_two_names_of_one_address_are_one_server() -> None:
    one = home("postgresql://app@primary/shop", addresses={"10.0.9.9"})

    assert list(shared([one, home("postgresql://app@db/shop", addresses={"10.0.9.9", "::9"})]))
    assert list(shared([one, home("postgresql://app@10.0.9.9/shop")]))
    assert not list(shared([one, home("postgresql://app@db/shop", addresses={"10.0.9.8"})]))


def test_the_server_of_one_host_may_be_named_by_another() -> None:
    own = home("postgresql://app@localhost/shop", "db", own={"10.7.7.7", "db.example"})

    assert list(shared([own, home("postgresql://app@10.7.7.7/shop", "web")]))
    assert list(shared([own, home("postgresql://app@db.example/shop", "web")]))
    assert not list(shared([own, home("postgresql://app@10.7.7.8/shop", "web")]))


def test_an_address_that_every_host_has_of_its_own_is_each_hosts_own() -> None:
    docker = [home("postgresql://app@172.17.0.1/shop") for _ in range(2)]

    assert list(shared(docker)) == []


def test_of_a_host_that_nobody_asked_it_is_said_how_it_is_known() -> None:
    (found,) = shared([home(DB, "a"), home(DB, "b", told=False)])

    assert "as the controller's environment for b says" in found.problem


@pytest.mark.parametrize(
    "url", ["sqlite:///shop.db", "other", "postgresql://a:b:c/x", "mysql://x/y"]
)
def test_a_file_or_what_is_no_url_is_no_server(url: str) -> None:
    assert database_address(url) is None

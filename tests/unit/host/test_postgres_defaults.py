"""What a URL leaves to the environment, as libpq takes it from there."""

import os

import psycopg
import pytest
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from changeover.host.expect.of_postgres import reached
from changeover.host.files import Failure
from changeover.host.postgres.defaults import KEYS, SERVICE, counting

WHO = "postgresql://u:p@h:1/db"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (WHO, ["PGOPTIONS"]),
        (f"{WHO}?options=-c%20a.b%3Dc", []),
        ("postgresql://u:p@h/db", ["PGPORT", "PGOPTIONS"]),
        ("postgresql+psycopg:///db", ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE"]),
        ("postgresql:///db?host=/run/x&user=u", ["PGPORT", "PGPASSWORD", "PGPASSFILE"]),
        ("postgresql://u:p@[::1]:1", ["PGDATABASE", "PGOPTIONS"]),
        ("postgresql://u:p@/?host=&port=1", ["PGHOST", "PGDATABASE", "PGOPTIONS"]),
    ],
)
def test_what_a_url_does_not_say_a_key_may(url: str, place: list[str]) -> None:
    found = counting(url)

    where = ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGOPTIONS")
    assert [key for key in found if key in where][: len(place)] == place
    assert SERVICE in found
    assert "PGHOSTADDR" in found


def test_an_address_or_a_mode_in_the_url_counts_more() -> None:
    found = counting(f"{WHO}?hostaddr=192.0.2.1&sslmode=require")

    assert not {"PGHOSTADDR", "PGSSLMODE", "PGREQUIRESSL"} & {*found}
    assert "PGSSLROOTCERT" in found


@pytest.mark.parametrize("url", ["", "sqlite:///x.db", "postgresql://u:p@h:port/db", "other"])
def test_no_key_counts_beside_what_is_no_such_url(url: str) -> None:
    assert counting(url) == []


@pytest.mark.parametrize("key", ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER"])
def test_libpq_takes_such_a_key(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of these it tells what it would do before it does it."""
    monkeypatch.setenv(key, "1")
    defaults = {one.keyword.decode(): one.val for one in pq.Conninfo.get_defaults()}
    assert defaults[KEYS[key]] == b"1"
    assert conninfo_to_dict("postgresql://u@h/db").get(KEYS[key]) != "1"


def test_who_asks_has_no_say_in_where_the_database_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator's shell may have PGHOSTADDR for work of another kind."""
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.7")
    monkeypatch.setenv("PGSERVICE", "other")
    seen: list[str] = []

    def connect(**_told: object) -> None:
        seen.extend(key for key in os.environ if key.startswith("PG"))
        raise psycopg.OperationalError("enough")

    monkeypatch.setattr(psycopg, "connect", connect)
    with pytest.raises(Failure, match="enough"), reached(WHO, "it", 1):
        pass

    assert seen == []
    assert os.environ["PGSERVICE"] == "other"

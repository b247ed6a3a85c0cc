"""The URL of an environment file, as systemd, drivers and people write it."""

from pathlib import Path

import pytest

from changeover.host.files import Failure
from changeover.host.postgres import address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:5433/db", ("h", "5433", "u", "p", "db")),
        ("postgres://u@h/db", ("h", "5432", "u", "", "db")),
        ("postgresql+asyncpg://u:p@h/db", ("h", "5432", "u", "p", "db")),
        ("postgresql://u:p%40%2F%3A%25@h/d%20b", ("h", "5432", "u", "p@/:%", "d b")),
        ("postgresql://u:p@ss@h/db", ("h", "5432", "u", "p@ss", "db")),
        ("postgresql://u:p@[::1]:7/db", ("::1", "7", "u", "p", "db")),
        ("postgresql:///db", ("/var/run/postgresql", "5432", "", "", "db")),
        ("postgresql:///db?host=/run/X&port=7&user=u", ("/run/X", "7", "u", "", "db")),
        ("postgresql://u@%2Frun%2FX/db", ("/run/X", "5432", "u", "", "db")),
        ("postgresql://u@h", ("h", "5432", "u", "", "u")),
    ],
)
def test_urls(url: str, expected: tuple[str, ...]) -> None:
    found = address.parse(url, "URL")
    assert (found.host, found.port, found.user, found.password, found.database) == expected
    if len(found.password) > 1:
        assert found.password not in repr(found)


def test_settings_of_libpq_are_taken_and_of_others_left() -> None:
    url = "postgresql://u@h/db?sslmode=verify-full&schema=public&sslrootcert=/x%20y&pgbouncer=true"
    found = address.parse(url, "URL")
    assert found.settings == {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/x y"}
    assert found.sockets is None
    assert address.parse("postgresql://u@localhost/db", "URL").sockets == "/var/run/postgresql"
    assert address.parse("postgresql://u@/db?host=/x", "URL").sockets == "/x"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///secret",
        "postgresql://u:secret/x@h/db",
        "postgresql://u:secret@h1,h2/db",
        "postgresql://u:se:cret@h:port/db",
        "postgresql://:secret@h",
        "",
    ],
)
def test_what_makes_no_sense_is_refused_without_a_secret(url: str) -> None:
    with pytest.raises(Failure, match="DATABASE_URL in") as refused:
        address.parse(url, "DATABASE_URL in .env")
    assert "secret" not in str(refused.value)
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("A=b\nexport A=c", "b"),
        ("B='\nA=x\n'\n A='b'", "b"),
        ("A='b\nc'", "b\nc"),
        ("# A=x\nA = 'b c'\n", "b c"),
        ('A="b\\"c\\$d"', 'b"c$d'),
        ("A=x\nA=b\nAA=c\nXA=d", "b"),
        ("A=b\\\nc", "bc"),
        ("A='", ""),
        ("A=", ""),
    ],
)
def test_values(tmp_path: Path, text: str, value: str) -> None:
    file = tmp_path / "env"
    file.write_text(text)
    assert address.read_value(file, "A") == value


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("B=secret\n")
    with pytest.raises(Failure, match="has no A: write") as refused:
        address.read_value(tmp_path / "env", "A")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://u:p%40w@h:1/shop", "postgresql://u:p%40w@h:1/copy"),
        ("postgres+psycopg:///shop?host=/run/x", "postgres+psycopg:///copy?host=/run/x"),
        ("postgresql://u@h?dbname=shop&sslmode=require", "postgresql://u@h/copy?sslmode=require"),
        ("postgresql://u@h", "postgresql://u@h/copy"),
    ],
)
def test_the_url_of_another_database_has_the_same_words(url: str, other: str) -> None:
    found = address.with_database(url, "copy")

    assert found == other
    assert address.parse(found, "it").database == "copy"
    assert address.parse(found, "it").password == address.parse(url, "it").password

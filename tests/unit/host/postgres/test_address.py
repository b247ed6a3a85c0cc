"""The URL of an environment file, as systemd, drivers and people write it."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from changeover.host.database_url import read_value
from changeover.host.files import Failure
from changeover.host.postgres import address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:5433/db", ("h", "5433", "u", "p", "db")),
        ("postgres://u@h/db", ("h", "5432", "u", "", "db")),
        ("postgresql+asyncpg://u:p@h/db", ("h", "5432", "u", "p", "db")),
        ("postgresql://u:p%40%2F%3A%25@h/d", ("h", "5432", "u", "p@/:%", "d")),
        ("postgresql://u:p@ss@h/db", ("h", "5432", "u", "p@ss", "db")),
        ("postgresql://u:p@[::1]:7/db", ("::1", "7", "u", "p", "db")),
        ("postgresql:///db", ("/var/run/postgresql", "5432", "", "", "db")),
        ("postgresql:///db?host=/run/X&port=7&user=u", ("/run/X", "7", "u", "", "db")),
        ("postgresql://u@%2Frun%2FX/db", ("/run/X", "5432", "u", "", "db")),
        ("postgresql://u@h", ("h", "5432", "u", "", "u")),
        (
            "postgresql:///?host=x&user=y&dbname=z&port=7&password=q",
            ("x", "7", "y", "q", "z"),
        ),
        ("postgresql://u@h/db?host=h&dbname=db", ("h", "5432", "u", "", "db")),
    ],
)
def test_urls(url: str, expected: tuple[str, ...]) -> None:
    found = address.parse(url, "URL")
    assert (found.host, found.port, found.user, found.password, found.database) == expected
    if len(found.password) > 1:
        assert found.password not in repr(found)


@pytest.mark.parametrize(
    "query", ["host=x", "host=", "port=7", "user=y", "password=q", "dbname=z", "db%6eame=z"]
)
def test_what_drivers_read_differently_is_refused(query: str) -> None:
    """SQLAlchemy takes the parameter, Django what stands before it."""
    with pytest.raises(Failure, match="says two values for") as refused:
        address.parse(f"postgresql://u:s3cret@h:1/db?{query}", "URL")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("key", ["dbname", "db%6eame"])
def test_a_copy_is_led_to_however_its_parameter_is_spelt(key: str) -> None:
    url = f"postgresql://u@h/?{key}=live"
    assert address.parse(url, "URL").database == "live"
    assert address.parse(address.with_database(url, "copy"), "URL").database == "copy"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%40w@h:5433/db",
        "postgresql://u@h",
        "postgresql:///?host=x&user=y&dbname=z&port=7&password=q",
        "postgresql://u@%2Frun%2FX/db",
        "postgresql://u@[::1]:7/d",
        "postgresql://u@h/db?hostaddr=192.0.2.7",
        "postgresql://:p@/db?host=/run/x",
    ],
)
def test_a_url_is_read_as_libpq_reads_it(url: str) -> None:
    found = address.parse(url, "URL")
    libpq = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    assert found.host == libpq.get("host", address.SOCKETS)
    assert found.port == libpq.get("port", "5432")
    assert found.user == libpq.get("user", "")
    assert found.password == libpq.get("password", "")
    assert found.database == libpq.get("dbname", found.user)
    assert found.settings.get("PGHOSTADDR") == libpq.get("hostaddr")


@pytest.mark.parametrize(
    ("url", "sockets"),
    [
        ("postgresql://u@db.example/db?hostaddr=127.0.0.1", "/var/run/postgresql"),
        ("postgresql://u@localhost/db?hostaddr=192.0.2.7", None),
        ("postgresql://u@/db?host=/x&hostaddr=192.0.2.7", None),
    ],
)
def test_an_address_says_where_the_server_is_and_a_name_only_who_it_is(
    url: str, sockets: str | None
) -> None:
    assert address.parse(url, "URL").sockets == sockets


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:s3cret@h:7/db", "postgresql://u@h:7/db"),
        ("postgresql+psycopg://u:s3@cret@h/db", "postgresql+psycopg://u@h/db"),
        ("postgres://:s3cret@[::1]/db?sslmode=require&port=7", "postgres://@[::1]/db?port=7"),
        (
            "postgresql:///db?host=/run/x&user=u&password=s3cret&hostaddr=::1&dbname=d",
            "postgresql:///db?host=/run/x&user=u&hostaddr=::1&dbname=d",
        ),
        ("postgresql://u@h/db?service=x&options=-cs3cret", "postgresql://u@h/db?service=x"),
        ("postgresql://u@/db?host=a,b", address.NOT_UNDERSTOOD),
        ("postgresql://u@/db?h%6fst=a", address.NOT_UNDERSTOOD),
        ("postgresql://u@/db?hostaddr=192.0.2.1'", address.NOT_UNDERSTOOD),
        ("postgresql://u@/?host=a&dbname=b'c", address.NOT_UNDERSTOOD),
        ("postgresql://h/db?user=a!", address.NOT_UNDERSTOOD),
        ("postgresql://u@h/db?port=7x", address.NOT_UNDERSTOOD),
        ("postgresql://u@h/db?service=a/b", address.NOT_UNDERSTOOD),
        ("postgresql://u:p?s3cret@h/db", address.NOT_UNDERSTOOD),
        ("postgresql://u:p/s3cret@h/db", address.NOT_UNDERSTOOD),
        ("postgresql://u:s3#cret@h/db#s3cret", address.NOT_UNDERSTOOD),
        ("postgresql://u:p@h/db?a=1 s3cret", address.NOT_UNDERSTOOD),
        ("s3cret", address.NOT_UNDERSTOOD),
    ],
)
def test_what_is_told_of_a_url_has_no_part_of_its_password(url: str, told: str) -> None:
    assert address.without_secrets(url) == told


def test_a_url_that_was_not_understood_is_none() -> None:
    with pytest.raises(address.NoAddress) as refused:
        address.parse(address.NOT_UNDERSTOOD, "URL")
    says = "is no URL with one host, port and database; write what is special in a password as %XX"
    assert refused.value.problem == says


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
        "postgresql://u:secret@h:0/db",
        "postgresql://u:secret@h:65536/db",
        "postgresql://u:secret@h/db?port=x",
        "postgresql://u:secret@h/a/b",
        "postgresql://u:secret@/b?host=h1,h2",
        "postgresql://u:secret@h/b?hostaddr=192.0.2.1,192.0.2.2",
        "postgresql://u:secret@a%2Cb/b",
        "postgresql://u:secret@/b?host=a&host=b",
        "postgresql://u:secret@h/b?service=x",
        "postgresql://secret:x@h/?dbname=a+b",
        "postgresql://u@h/b?password=sec+ret",
        "postgresql://u:secret@h%00/b",
        "postgresql://u:secret%00@h/b",
        "postgresql://u%0A:secret@h/b",
        "postgresql://u:secret@/b?host=x%00y",
        "postgresql://u:secret@/b?host=x%0Ay",
        "postgresql://u:secret@h/b?sslrootcert=%00",
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
    assert read_value(file, "A") == value


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("B=secret\n")
    with pytest.raises(Failure, match="has no A: write") as refused:
        read_value(tmp_path / "env", "A")
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

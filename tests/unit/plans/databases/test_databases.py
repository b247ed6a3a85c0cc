"""A URL means one file in shared, or one database on a server, or has a problem that is named."""

from dataclasses import replace

import pytest

from changeover.plans.databases import locate, url_in_force
from tests.unit.plans.world import fresh, serving, target

SHARED = "/srv/playmaker/shared"


@pytest.mark.parametrize(
    ("url", "shared", "path"),
    [
        ("sqlite:///./playmaker.db", ["playmaker.db"], f"{SHARED}/playmaker.db"),
        ("sqlite:///playmaker.db", ["playmaker.db"], f"{SHARED}/playmaker.db"),
        ("sqlite:///data/app.db", ["data/"], f"{SHARED}/data/app.db"),
        ("sqlite:///playmaker.db?timeout=30", ["playmaker.db"], f"{SHARED}/playmaker.db"),
        (f"sqlite:///{SHARED}/playmaker.db", [], f"{SHARED}/playmaker.db"),
        (f"sqlite:///{SHARED}/data/app.db", [], f"{SHARED}/data/app.db"),
    ],
)
def test_a_url_leads_to_a_file_in_shared(url: str, shared: list[str], path: str) -> None:
    assert locate(url, target(shared=shared)).name == path


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("sqlite:///./playmaker.db", "add 'playmaker.db' to playmaker_shared"),
        ("sqlite:///data/app.db", "add 'data/app.db' to playmaker_shared"),
        ("sqlite:///uploads.db", "would start empty in each new one"),
        ("sqlite:///../shared/playmaker.db", "leads out of the release with .."),
        ("sqlite:///uploads/../../x.db", "leads out of the release with .."),
        (f"sqlite:///{SHARED}/../releases/x.db", ".."),
        ("sqlite:////srv/playmaker/releases/r1/x.db", "is inside /srv/playmaker/releases"),
        ("sqlite:////srv/playmaker/current/x.db", "is inside /srv/playmaker/current"),
        ("sqlite:////var/lib/x.db", f"is outside {SHARED}"),
        ("sqlite:////srv/playmaker/shared2/x.db", f"is outside {SHARED}"),
        (
            "sqlite:///uploads/a%20b.db",
            "has a % in its path, by which drivers find different files",
        ),
        ("sqlite:///uploads/a#b.db", "has a # in its path"),
        (f"sqlite:///{SHARED}/a+b.db", "has a + in its path"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://", "expected a URL that begins with sqlite:/// or postgresql://"),
        ("sqlite:///", "names no file"),
        ("other", "expected a URL that begins with sqlite:///"),
    ],
)
def test_a_url_that_would_lose_data_is_refused(url: str, problem: str) -> None:
    location = locate(url, target(shared=["uploads/"]))

    assert location.name is None
    assert problem in (location.problem or "")


def test_the_hosts_url_is_in_force_unless_it_is_to_be_updated() -> None:
    there = replace(serving(target()), database_url="sqlite:///old.db")
    update = target(env_update=["DATABASE_URL"])

    assert url_in_force(target(), there, "sqlite:///new.db") == "sqlite:///old.db"
    assert url_in_force(update, there, "sqlite:///new.db") == "sqlite:///new.db"
    assert url_in_force(update, there, None) == "sqlite:///old.db"
    assert url_in_force(target(), fresh(), "sqlite:///new.db") == "sqlite:///new.db"
    assert url_in_force(target(), fresh(), None) is None


@pytest.mark.parametrize(
    ("url", "name", "local"),
    [
        ("postgresql://app:secret@localhost/shop", "shop", True),
        ("postgresql://app:s%40cret@127.0.0.1:5433/shop?sslmode=disable", "shop", True),
        ("postgres://app:secret@[::1]/my_shop", "my_shop", True),
        ("postgresql://app@/shop?host=/run/postgresql", "shop", True),
        ("postgresql+psycopg://app@%2Frun%2Fpostgresql/shop", "shop", True),
        ("postgresql:///shop?user=app", "shop", True),
        ("postgresql:///shop?host=/run/postgresql", "shop", True),
        ("postgresql://app:secret@db.example:5432/shop", "shop", False),
        ("postgresql:///shop?user=app&host=db.example", "shop", False),
        # as libpq takes it
        ("postgresql://app:secret@localhost", "app", True),
        ("postgresql://app:secret@db.example/shop?hostaddr=127.0.0.1", "shop", True),
        ("postgresql://app:secret@localhost/shop?hostaddr=192.0.2.7", "shop", False),
    ],
)
def test_a_url_leads_to_a_database_on_a_server(url: str, name: str, local: bool) -> None:
    found = locate(url, target())

    assert (found.name, found.problem, found.place.provisioned) == (name, None, local)
    assert ("postgresql" in found.place.packages) == local
    assert found.place.units == (("postgresql.service",) if local else ())
    assert found.kind.functions == "database/postgres"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://localhost", "names no database"),
        ("postgresql://app:secret@localhost/a/b", "names no database"),
        ("postgresql://:secret@localhost/shop", "names no user"),
        ("postgresql://localhost/shop", "names no user"),
        ("postgresql://app:se[cret@local]host:x/shop", "is no URL"),
        ("postgresql://app:secret@localhost/my%20shop", "has a % in the database's name"),
        ("postgresql://app:secret@localhost/shop#1", "has a # in the database's name"),
        ("postgresql://app:secret@localhost/my+shop", "has a + in the database's name"),
        ("postgresql://app:secret@localhost#1/shop", "has a #"),
        ("postgresql://app:secret@localhost/shop?sslmode=require#x", "has a #"),
        ("mysql://app:secret@localhost/shop", "expected a URL that begins with"),
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(url: str, problem: str) -> None:
    found = locate(url, target())

    assert found.name is None
    assert problem in (found.problem or "")
    assert "secret" not in (found.problem or "")


@pytest.mark.parametrize(
    ("url", "let_in"),
    [
        ("postgresql://any:secret@localhost/shop", True),
        ("postgresql://playmaker@/shop?host=/run/postgresql", True),
        ("postgresql:///shop?host=/run/postgresql", True),
        ("postgresql:///shop", True),
        ("postgresql://playmaker@%2Frun%2Fpostgresql/shop", True),
        ("postgresql://playmaker@localhost/shop", False),
        ("postgresql://any@/shop", False),
        ("sqlite:///x.db", True),
    ],
)
def test_who_has_no_password_comes_in_only_as_the_app_itself(url: str, let_in: bool) -> None:
    found = locate(url, target(shared=["x.db"]))

    assert (found.problem, found.locked_out is None) == (None, let_in)

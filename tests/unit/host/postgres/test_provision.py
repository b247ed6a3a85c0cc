"""A role and a database are made once, by their URL, and nobody else's is changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.host.postgres.cluster import Cluster, Shop


class Wish(Shop):
    """A URL for which nothing was made yet."""

    def __init__(self, cluster: Cluster, folder: Path, user: str, password: str, name: str) -> None:
        """Write the environment."""
        super().__init__(cluster, name, folder)
        self.user = user
        self.write(password)

    def write(self, password: str) -> None:
        """Change the password in the URL."""
        account = f"{self.user}:{password}@" if password else f"{self.user}@"
        url = f"postgresql://{account}/{self.name}?host={self.cluster.folder}"
        self.environment.write_text(f"DATABASE_URL={url}\n")

    def made(self, app: str = "wish") -> list[str]:
        """Provision; return what was made or mended."""
        return list(self.ok("provision", "--app", app)["done"])

    def wanting(self) -> list[str]:
        """Only look; return what would be made or mended."""
        return list(self.ok("wanting", "--app", "wish")["wanting"])

    def lets_in(self) -> bool:
        """Tell whether the URL's own role comes in by its password."""
        self.superuser = False
        try:
            return self.ok("revisions")["error"] is None
        finally:
            self.superuser = True


@pytest.fixture
def wish(cluster: Cluster, tmp_path: Path) -> Iterator[Wish]:
    """Give a wish; what was made of it goes in the end."""
    yield Wish(cluster, tmp_path, "wish", "s%3Ac%27%22%24%C3%A4", "wanted")
    cluster.sql("postgres", "DROP DATABASE IF EXISTS wanted WITH (FORCE)")
    cluster.sql("postgres", "DROP ROLE IF EXISTS wish")


def test_both_are_made_and_a_second_time_nothing_is(wish: Wish) -> None:
    assert wish.wanting() == ["role", "database"]
    assert wish.made() == ["role", "database", "rights"]
    assert wish.lets_in()
    assert wish.wanting() == wish.made() == []
    # another app's role has no way in
    query = "SELECT has_database_privilege('shop', 'wanted', 'CONNECT')"
    assert wish.cluster.sql("postgres", query) == "f"
    assert wish.sql("CREATE TABLE t (x text); SELECT 'é' = lower('É')", "wish") == "t"


def test_what_a_killed_run_left_is_completed(wish: Wish) -> None:
    wish.made()
    wish.cluster.sql("postgres", "GRANT CONNECT ON DATABASE wanted TO PUBLIC")
    wish.cluster.sql("postgres", "DROP DATABASE wanted")
    wish.cluster.sql("postgres", "CREATE DATABASE wanted OWNER wish")
    assert wish.made() == ["rights"]
    wish.cluster.sql("postgres", "DROP DATABASE wanted")
    assert wish.made() == ["database", "rights"]


def test_the_password_of_our_role_follows_the_url(wish: Wish) -> None:
    wish.made()
    wish.write("another")
    assert not wish.lets_in()
    assert wish.wanting() == ["password"]
    assert not wish.lets_in()
    assert wish.made() == ["password"]
    assert wish.lets_in()


def test_the_server_never_sees_the_password(wish: Wish) -> None:
    wish.write("plainly-seen")
    wish.made()
    stored = wish.cluster.sql("postgres", "SELECT rolpassword FROM pg_authid WHERE rolname='wish'")
    assert stored.startswith("SCRAM-SHA-256$4096:")
    assert "plainly" not in stored
    assert wish.lets_in()


def test_why_provisioning_would_refuse_is_told_by_a_look_alone(wish: Wish) -> None:
    wish.cluster.sql("postgres", "CREATE ROLE wish LOGIN PASSWORD 'theirs'")
    told = wish.ok("wanting", "--app", "wish")
    assert told["wanting"] == []
    assert "the role wish is not ours" in told["refused"]


def test_somebody_elses_role_keeps_its_password(wish: Wish) -> None:
    wish.cluster.sql("postgres", "CREATE ROLE wish LOGIN PASSWORD 'theirs'")
    said = wish.refused("provision", "--app", "wish")
    assert "the role wish is not ours and the URL does not let it in" in said
    wish.write("theirs")
    assert wish.made() == ["database", "rights"]


def test_another_apps_role_keeps_its_password(wish: Wish) -> None:
    assert wish.made(app="first")[0] == "role"
    wish.write("other")
    assert "is not ours" in wish.refused("provision", "--app", "second")


def test_somebody_elses_database_is_not_taken(wish: Wish) -> None:
    wish.cluster.sql("postgres", "CREATE DATABASE wanted OWNER shop")
    said = wish.refused("provision", "--app", "wish")
    assert "the database wanted belongs to shop, not to wish" in said


def test_who_is_connected_is_told(wish: Wish) -> None:
    wish.made()
    assert wish.ok("connections") == []
    session = wish.cluster.session("wanted")
    try:
        (told,) = wish.ok("connections")
        assert told.startswith("postgres by its socket (psql, ")
    finally:
        session.kill()
        session.wait()

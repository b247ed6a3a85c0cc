"""A SQLite URL means one file in shared, or has a problem that is named."""

from dataclasses import replace

import pytest

from tasks.plans.database import locate, url_in_force
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
    assert locate(url, target(shared=shared)).path == path


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
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://", "expected a URL that begins with sqlite:///"),
        ("sqlite:///", "names no file"),
        ("postgresql://db/x", "expected a URL that begins with sqlite:///"),
        ("other", "expected a URL that begins with sqlite:///"),
    ],
)
def test_a_url_that_would_lose_data_is_refused(url: str, problem: str) -> None:
    location = locate(url, target(shared=["uploads/"]))

    assert location.path is None
    assert problem in (location.problem or "")


def test_the_hosts_url_is_in_force_unless_it_is_to_be_updated() -> None:
    there = replace(serving(target()), database_url="sqlite:///old.db")
    update = target(env_update=["DATABASE_URL"])

    assert url_in_force(target(), there, "sqlite:///new.db") == "sqlite:///old.db"
    assert url_in_force(update, there, "sqlite:///new.db") == "sqlite:///new.db"
    assert url_in_force(update, there, None) == "sqlite:///old.db"
    assert url_in_force(target(), fresh(), "sqlite:///new.db") == "sqlite:///new.db"
    assert url_in_force(target(), fresh(), None) is None

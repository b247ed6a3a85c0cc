"""Paths: absolute, and no app's are another's."""

from changeover.plans.paths import Paths
from tests.unit.plans.world import properties


def test_every_path_is_absolute_and_named_after_the_app() -> None:
    found = properties(Paths("playmaker"))

    assert found.pop("build_user") == "playmaker-build"
    assert found.pop("lineage") == "changeover-playmaker"
    assert found.pop("guard") == "changeover-undo@playmaker.service"
    for name, path in found.items():
        assert path.startswith("/"), name
        assert "playmaker" in path, name


def test_no_path_has_two_meanings_and_no_two_apps_share_one() -> None:
    play, playmaker = properties(Paths("play")), properties(Paths("playmaker"))

    assert len(set(playmaker.values())) == len(playmaker)
    assert not set(play.values()) & set(playmaker.values())


def test_what_serves_is_beside_the_releases() -> None:
    paths = Paths("hello")

    assert (paths.current, paths.releases) == ("/srv/hello/current", "/srv/hello/releases")
    assert paths.env_file == "/srv/hello/shared/.env"

"""What the probe prints is read to the letter; what is cut short is no answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from changeover.host.probe.parts import FAILED
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Backup, Database, HealthAnswer, Process, Snapshot

ANSWERS = Path(__file__).parents[1] / "facts" / "answers"
RELEASE = "20260103T120000Z-b92cbc26d2a2"
COMMIT = "b92cbc26d2a24c57f522953ac9695a0cc56fbee8"


def lines(name: str) -> list[str]:
    return (ANSWERS / f"{name}.json").read_text().splitlines()


@pytest.fixture(scope="module")
def serving() -> Snapshot:
    return parse_snapshot(lines("v3"))


def test_a_fresh_host_has_next_to_nothing() -> None:
    found = parse_snapshot(lines("fresh"))

    assert (found.uid, found.system, found.systemd) == (0, "debian 12", True)
    assert found.clock > 1_700_000_000
    assert found.free_kilobytes > 0
    assert found.packages == {"ca-certificates", "openssh-client"}
    nothing = Snapshot(
        uid=found.uid,
        system=found.system,
        systemd=True,
        clock=found.clock,
        free_kilobytes=found.free_kilobytes,
        packages=found.packages,
        processes={"web": Process(stopped=True, detail={"has": "none", "socket": "inactive"})},
    )
    assert found == nothing


def test_code_is_read(serving: Snapshot) -> None:
    assert serving.current == RELEASE
    assert list(serving.releases) == ["20260102T120000Z-e9e7238e7d8d", RELEASE]
    release = serving.releases[RELEASE]
    assert (release.commit, release.name) == (COMMIT, RELEASE)
    assert [step.id for step in release.migrations or ()] == ["0001", "0002"]
    assert release.committed == "2026-01-03T12:00:00Z"
    assert release.links[".env"] == "../../shared/.env"
    assert release.links["playmaker.db"] == "../../shared/playmaker.db"
    assert release.links[".venv"].removeprefix("../../environments/") in serving.environments
    assert {name.split("-")[0] for name in serving.environments} == {"python", "node", "build"}
    assert serving.unfinished == ()


def test_who_worked_last_is_read(serving: Snapshot) -> None:
    assert serving.stamp == "1767441600.250000000"


def test_data_is_read(serving: Snapshot) -> None:
    assert serving.database_url == "sqlite:///./playmaker.db"
    assert isinstance(serving.database, Database)
    assert serving.database.path == "/srv/playmaker/shared/playmaker.db"
    assert serving.database.revisions == ("0002",)
    assert serving.database.error is None
    (backup,) = serving.backups
    assert isinstance(backup, Backup)
    assert (backup.release, backup.revisions) == ("20260102T120000Z-e9e7238e7d8d", ("0001",))
    assert backup.fingerprint != serving.database.fingerprint


def test_the_environment_is_read_by_its_keys(serving: Snapshot) -> None:
    assert serving.env_mode == "640 root playmaker"
    assert "SPOTIFY_CLIENT_SECRET" in serving.env_keys
    assert serving.env_public == {"VITE_APP_TITLE": "PlayMaker"}


def test_service_and_site_are_read(serving: Snapshot) -> None:
    process = serving.processes["web"]
    assert (process.active, process.enabled, process.stopped) == (True, True, False)
    assert (process.stale, process.older) == (False, False)
    assert process.detail == {"has": "both", "socket": "active"}
    assert process.release == process.started["release"] == RELEASE
    assert process.started["environment"] == serving.files["/srv/playmaker/shared/.env"]
    assert serving.site_enabled == "/etc/nginx/sites-available/playmaker.conf"
    assert serving.site_loaded == serving.files["/etc/nginx/sites-available/playmaker.conf"]
    assert serving.nginx_active
    assert serving.server_names["/etc/nginx/sites-enabled/playmaker.conf"] == ("play.example",)
    well = HealthAnswer(200, {"release": COMMIT, "schema": "0002"})
    assert serving.app_health == serving.site_health == well
    assert (serving.maintenance, serving.quiesced) == (None, False)


def test_an_app_of_one_file_has_less() -> None:
    found = parse_snapshot(lines("hello"))

    assert (found.database, found.database_url, found.backups) == (None, None, ())
    (release,) = found.releases.values()
    assert (release.migrations, release.migrations_object) == (None, None)
    assert release.links == {".env": "../../shared/.env"}


def among(part: str, told: Any, name: str = "fresh") -> list[str]:
    """Return an answer with something else in one of its parts."""
    parts = json.loads(lines(name)[0])["probe"]
    parts[part] = parts[part] | told if isinstance(told, dict) else told
    return [json.dumps({"probe": parts})]


@pytest.mark.parametrize("name", ["fresh", "v2", "v3", "hello"])
def test_an_answer_that_was_cut_short_is_refused(name: str) -> None:
    (whole,) = lines(name)

    for length in range(len(whole)):
        with pytest.raises(ValueError, match="cut short"):
            parse_snapshot([whole[:length]])


def test_what_a_shell_says_around_it_is_no_answer() -> None:
    (whole,) = lines("v3")

    assert parse_snapshot(["motd", whole, "bye"]) == parse_snapshot([whole])
    with pytest.raises(ValueError, match="answers twice"):
        parse_snapshot([whole, whole])
    # one that somebody put before it, to have it stand in no line of its own
    for before in ("x", whole):
        with pytest.raises(ValueError, match="answers twice"):
            parse_snapshot([whole, f"{before}{whole}"])
    with pytest.raises(ValueError, match="something stands before the probe's answer"):
        parse_snapshot([f"x{whole}"])


def test_a_part_that_could_not_be_read_is_not_an_empty_one() -> None:
    failed = {FAILED: "OSError: Input/output error"}
    said = "cut short: the look at the backups failed: OSError: Input/output error"

    with pytest.raises(ValueError, match=said):
        parse_snapshot(among("backups", failed, "v3"))
    # an app's user may be called so
    users = {"failed": "Changeover app failed"}
    assert parse_snapshot(among("users", users, "fresh")).users == users


@pytest.mark.parametrize(
    ("part", "told", "field", "value"),
    [
        ("site", {"maintenance": "by hand"}, "maintenance", "by hand"),
        ("processes", {"quiesced": True}, "quiesced", True),
        ("code", {"unfinished": [".x.new"]}, "unfinished", (".x.new",)),
        ("database", {"database_url": "other"}, "database_url", "other"),
        ("backups", {"unreadable": ["/b/1.json"]}, "unreadable", ("/b/1.json",)),
        ("backups", {"orphans": ["/b/1.sqlite.zst"]}, "orphans", ("/b/1.sqlite.zst",)),
        ("environment", {"env_keys": ["A", "B"]}, "env_keys", ("A", "B")),
        ("environment", {"env_unread": [[2, "text"]]}, "env_unread", ((2, "text"),)),
        (
            "environment",
            {"env_public": {"V": "it is", "W": "a\n\\ é", "X": ""}},
            "env_public",
            {"V": "it is", "W": "a\n\\ é", "X": ""},
        ),
        ("site", {"nginx_error": "[emerg] no"}, "nginx_error", "[emerg] no"),
        (
            "processes",
            {"told": ["web stale yes"]},
            "processes",
            {"web": Process(stale=True)},
        ),
        (
            "health",
            {"app": {"status": 503, "said": {"release": "a"}}},
            "app_health",
            HealthAnswer(503, {"release": "a"}),
        ),
        ("health", {"site": {"status": 0, "said": {}}}, "site_health", HealthAnswer(0, {})),
        ("users", {"hello": ""}, "users", {"hello": ""}),
    ],
)
def test_one_value(part: str, told: dict[str, Any], field: str, value: object) -> None:
    assert getattr(parse_snapshot(among(part, told)), field) == value


@pytest.mark.parametrize("where", ["about", "migrations"])
def test_what_is_nested_too_deep_is_an_error_like_any_other(where: str) -> None:
    told = {"about": {"commit": "a"}, "links": {}} | {where: "DEEP"}
    (line,) = among("code", {"releases": {"r1": told}})
    with pytest.raises(ValueError, match="too deep"):
        parse_snapshot([line.replace('"DEEP"', "[" * 100_000)])


def test_an_unreadable_database_says_why_and_a_backup_that_failed_does_not_count() -> None:
    none = {"release": None, "revisions": None, "started": None, "source_fingerprint": None}
    made = [
        {"manifest": "/1.json", "verified": False, **none},
        {"manifest": "/2.json", "verified": True, **none},
    ]
    bad = {"path": "/x.db", "error": "no database", "fingerprint": {"database": None}}

    assert parse_snapshot(among("database", {"database": bad})).database == Database(
        "/x.db", (), {"database": None}, "no database"
    )
    found = parse_snapshot(among("backups", {"backups": made}))
    assert found.backups == (Backup("/2.json", "", (), "", None),)

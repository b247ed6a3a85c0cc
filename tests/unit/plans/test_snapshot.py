"""What the probe prints is read to the letter; what is cut short is no answer."""

from pathlib import Path

import pytest

from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Answer, Backup, Database, Snapshot, Unit

ANSWERS = Path(__file__).parents[1] / "facts" / "answers"
RELEASE = "20260103T120000Z-b92cbc26d2a2"
COMMIT = "b92cbc26d2a24c57f522953ac9695a0cc56fbee8"


def lines(name: str) -> list[str]:
    return (ANSWERS / f"{name}.txt").read_text().splitlines()


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
    assert serving.service == serving.socket == Unit(active=True, enabled=True, stale=False)
    assert serving.running == serving.started["release"] == RELEASE
    assert serving.started["environment"] == serving.files["/srv/playmaker/shared/.env"]
    assert serving.site_enabled == "/etc/nginx/sites-available/playmaker.conf"
    assert serving.site_loaded == serving.files["/etc/nginx/sites-available/playmaker.conf"]
    assert serving.nginx_active
    assert serving.server_names["/etc/nginx/sites-enabled/playmaker.conf"] == ("play.example",)
    well = Answer(200, {"status": "ok", "release": COMMIT, "schema": "0002"})
    assert serving.app_health == serving.site_health == well
    assert (serving.maintenance, serving.quiesced) == (None, False)


def test_an_app_of_one_file_has_less() -> None:
    found = parse_snapshot(lines("hello"))

    assert (found.database, found.database_url, found.backups) == (None, None, ())
    (release,) = found.releases.values()
    assert (release.migrations, release.migrations_object) == (None, None)
    assert release.links == {".env": "../../shared/.env"}


@pytest.mark.parametrize("name", ["fresh", "v2", "v3", "hello"])
def test_an_answer_that_was_cut_short_is_refused(name: str) -> None:
    whole = lines(name)

    for length in range(len(whole) - 1):
        with pytest.raises(ValueError, match="cut short"):
            parse_snapshot(whole[:length])


@pytest.mark.parametrize(
    ("rows", "field", "value"),
    [
        (["@@flags", "maintenance by hand"], "maintenance", "by hand"),
        (["@@flags", "quiesced"], "quiesced", True),
        (["@@releases", "unfinished .x.new"], "unfinished", (".x.new",)),
        (["@@database", "url other"], "database_url", "other"),
        (["@@database", "unreadable /b/1.json"], "unreadable", ("/b/1.json",)),
        (["@@database", "orphan /b/1.sqlite.zst"], "orphans", ("/b/1.sqlite.zst",)),
        (["@@environment", "key A", "key B", "key A"], "env_keys", ("A", "B")),
        (
            ["@@environment", "public V it is", "public W a\\n\\\\ \\xe9", "public X "],
            "env_public",
            {"V": "it is", "W": "a\n\\ é", "X": ""},
        ),
        (["@@site", "invalid [emerg] no"], "nginx_error", "[emerg] no"),
        (["@@unit", "service NeedDaemonReload=yes"], "service", Unit(stale=True)),
        (["@@health", 'app {"a": 1} 503'], "app_health", Answer(503, {"a": 1})),
        (["@@health", "app <h1>no</h1> 502"], "app_health", Answer(502, {})),
        (["@@health", "app [1] 200"], "app_health", Answer(200, {})),
        (["@@health", "site  000"], "site_health", Answer(0, {})),
        (["@@users", "hello:x:1:1::/home:/bin/sh"], "users", {"hello": ""}),
    ],
)
def test_one_row(rows: list[str], field: str, value: object) -> None:
    assert getattr(parse_snapshot(among(lines("fresh"), rows)), field) == value


def among(whole: list[str], rows: list[str]) -> list[str]:
    """Return an answer with more rows in one of its sections, which the first row names."""
    at = whole.index(rows[0]) + 1
    while not whole[at].startswith("@@"):
        at += 1
    return [*whole[:at], *rows[1:], *whole[at:]]


@pytest.mark.parametrize("head", ["@@flags", "@@database", "@@forged", "@@", "@@flags "])
@pytest.mark.parametrize("where", [0, 7, -1, None])
def test_a_section_that_somebody_else_wrote_is_no_answer(head: str, where: int | None) -> None:
    """An app whose words came among the lines would say what it likes from there on."""
    whole = lines("v3")
    at = len(whole) if where is None else where
    with pytest.raises(ValueError, match=r"no section|comes twice"):
        parse_snapshot([*whole[:at], head, "quiesced", *whole[at:]])


@pytest.mark.parametrize(
    "row",
    [
        '@@releases\nrelease r1 {"commit": "a"}\nmigrations r1 DEEP',
        "@@releases\nrelease r1 DEEP",
        "@@database\ndatabase DEEP",
        "@@database\nbackup DEEP",
        "@@changeover\nopen DEEP",
    ],
)
def test_what_is_nested_too_deep_is_an_error_like_any_other(row: str) -> None:
    rows = row.replace("DEEP", "[" * 100_000).splitlines()
    with pytest.raises(ValueError, match="too deep"):
        parse_snapshot(among(lines("fresh"), rows))


def test_an_unreadable_database_says_why_and_a_backup_that_failed_does_not_count() -> None:
    rows = [
        "@@database",
        'database {"path": "/x.db", "error": "no database", "fingerprint": {"database": null}}',
        'backup {"manifest": "/1.json", "release": null, "revisions": null, "started": null,'
        ' "source_fingerprint": null, "verified": false}',
        'backup {"manifest": "/2.json", "release": null, "revisions": null, "started": null,'
        ' "source_fingerprint": null, "verified": true}',
    ]

    found = parse_snapshot(among(lines("fresh"), rows))

    assert found.database == Database("/x.db", (), {"database": None}, "no database")
    assert found.backups == (Backup("/2.json", "", (), "", None),)

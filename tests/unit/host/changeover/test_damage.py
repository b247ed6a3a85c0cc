"""A journal or a ledger that is damaged: nothing is touched, and a person is told."""

import json
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host


@pytest.fixture
def journal(host: Host) -> Path:
    """Give the journal of a killed changeover of two steps."""
    file = host.world / "file"
    file.write_text("old")
    peer = host.open(settle=f"touch {host.world}/settled")
    peer.step("site.publish", f"echo new > {file}", save=[str(file)])
    peer.step("fetch.release", "true", undo=f"touch {host.world}/undone")
    peer.kill()
    return host.state / "undo.d"


def assert_refused(host: Host, path: Path, word: str = "damaged") -> None:
    """Damage is told of, by the undo and to the next release; nothing was touched."""
    code, said = host.undo()
    assert code == 1
    assert f"{path}" in said.splitlines()[0]
    assert word in said.splitlines()[0]
    assert "changeover undo shop --again" in said
    assert (host.state / "stuck").read_text() == said.rstrip("\n")
    assert word in host.hold("shop-2").refused()
    assert (host.world / "file").read_text() == "new\n"
    assert sorted(path.name for path in host.world.iterdir()) == ["file"]
    assert (host.journal(), host.status()["stuck"]) == (["undo.d"], said.rstrip("\n"))


def assert_undone(host: Host) -> None:
    assert host.undo("--again") == (0, "undone: r1 serves as before\n")
    assert (host.world / "file").read_text() == "old"
    assert {path.name for path in host.world.iterdir()} == {"file", "undone", "settled"}
    assert (host.journal(), host.status()["stuck"]) == ([], None)


DAMAGES = [
    "",
    "{",
    "[]",
    "null",
    '{"name": 1}',
    '{"name": "x", "phase": "", "undo": "", "redo": ""}',
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_entry(host: Host, journal: Path, damage: str) -> None:
    entry = journal / "001-site.publish.json"
    whole = entry.read_text()
    entry.write_text(damage)
    assert_refused(host, entry)
    entry.write_text(whole)
    assert_undone(host)


OTHER: list[tuple[str, object]] = [("saved", []), ("undo", "touch odd"), ("stop", None)]


@pytest.mark.parametrize(("part", "value"), OTHER)
def test_a_part_of_an_entry(host: Host, journal: Path, part: str, value: object) -> None:
    entry = journal / "001-site.publish.json"
    whole = entry.read_text()
    entry.write_text(json.dumps(json.loads(whole) | {part: value}))
    assert_refused(host, entry)
    entry.write_text(whole)
    assert_undone(host)


def test_a_saved_copy_that_is_missing(host: Host, journal: Path) -> None:
    copy = journal / "001-site.publish.saved-0"
    copy.rename(host.folder / "kept")
    assert_refused(host, copy, "missing")
    (host.folder / "kept").rename(copy)
    assert_undone(host)


def test_a_flipped_byte_in_a_saved_copy(host: Host, journal: Path) -> None:
    copy = journal / "001-site.publish.saved-0"
    copy.write_text("olD")
    assert_refused(host, copy)
    copy.write_text("old")
    assert_undone(host)


def test_a_saved_copy_matters_no_more_once_committed(host: Host, journal: Path) -> None:
    (journal / "001-site.publish.saved-0").unlink()
    journal.rename(host.state / "redo.d")
    assert host.undo() == (0, "committed\n")
    assert host.outcomes() == [("shop-1", "committed")]


@pytest.mark.parametrize("damage", ["", "garbage", "{}", '{"id": "shop-1"}', "[]"])
def test_who_began_it(host: Host, journal: Path, damage: str) -> None:
    about = journal / "about.json"
    whole = about.read_text()
    about.write_text(damage)
    assert_refused(host, about)
    assert "problem" in host.status()["open"]
    about.write_text(whole)
    assert_undone(host)


def test_a_file_of_somebody_else(host: Host, journal: Path) -> None:
    (journal / "notes.json").write_text("{}")
    assert_refused(host, journal / "notes.json")


@pytest.mark.parametrize(
    "damage", ["garbage\n", "\n\n5\n", '{"at": "x"}\n{}\n', '{"at": 1', "\x00" * 99]
)
def test_events_are_for_people_and_stop_nothing(host: Host, journal: Path, damage: str) -> None:
    (journal / "events").write_text(damage)
    assert host.undo()[0] == 0
    assert (host.world / "file").read_text() == "old"
    assert host.outcomes() == [("shop-1", "undone")]


@pytest.mark.parametrize("damage", ["garbage\n", "{}\n[]\n5\n", '{"id": "torn', "\x00" * 99])
def test_a_ledger_with_a_damaged_line(host: Host, damage: str) -> None:
    assert host.open().commit() == "committed"
    with (host.state / "ledger.jsonl").open("a") as file:
        file.write(damage)
    assert host.outcomes() == [("shop-1", "committed")]
    assert host.open("shop-2", generation="shop-1").commit() == "committed"
    assert host.outcomes() == [("shop-1", "committed"), ("shop-2", "committed")]


def test_only_the_last_record_of_a_changeover_counts(host: Host) -> None:
    lines = [("shop-1", "stuck"), ("shop-2", "committed"), ("shop-1", "undone")]
    text = "".join(f"{json.dumps({'id': name, 'outcome': how})}\n" for name, how in lines)
    (host.state / "ledger.jsonl").write_text(text)
    assert host.outcomes() == [("shop-2", "committed"), ("shop-1", "undone")]
    assert host.open("shop-3", generation="shop-2").let_go() == "undone"

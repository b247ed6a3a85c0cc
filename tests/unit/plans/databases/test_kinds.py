"""Kinds of database and places of one: both sides know the same, each in its own room."""

import re
from pathlib import Path

import pytest

from changeover.facts.program import program_files
from changeover.host.expect import databases as expected
from changeover.host.postgres import places
from changeover.host.postgres.address import parse
from changeover.plans.databases import KINDS, Kind, kind_of, none, postgres
from changeover.plans.paths import PROGRAMS
from changeover.plans.script import read
from tests.unit.package import HOST, PACKAGE
from tests.unit.plans.world import target

# what only a kind's own room knows: its files on both sides, and what both sides are told of it
WORDS = {
    "sqlite": re.compile(r"--sqlite\b|sqlite:///|sqlite_backup"),
    "postgres": re.compile(
        r"--superuser\b|postgresql\.service|/usr/lib/postgresql|/run/postgresql|postgresql-client"
        r"|data_directory"
    ),
}
# the programs that are called by name, and what is asked of a kind before its URL is known
ELSEWHERE = {
    *("facts/program.py", "host/program.py", "host/rehearse/cli.py"),
    # a unit that every app has, whatever its database; an example in a message
    *("host/changeover-undo@.service", "plans/processes/systemd/unit.py"),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_has_all_that_works_with_it(kind: Kind) -> None:
    defined = set(re.findall(r"(?m)^(\w+)\(\) \{", read(kind.functions)))
    assert defined >= set(re.findall(r"(?m)^(\w+)\(\) \{", read(none.NONE.functions)))
    assert f"{PROGRAMS}/{kind.program}" in program_files()
    assert [one for one in KINDS.values() if one.is_ours(f"{kind.begins}x")] == [kind]
    assert kind_of(f"{kind.begins}x") is kind


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.program)
def test_a_host_has_a_file_for_what_is_expected_of_a_kind(kind: Kind) -> None:
    assert callable(expected.kind(_asked_as(kind)).failures)


def test_such_a_file_is_of_a_kind_and_has_its_line() -> None:
    files = {path.stem for path in (HOST / "expect").glob("of_*.py")}
    assert set(expected.DATABASES.values()) == files
    assert sorted(expected.DATABASES) == sorted(map(_asked_as, KINDS.values()))


def _asked_as(kind: Kind) -> str:
    """Return by which name a host is asked what is expected of a kind."""
    words = kind.told(target(), "name", "/environment").expect
    return words[words.index("--kind") + 1]


def test_what_is_no_url_of_a_kind_has_none() -> None:
    assert kind_of(None) is kind_of("") is kind_of("mysql://x") is none.NONE


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql:///shop", "here"),
        ("postgresql://u@/shop?host=/run/x", "here"),
        ("postgresql://u@[::1]/shop", "here"),
        ("postgresql://u@db.example/shop?hostaddr=127.0.0.1", "here"),
        ("postgresql://u@db.example/shop", "elsewhere"),
        ("postgresql://u@localhost/shop?hostaddr=192.0.2.7", "elsewhere"),
    ],
)
def test_both_sides_know_the_same_places(url: str, place: str) -> None:
    planned = postgres.POSTGRES.locate(url, target()).place
    assert _module(planned) == _module(places.of(parse(url, "URL"))) == place


def _module(of: object) -> str:
    return type(of).__module__.rpartition(".")[2]


@pytest.mark.parametrize("kind", WORDS)
def test_what_one_kind_knows_stands_in_its_room_alone(kind: str) -> None:
    assert _breaches(PACKAGE, kind) == []


def test_a_word_elsewhere_is_seen(tmp_path: Path) -> None:
    for room in ("plans/databases/sqlite.py", "host/sqlite/cli.py", "plans/rehearse.py"):
        (tmp_path / room).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / room).write_text('words = ["--sqlite"]\n')
    assert _breaches(tmp_path, "sqlite") == ["plans/rehearse.py: --sqlite"]


def _breaches(root: Path, kind: str) -> list[str]:
    found = []
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        rooms = r"(plans/databases|host|host/probe|scripts/database|hardening/\w+)"
        own = re.match(rf"{rooms}/{kind}\b", name)
        if own or name in ELSEWHERE or path.suffix not in (".py", ".sh", ".service", ".j2"):
            continue
        found += [f"{name}: {word}" for word in WORDS[kind].findall(_code(path.read_text()))]
    return found


def _code(text: str) -> str:
    """Return a text without what is for people."""
    return re.sub(r'(?s)""".*?"""|(?m:^\s*#.*$)', "", text)

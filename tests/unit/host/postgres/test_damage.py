"""Damage: every flipped bit, every cut, every edit is refused and touches nothing."""

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.postgres.cluster import Cluster, Shop, refusal

MakeShop = Callable[..., Shop]
SCRIPT = """
CREATE TABLE t (id int PRIMARY KEY, v text, b text);
INSERT INTO t SELECT n, 'row ' || n, md5(n::text) FROM generate_series(1, 300) AS n;
CREATE SEQUENCE s;
"""
TRIALS = 60


def seal(manifest: dict[str, Any], path: Path) -> None:
    """Write a manifest as if it had been made so."""
    manifest = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    manifest["manifest_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(manifest))


def describe(path: Path, artefact: Path) -> None:
    """Let a manifest name an artefact as it is now."""
    manifest, content = json.loads(path.read_text()), artefact.read_bytes()
    changed = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    seal(manifest | {"artefact": manifest["artefact"] | changed}, path)


@pytest.fixture(scope="module")
def good(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One good backup; tests copy it."""
    shop = Shop(cluster, "good", tmp_path_factory.mktemp("good"))
    cluster.sql("postgres", "CREATE DATABASE good OWNER shop")
    shop.sql(SCRIPT)
    shop.back_up()
    yield shop
    cluster.sql("postgres", "DROP DATABASE good WITH (FORCE)")


@pytest.fixture
def copy(good: Shop, tmp_path: Path) -> Callable[[str], Path]:
    def copy_it(name: str) -> Path:
        shutil.copytree(good.backups, tmp_path / name)
        return tmp_path / name / good.manifest.name

    return copy_it


def refuse(shop: Shop, manifest: Path, command: str = "restore") -> str:
    """Refuse without a touch on the database, which has its oid, its rows, its door open."""
    state = "SELECT oid, datallowconn FROM pg_database WHERE datname = 'good'"
    before = shop.sql(state)
    said = shop.refused(command, "--manifest", manifest)
    assert shop.sql(state) == before
    assert shop.sql("SELECT count(*), sum(id) FROM t") == "300|45150"
    assert shop.cluster.databases() == {"good"}
    return said


def damage(kind: str, content: bytes, choice: random.Random) -> bytes:
    position = choice.randrange(len(content))
    if kind == "cut":
        return content[:position]
    flipped = bytearray(content)
    flipped[position] ^= 1 << choice.randrange(8)
    return bytes(flipped)


@pytest.mark.parametrize("trials", [20, pytest.param(TRIALS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", ["flip", "cut"])
def test_every_damage_to_the_artefact_is_refused(
    good: Shop, copy: Callable[[str], Path], kind: str, trials: int
) -> None:
    """Before a connection is made: an open one stays."""
    content = good.manifest.with_suffix(".postgres.zst").read_bytes()
    choice = random.Random(f"damage {kind}")
    damaged = [damage(kind, content, choice) for _ in range(trials)]
    connected = good.cluster.session("good")
    before = good.sql("SELECT oid, datallowconn FROM pg_database WHERE datname = 'good'")

    def trial(number: int) -> str:
        manifest = copy(f"{kind}{number}")
        manifest.with_suffix(".postgres.zst").write_bytes(damaged[number])
        return good.refused("restore", "--manifest", manifest)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(trial, range(trials)))
    words = "another SHA-256" if kind == "flip" else "bytes, expected"
    assert all(words in line for line in said)
    assert good.sql("SELECT oid, datallowconn FROM pg_database WHERE datname = 'good'") == before
    assert connected.communicate("SELECT count(*) FROM t")[0] == "300\n"


@pytest.mark.parametrize("kind", ["flip", "cut"])
@pytest.mark.parametrize("trials", [3, pytest.param(TRIALS, marks=pytest.mark.slow)])
def test_damage_from_before_the_manifest_is_refused(
    good: Shop, copy: Callable[[str], Path], kind: str, trials: int
) -> None:
    """Even where size and SHA-256 agree, decompressing and comparing find it."""
    content = good.manifest.with_suffix(".postgres.zst").read_bytes()
    choice = random.Random(f"before {kind}")
    for number in range(trials):
        manifest = copy(f"{kind}{number}")
        artefact = manifest.with_suffix(".postgres.zst")
        artefact.write_bytes(damage(kind, content, choice))
        describe(manifest, artefact)
        refuse(good, manifest)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE t SET v = 'ROW 7' WHERE id = 7", "table public.t has other content"),
        ("DELETE FROM t WHERE id = 5", "table public.t has 299 rows, expected 300"),
        ("UPDATE t SET v = b, b = v WHERE id = 1", "table public.t has other content"),
        ("CREATE TABLE more (x int)", "table public.more is unexpected"),
        ("ALTER TABLE t RENAME TO u", "table public.t is missing"),
        ("CREATE INDEX i ON t (v)", "index public.i is unexpected"),
        ("ALTER TABLE t ALTER v SET DEFAULT 'x'", "column public.t.v has another definition"),
        ("ALTER TABLE t DROP CONSTRAINT t_pkey", "constraint public.t t_pkey is missing"),
        ("GRANT SELECT ON t TO pg_monitor", "table public.t has another definition"),
        ("ALTER TABLE t OWNER TO pg_database_owner", "table public.t has another definition"),
        ("SELECT nextval('s')", "sequence public.s stands at [1, True], expected [1, False]"),
    ],
)
def test_a_sound_artefact_of_other_content_is_refused(
    good: Shop, copy: Callable[[str], Path], tmp_path: Path, change: str, words: str
) -> None:
    manifest = copy("wrong")
    good.cluster.sql("postgres", "CREATE DATABASE other TEMPLATE good OWNER shop")
    other = Shop(good.cluster, "other", tmp_path)
    other.sql(change)
    other.back_up()
    good.cluster.sql("postgres", "DROP DATABASE other")
    artefact = manifest.with_suffix(".postgres.zst")
    shutil.copy(other.manifest.with_suffix(".postgres.zst"), artefact)
    describe(manifest, artefact)
    assert words in refuse(good, manifest)


# What would be lost on the way: the check of a backup has to see it.
ROW_LESS = """
load = postgres_load.load
def lose(access, major, artefact, database, only):
    load(access, major, artefact, database, only)
    with postgres_session.session(access, database) as session:
        session.run("{}")
postgres_load.load = lose
"""


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("DELETE FROM public.t WHERE id = 300", "table public.t has 299 rows, expected 300"),
        ("UPDATE public.t SET v = NULL WHERE v = 'row 3'", "has other content in its 300 rows"),
        ("SELECT setval('public.s', 3)", "sequence public.s was restored to [3, True]"),
        ("DROP SEQUENCE public.s", "sequence public.s was restored to None"),
    ],
)
def test_a_backup_whose_restore_lost_something_is_none(good: Shop, loss: str, words: str) -> None:
    done = good.patched(ROW_LESS.format(loss), "backup", *good.backup_words("lossy"))
    assert words in refusal(done)
    assert {entry.name for entry in good.backups.iterdir()} == {"first.json", "first.postgres.zst"}


def test_what_cannot_be_restored_as_it_is_is_refused(make_shop: MakeShop) -> None:
    shop = make_shop(
        "CREATE FUNCTION liar() RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT now()::text';"
        "CREATE TABLE t (a int, b text GENERATED ALWAYS AS (public.liar()) STORED);"
        "INSERT INTO t VALUES (1)"
    )
    said = shop.refused("backup", *shop.backup_words())
    assert "table public.t has other content" in said
    shop.sql("DROP TABLE t")
    shop.sql(
        "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = off)",
        "postgres",
    )
    assert "subscriptions sub" in shop.refused("backup", *shop.backup_words())
    shop.sql("ALTER SUBSCRIPTION sub SET (slot_name = NONE)", "postgres")
    shop.sql("DROP SUBSCRIPTION sub", "postgres")
    assert list(shop.backups.iterdir()) == []


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text.replace('"r1"', '"r2"'), "was changed after it was written"),
        (lambda text: text.replace('"rows": 300', '"rows": 299'), "was changed after"),
        (lambda text: text[:-20], "not readable"),
        (lambda _: "[]", "not of format"),
    ],
)
def test_a_manifest_that_was_edited_is_refused(
    good: Shop, copy: Callable[[str], Path], edit: Callable[[str], str], words: str
) -> None:
    manifest = copy("edited")
    before = manifest.read_text()
    manifest.write_text(edit(before))
    assert manifest.read_text() != before
    for command in ("verify", "restore", "losses"):
        assert words in refuse(good, manifest, command)


def test_what_is_missing_is_named(good: Shop, copy: Callable[[str], Path]) -> None:
    manifest = copy("missing")
    described = json.loads(manifest.read_text())
    manifest.with_suffix(".postgres.zst").unlink()
    assert "first.postgres.zst is missing" in refuse(good, manifest)
    for key in ("artefact", "content", "properties", "server"):
        seal({name: value for name, value in described.items() if name != key}, manifest)
        assert f"incomplete in {key}" in refuse(good, manifest)
    manifest.unlink()
    assert "there is no manifest" in refuse(good, manifest)

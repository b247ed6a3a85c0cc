"""Damage: every flipped bit, every cut, every edit is refused and touches nothing."""

import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.unit.host.conftest import ONESELF

BackUp = Callable[..., Path]
Refused = Callable[..., str]
BACKUP = ["--name", "first", "--app", "shop", "--release", "r1", "--commit", "c0ffee"]
BACKUP += ["--user", ONESELF]
TARGET = b"what is there today"
TRIALS = 60


def make(path: Path, rows: int = 300, size: int = 30) -> Path:
    source = random.Random(1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, b BLOB)")
        values = ((f"row {n}", source.randbytes(size)) for n in range(rows))
        connection.executemany("INSERT INTO t (v, b) VALUES (?, ?)", values)
        connection.commit()
    return path


def seal(manifest: dict[str, Any], path: Path) -> None:
    """Write a manifest as if it had been made for an artefact."""
    manifest = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    manifest["manifest_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    path.write_text(json.dumps(manifest))


def describe(manifest: dict[str, Any], artefact: Path) -> dict[str, Any]:
    content = artefact.read_bytes()
    changed = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return manifest | {"artefact": manifest["artefact"] | changed}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, back_up: BackUp) -> Path:
    """One good backup; tests copy it."""
    folder = tmp_path_factory.mktemp("good")
    return back_up(make(folder / "source.db"), folder / "backups")


@pytest.fixture
def copy(good: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copy_it(name: str) -> Path:
        shutil.copytree(good.parent, tmp_path / name)
        (tmp_path / name / "live").mkdir()
        (tmp_path / name / "live" / "target.db").write_bytes(TARGET)
        return tmp_path / name / good.name

    return copy_it


def refuse_both(refused: Refused, manifest: Path) -> list[str]:
    """Verify and restore refuse; the target and the folder stay as they were."""
    live = manifest.parent / "live"
    before = sorted(entry.name for entry in manifest.parent.iterdir())
    said = [
        refused("verify", "--manifest", manifest),
        refused("restore", "--manifest", manifest, "--database", live / "target.db"),
    ]
    assert [(entry.name, entry.read_bytes()) for entry in live.iterdir()] == [("target.db", TARGET)]
    assert sorted(entry.name for entry in manifest.parent.iterdir()) == before
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
    good: Path, copy: Callable[[str], Path], refused: Refused, kind: str, trials: int
) -> None:
    content = good.with_suffix(".sqlite.zst").read_bytes()
    choice = random.Random(f"damage {kind}")
    damaged = [damage(kind, content, choice) for _ in range(trials)]

    def trial(number: int) -> str:
        manifest = copy(f"{kind}{number}")
        manifest.with_suffix(".sqlite.zst").write_bytes(damaged[number])
        return refuse_both(refused, manifest)[0]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(trial, range(trials)))
    words = "another SHA-256" if kind == "flip" else "bytes, expected"
    assert all(words in line for line in said)


@pytest.mark.parametrize("kind", ["flip", "cut"])
def test_damage_from_before_the_manifest_is_refused(
    good: Path, copy: Callable[[str], Path], refused: Refused, kind: str
) -> None:
    """Even where size and SHA-256 agree, decompressing and comparing find it."""
    content = good.with_suffix(".sqlite.zst").read_bytes()
    choice = random.Random(f"before {kind}")
    for number in range(3):
        manifest = copy(f"{kind}{number}")
        artefact = manifest.with_suffix(".sqlite.zst")
        artefact.write_bytes(damage(kind, content, choice))
        seal(describe(json.loads(manifest.read_text()), artefact), manifest)
        refuse_both(refused, manifest)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE t SET v = 'ROW 7' WHERE v = 'row 7'", "table t has other content"),
        ("DELETE FROM t WHERE id = 5", "table t has 299 rows, expected 300"),
        ("CREATE TABLE more (x)", "table more is unexpected"),
        ("ALTER TABLE t RENAME TO u", "table t is missing"),
        ("CREATE INDEX i ON t (v)", "schema_sha256 is"),
        ("PRAGMA user_version = 3", "user_version is 3, expected 0"),
    ],
)
def test_a_sound_artefact_of_other_content_is_refused(
    copy: Callable[[str], Path], refused: Refused, change: str, words: str
) -> None:
    manifest = copy("other")
    artefact, plain = manifest.with_suffix(".sqlite.zst"), manifest.parent / "plain"
    subprocess.run(["zstd", "-q", "-d", artefact, "-o", plain], check=True)
    with closing(sqlite3.connect(plain)) as connection:
        connection.execute(change)
        connection.commit()
    subprocess.run(["zstd", "-q", "-f", plain, "-o", artefact], check=True)
    described = describe(json.loads(manifest.read_text()), artefact)
    described["artefact"]["uncompressed_size"] = plain.stat().st_size
    plain.unlink()
    seal(described, manifest)
    assert all(words in said for said in refuse_both(refused, manifest))


def edit_release(text: str) -> str:
    return text.replace('"r1"', '"r2"')


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edit_release, "was changed after it was written"),
        (lambda text: text.replace('"rows": 300', '"rows": 299'), "was changed after"),
        (lambda text: text[:-20], "not readable"),
        (lambda _: "", "not readable"),
        (lambda _: "\x00\xff garbage", "not readable"),
        (lambda _: "[]", "not of format"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "not of format"),
    ],
)
def test_a_manifest_that_was_edited_is_refused(
    copy: Callable[[str], Path], refused: Refused, edit: Callable[[str], str], words: str
) -> None:
    manifest = copy("edited")
    before = manifest.read_text()
    manifest.write_text(edit(before))
    assert manifest.read_text() != before
    assert all(words in said for said in refuse_both(refused, manifest))


def test_what_is_missing_is_named(copy: Callable[[str], Path], refused: Refused) -> None:
    manifest = copy("missing")
    described = json.loads(manifest.read_text())
    manifest.with_suffix(".sqlite.zst").unlink()
    assert all("first.sqlite.zst is missing" in said for said in refuse_both(refused, manifest))
    for key in ("artefact", "content"):
        seal({name: value for name, value in described.items() if name != key}, manifest)
        assert all(f"incomplete in {key}" in said for said in refuse_both(refused, manifest))
    manifest.unlink()
    assert all("there is no manifest" in said for said in refuse_both(refused, manifest))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 24 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_too_small_a_disk_is_refused_beforehand(
    tmp_path: Path, small_disk: Path, back_up: BackUp, refused: Refused
) -> None:
    source = make(tmp_path / "source.db", 1000, 15_000)
    said = refused("backup", "--database", source, "--into", small_disk, *BACKUP)
    assert f"{(2 * source.stat().st_size + 1024 * 1024) / 1e6:.1f} MB are needed" in said
    assert "25.2 MB are free" in said
    assert list(small_disk.iterdir()) == []
    manifest = back_up(source, tmp_path / "backups")
    (small_disk / "filler").write_bytes(b"x" * 10_000_000)
    (small_disk / "target.db").write_bytes(TARGET)
    target = small_disk / "target.db"
    said = refused("restore", "--manifest", manifest, "--database", target)
    assert "MB are needed" in said
    assert {entry.name for entry in small_disk.iterdir()} == {"filler", "target.db"}


@pytest.mark.parametrize(
    "begun", [".sqlite_backup/leaf/copy", ".sqlite_backup/artefact", "first.sqlite.zst"]
)
def test_a_disk_that_fills_meanwhile_leaves_nothing_behind(
    tmp_path: Path, small_disk: Path, refused: Refused, begun: str
) -> None:
    """The room is taken by somebody else once the check of the room has passed."""
    source, into = make(tmp_path / "source.db", 700, 15_000), small_disk / "backups"

    def fill() -> None:
        deadline = time.monotonic() + 10
        while not (into / begun).exists() and time.monotonic() < deadline:
            time.sleep(0.0005)
        with (small_disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:  # until there is no room
                file.write(b"x" * 65536)

    filler = threading.Thread(target=fill)
    filler.start()
    said = refused("backup", "--database", source, "--into", into, *BACKUP)
    filler.join()
    assert "free space in that file system" in said
    assert str(source) in said
    assert list(into.iterdir()) == []

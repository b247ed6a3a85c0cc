"""All of a commit comes to the host, once; what a dead run left half is made whole."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from changeover.lab.large_files import pointer
from tests.unit.host.forge import PROGRAM, Files, Forge, Module, Repository, modules
from tests.unit.host.treeing import Place, partly, unlike

LFS = "*.bin filter=lfs\n"


@pytest.fixture
def repository(forge: Forge) -> Repository:
    return forge.repository("play")


@pytest.fixture
def library(forge: Forge) -> Repository:
    return forge.repository("library")


@pytest.fixture
def commit(forge: Forge, repository: Repository, library: Repository) -> str:
    """Return a commit with a submodule and large files."""
    pin = library.commit({"x": "x", "l.bin": forge.lfs.keep(b"library"), ".gitattributes": LFS})
    return repository.commit(
        {
            ".gitattributes": LFS,
            ".gitmodules": modules(lib="../library.git"),
            "lib": Module(pin),
            "model.bin": forge.lfs.keep(b"model" * 1000),
        }
    )


def again(place: Place, repository: Repository, commit: str) -> list[str]:
    """See a commit come whole; return what was asked for it."""
    place.forge.asked()
    place.forge.lfs.asked.clear()
    found = place.made(repository, commit)
    assert found["model.bin"] == b"model" * 1000
    assert (found["lib/x"], found["lib/l.bin"]) == (b"x", b"library")
    return place.forge.asked() + place.forge.lfs.asked


def test_what_is_there_is_not_asked_for(place: Place, repository: Repository, commit: str) -> None:
    assert again(place, repository, commit) != []

    assert again(place, repository, commit) == []


def test_the_next_commit_asks_for_what_is_new_and_drops_what_it_does_not_need(
    forge: Forge, place: Place, repository: Repository, commit: str
) -> None:
    again(place, repository, commit)
    files: Files = {".gitattributes": LFS, "model.bin": forge.lfs.keep(b"model" * 1000)}
    later = repository.commit({**files, "more.bin": forge.lfs.keep(b"more")})
    forge.lfs.asked.clear()

    found = place.made(repository, later)

    assert found["more.bin"] == b"more"
    assert forge.lfs.asked == ["batch 1", "content"]
    assert not (place.mirror / "modules").exists()
    stored = [path for path in (place.mirror / "large/lfs/objects").rglob("*") if path.is_file()]
    assert len(stored) == 2
    assert place.made(repository, repository.commit({"x": "x"})) == {"x": b"x"}
    assert not (place.mirror / "large").exists()


def test_a_mirror_with_a_part_of_a_commit_is_made_whole(
    place: Place, repository: Repository, commit: str
) -> None:
    partly(repository, place.mirror, commit, repository.git("rev-parse", f"{commit}^{{tree}}"))
    (place.mirror / "shallow.lock").touch()
    (place.mirror / "refs/heads/main.lock").touch()

    assert again(place, repository, commit)


def test_a_submodule_with_a_part_of_a_commit_is_made_whole(
    place: Place, repository: Repository, library: Repository, commit: str
) -> None:
    again(place, repository, commit)
    (own,) = (place.mirror / "modules").iterdir()
    shutil.rmtree(own)
    partly(library, own, library.git("rev-parse", "main"))
    (own / "config.lock").touch()

    assert len(again(place, repository, commit)) == 1


@pytest.mark.parametrize("damage", ["cut", "changed", "away"])
def test_large_files_that_are_not_what_their_pointers_say_are_fetched_anew(
    place: Place, repository: Repository, commit: str, damage: str
) -> None:
    again(place, repository, commit)
    (stored,) = (
        path
        for path in (place.mirror / "large/lfs/objects").rglob("*")
        if path.is_file() and path.stat().st_size == 5000
    )
    stored.chmod(0o644)
    if damage == "changed":
        unlike(stored)
    elif damage == "cut":
        os.truncate(stored, 100)
    else:
        stored.unlink()

    assert "content" in again(place, repository, commit)


def test_what_a_server_gives_in_the_place_of_a_large_file_is_not_taken(
    forge: Forge, place: Place, repository: Repository, commit: str
) -> None:
    forge.lfs.contents = {oid: b"!" * len(text) for oid, text in forge.lfs.contents.items()}

    done = place.fetch(repository, commit)

    assert done.returncode == 4
    assert "cannot fetch large files from ssh://git@git.example" in done.stderr


@pytest.mark.parametrize("run", range(3))
def test_whenever_a_fetch_is_killed_the_next_one_heals(
    forge: Forge, place: Place, repository: Repository, commit: str, run: int
) -> None:
    command = [sys.executable, "-I", str(PROGRAM), "fetch", *place.about(repository, commit)]
    command += ["--mirror", str(place.mirror)]
    for moment in range(6):
        child = subprocess.Popen(
            command, env=forge.environment, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(0.15 * (moment + 1) + 0.05 * run)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    again(place, repository, commit)


def test_servers_that_do_not_answer_and_what_they_do_not_have_are_named(
    place: Place, repository: Repository, library: Repository
) -> None:
    away = repository.commit({".gitmodules": modules(lib="../gone.git"), "lib": Module("1" * 40)})
    library.commit({"x": "x"})
    files: Files = {".gitmodules": modules(lib="../library.git"), "lib": Module("2" * 40)}
    lacking = repository.commit(files)
    large = repository.commit({".gitattributes": LFS, "x.bin": pointer(b"nobody's")})

    assert (
        "lib: a submodule: cannot read ssh://git@git.example"
        in place.fetch(repository, away).stderr
    )
    assert f"library.git has no commit {'2' * 40}" in place.fetch(repository, lacking).stderr
    assert "cannot fetch large files from" in place.fetch(repository, large).stderr
    assert f"has no commit {'3' * 40}" in place.fetch(repository, "3" * 40).stderr


def test_a_submodule_of_an_old_server_is_behind_a_tip_of_it(
    forge: Forge, place: Place, repository: Repository, library: Repository, commit: str
) -> None:
    tip = library.git("commit-tree", "-m", "later", "-p", "main", "main^{tree}")
    library.git("update-ref", "refs/heads/main", tip)
    forge.age()

    again(place, repository, commit)

    gone: Files = {".gitmodules": modules(lib="../library.git"), "lib": Module("1" * 40)}
    done = place.fetch(repository, repository.commit(gone))
    assert f"library.git has no commit {'1' * 40}" in done.stderr


def test_what_git_finds_hostile_is_not_taken(place: Place, repository: Repository) -> None:
    text = '[submodule "../../x"]\n\tpath = x\n\turl = https://git.example/x\n'
    commit = repository.commit({".gitmodules": text})

    done = place.fetch(repository, commit)

    assert done.returncode == 1
    assert "gitmodulesName" in done.stderr

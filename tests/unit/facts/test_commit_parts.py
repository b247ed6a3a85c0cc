"""What a commit needs beside its own repository, as the controller tells it."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pyinfra.api.host import Host

from changeover.facts import commit
from changeover.facts.commit import ResolvedCommit, Unresolved, denied, resolve
from changeover.plans.commit import Commit, Parts, Source
from tests.unit.facts.test_commit import Nobody, first_in_the_run, forget
from tests.unit.host.forge import Files, Forge, Module, Repository, modules

__all__ = ["first_in_the_run"]

LFS = "*.bin filter=lfs\n"
PINNED = "git.example ssh-ed25519 AAAA"


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    made = Forge(tmp_path / "forge")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    with made.serving():
        yield made


def source(repository: Repository, *paths: str, directory: str = "") -> Source:
    return Source(repository.address, "main", paths, PINNED, directory=directory)


def resolved(wanted: Source, host: Nobody | None = None) -> Commit | Unresolved:
    return resolve(wanted, "play", None, cast("Host", host or Nobody()))


def test_submodules_and_large_files_are_told_and_asked_for_once(
    forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, repository = forge.repository("library"), forge.repository("play")
    pin = library.commit(
        {"lock.txt": "x", "l.bin": forge.lfs.keep(b"l" * 3000), ".gitattributes": LFS}
    )
    files: Files = {".gitmodules": modules(app__lib="../library.git"), "app/lib": Module(pin)}
    repository.commit({**files, "other/none": Module("1" * 40)})
    wanted = source(repository, "app", "app/lib/lock.txt", directory="app")

    found = resolved(wanted)

    assert isinstance(found, Commit)
    assert found.parts == Parts(("app/lib",), large=1, kilobytes=3)
    assert found.objects["app/lib/lock.txt"] == library.git("rev-parse", f"{pin}:lock.txt")
    forge.asked()
    forge.lfs.asked.clear()
    forget(monkeypatch)
    assert resolved(wanted) == found
    (asked,) = forge.asked()
    assert "upload-pack" in asked
    assert "play.git" in asked
    assert forge.lfs.asked == []


def test_a_commit_of_an_old_server_is_found_behind_a_tip_of_it(forge: Forge) -> None:
    repository, library = forge.repository("play"), forge.repository("library")
    pin = library.commit({"x": "x"})
    module: Files = {".gitmodules": modules(lib="../library.git"), "lib": Module(pin)}
    commit = repository.commit({**module, ".gitattributes": LFS, "a.bin": forge.lfs.keep(b"a")})
    for one in (repository, library):
        tip = one.git("commit-tree", "-m", "later", "-p", "main", "main^{tree}")
        one.git("update-ref", "refs/heads/main", tip)
    forge.age()

    found = resolved(replace(source(repository, "lib/x"), ref=commit))

    assert isinstance(found, Commit)
    assert found.parts == Parts(("lib",), large=1, kilobytes=1)
    assert found.objects["lib/x"] == library.git("rev-parse", f"{pin}:x")
    away = resolved(replace(source(repository, "lib/x"), ref="1" * 40))
    assert isinstance(away, Unresolved)
    assert away.final
    assert f"has no commit {'1' * 40}" in away.why


def test_what_cannot_be_had_comes_with_the_commit(forge: Forge) -> None:
    repository = forge.repository("play")
    repository.commit({"lib": Module("1" * 40)})

    found = resolved(source(repository, ""))

    assert isinstance(found, Commit)
    assert found.parts
    assert found.parts.problems[0].startswith("lib: a submodule with no address in .gitmodules")


def test_where_only_the_host_reaches_a_submodule_it_is_asked(forge: Forge) -> None:
    repository = forge.repository("play")
    address = "ssh://git@inside.example/lib.git"
    repository.commit({".gitmodules": modules(lib=address), "lib": Module("1" * 40)})
    answer = Commit("a" * 40, 1, {}, parts=Parts(("lib",)))

    assert resolved(source(repository, ""), Nobody(answer)) == answer

    nobody = resolved(source(repository, "x"), Nobody(Unresolved("nor I")))
    assert isinstance(nobody, Unresolved)
    assert f"the controller: lib: a submodule: cannot read {address}" in nobody.why
    assert "web: nor I" in nobody.why


def test_a_key_that_may_not_read_a_submodule_is_refused_as_such(forge: Forge) -> None:
    repository = forge.repository("play")
    repository.commit({".gitmodules": modules(lib="../secret.git"), "lib": Module("1" * 40)})
    wanted = source(repository, "")

    found = resolve(wanted, "play", "/key", cast("Host", Nobody(Unresolved("nor I"))))

    assert isinstance(found, Unresolved)
    assert found.denied
    assert "lib: a submodule: cannot read ssh://" in denied(wanted, "play", "/key")


def test_a_host_that_told_only_half_has_told_nothing() -> None:
    head = f"commit {'a' * 40} 1767355200"
    told = '"submodules": {}, "large": 0, "kilobytes": 0, "problems": []'
    whole = f'parts {{{told}, "links": {{}}}}'

    assert ResolvedCommit().process([head, "cannot read x"]) == Unresolved("cannot read x")
    found = ResolvedCommit().process([head, "path - x", whole])
    assert isinstance(found, Commit)
    assert found == replace(found, id="a" * 40, objects={"x": None}, parts=Parts())
    # a program of an earlier version says nothing of links: it is asked again once it is ours
    assert isinstance(ResolvedCommit().process([head, f"parts {{{told}}}"]), Unresolved)


def test_the_controller_calls_the_program_of_this_version() -> None:
    done = subprocess.run([*commit.TREE, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: tree ")

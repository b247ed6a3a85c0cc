"""The step that makes a release, on real repositories: all of the commit, or nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.plans import fetch
from changeover.plans.commit import Commit
from changeover.plans.target import Target
from tests.unit.host.forge import Forge, Link, Module, Program, Repository, modules
from tests.unit.host.treeing import partly, there
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, fresh, target

ATTRIBUTES = """\
*.bin filter=lfs diff=lfs merge=lfs -text
tests export-ignore
VERSION export-subst
*.txt text eol=crlf
*.id ident
*.run filter=attack
*.u16 working-tree-encoding=UTF-16
"""
ABOUT = [f".changeover/{name}" for name in ("release.json", "kilobytes", "environment")]


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    made = Forge(tmp_path / "forge")
    monkeypatch.setenv("PATH", made.environment["PATH"])
    with made.serving():
        yield made


@pytest.fixture(autouse=True)
def prepared(shell: Shell) -> None:
    """Have the folders that provisioning makes."""
    for folder in ("repository.git", "releases", "shared"):
        (shell / f"/srv/hello/{folder}").mkdir(parents=True)


def aimed(repository: Repository, commit: str, **settings: str) -> Target:
    found = target(
        HELLO,
        Commit(commit, 1767355200, {}),
        repository=repository.address,
        known_hosts="git.example ssh-ed25519 AAAA",
        **settings,
    )
    assert found.release
    return found


def released(shell: Shell, wanted: Target) -> dict[str, object]:
    """Make the release; return what is in it, beside what is Changeover's own."""
    shell.run(fetch.fetch_script(wanted, fresh(), {}))
    found: dict[str, object] = dict(there(shell / (wanted.release_path or "")))
    for own in (".env", "REVISION", *ABOUT):
        assert found.pop(own)
    return found


def test_the_release_is_the_commit_and_all_of_it(forge: Forge, shell: Shell) -> None:
    library, repository = forge.repository("library"), forge.repository("hello")
    pinned = library.commit({"lib.py": "old\n", "tests/t.py": "t\n", ".gitattributes": ATTRIBUTES})
    library.commit({"lib.py": "new\n"})
    commit = repository.commit(
        {
            ".gitattributes": ATTRIBUTES,
            ".gitmodules": modules(vendored="../library.git"),
            "vendored": Module(pinned),
            "model.bin": forge.lfs.keep(b"weights" * 1000),
            "plain.bin": "not on a server\n",
            "tests/test.py": "tested\n",
            "VERSION": "$Format:%H$\n",
            "lines.txt": "one\ntwo\n",
            "key.id": "$Id$\n",
            "app.run": Program("#!/bin/sh\n"),
            "wide.u16": "wide\n",
            "link": Link("model.bin"),
        }
    )

    found = released(shell, aimed(repository, commit))

    assert found == {
        ".gitattributes": ATTRIBUTES.encode(),
        ".gitmodules": modules(vendored="../library.git").encode(),
        "vendored/.gitattributes": ATTRIBUTES.encode(),
        "vendored/lib.py": b"old\n",
        "vendored/tests/t.py": b"t\n",
        "model.bin": b"weights" * 1000,
        "plain.bin": b"not on a server\n",
        "tests/test.py": b"tested\n",
        "VERSION": b"$Format:%H$\n",
        "lines.txt": b"one\ntwo\n",
        "key.id": b"$Id$\n",
        "app.run": Program("#!/bin/sh\n"),
        "wide.u16": b"wide\n",
        "link": Link("model.bin"),
    }


def test_a_release_is_fetched_and_written_behind_walls(forge: Forge, shell: Shell) -> None:
    repository = forge.repository("hello")
    wanted = aimed(repository, repository.commit({"a": "x"}))
    for name in ("deploy_key", "known_hosts"):
        shell.write(f"/etc/changeover/hello/{name}", "x\n")

    released(shell, wanted)

    runs = [line.split() for line in shell.walls.splitlines()]
    fetched, written = (" ".join(words[: words.index("--")]) for words in runs)
    assert "run fetch --app hello --task fetch " in fetched
    assert "--network" in fetched
    assert "--credential deploy_key:" in fetched
    assert "--credential known_hosts:" in fetched
    assert "GIT_SSH_COMMAND=ssh -o BatchMode=yes" in fetched
    assert "$CREDENTIALS_DIRECTORY/deploy_key" in fetched
    assert "run build --app hello --task code " in written
    assert "--network" not in written
    assert "--credential" not in written


def test_a_mirror_that_a_killed_fetch_left_half_filled_is_made_whole(
    forge: Forge, shell: Shell
) -> None:
    repository = forge.repository("hello")
    wanted = aimed(repository, commit := repository.commit({"a/b": "x"}))
    partly(repository, shell / wanted.paths.mirror, commit)

    assert released(shell, wanted) == {"a/b": b"x"}


def test_a_file_that_another_commit_has_is_asked_of_nobody_once_it_is_there(
    forge: Forge, shell: Shell
) -> None:
    repository = forge.repository("hello")
    wanted = aimed(repository, repository.commit({"a": "x"}))
    released(shell, wanted)
    (shell / (wanted.release_path or "")).rename(shell.root / "away")
    forge.asked()

    assert released(shell, wanted) == {"a": b"x"}
    assert forge.asked() == []


def test_what_cannot_be_had_leaves_no_release(forge: Forge, shell: Shell) -> None:
    repository = forge.repository("hello")
    wanted = aimed(repository, repository.commit({"lib": Module("1" * 40)}))

    done = shell.try_(fetch.fetch_script(wanted, fresh(), {}))

    assert done.returncode == 1
    assert "lib: a submodule with no address in .gitmodules" in done.stderr
    assert list((shell / wanted.paths.releases).iterdir()) == []


def test_a_directory_of_a_repository_is_the_release(forge: Forge, shell: Shell) -> None:
    repository = forge.repository("hello")
    commit = repository.commit({"a": "x", "services/hello/app.py": "app"})

    found = released(shell, aimed(repository, commit, directory="services/hello"))

    assert found == {"app.py": b"app"}

"""A ref means one commit for the whole run, found in real repositories."""

import os
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest
from pyinfra.api.host import Host

from changeover.facts import run
from changeover.facts.commit import ResolvedCommit, Unresolved, resolve
from changeover.plans.commit import Commit, Source

SUBJECT = "20260102T120000Z"


@dataclass
class Repository:
    """A bare repository with a working tree beside it."""

    path: Path

    def git(self, *words: str) -> str:
        """Run git in the working tree."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_AUTHOR_DATE": "2026-01-02T13:00:00+01:00",
            "GIT_COMMITTER_DATE": "2026-01-02T13:00:00+01:00",
        }
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(self.path.with_suffix("")), *who, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return done.stdout.strip()

    def commit(self, text: str) -> str:
        """Commit a new content of the app, push it, and return the commit's id."""
        folder = self.path.with_suffix("")
        (folder / "apps/play").mkdir(parents=True, exist_ok=True)
        (folder / "apps/play/requirements.txt").write_text(text)
        (folder / "README").write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "-m", text)
        self.git("push", "-q", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")


class Nobody:
    """A host that is not to be asked, or that answers as it was told."""

    name = "web"

    def __init__(self, answer: Commit | Unresolved | None = None) -> None:
        self.answer = answer
        self.asked = 0

    def get_fact(self, fact: type, **arguments: object) -> Commit | Unresolved:
        assert fact is ResolvedCommit
        assert set(arguments) <= {"source", "app", "_stdin"}
        assert self.answer, "the host was asked although the controller knew"
        self.asked += 1
        return self.answer


@pytest.fixture(autouse=True)
def first_in_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Begin a run with nothing resolved and an empty cache."""
    monkeypatch.setattr(run, "this", run.Run())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with one commit on main."""
    made = Repository(tmp_path / "play.git")
    quiet = {"capture_output": True, "check": True}
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(made.path)], **quiet)  # type: ignore[call-overload]
    subprocess.run(["git", "clone", "-q", str(made.path), str(made.path.with_suffix(""))], **quiet)  # type: ignore[call-overload]
    made.git("checkout", "-q", "-B", "main")
    made.commit("one")
    return made


@pytest.fixture
def main(repository: Repository) -> str:
    """Return the id of the commit on main."""
    return repository.git("rev-parse", "HEAD")


def source(repository: Repository, ref: str = "main", *paths: str) -> Source:
    return Source(str(repository.path), ref, paths)


def resolved(wanted: Source, host: Nobody | None = None) -> Commit | Unresolved:
    return resolve(wanted, "play", None, cast("Host", host or Nobody()))


def commit_id(wanted: Source) -> str:
    found = resolved(wanted)
    assert isinstance(found, Commit), found
    return found.id


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin another run."""
    monkeypatch.setattr(run, "this", run.Run())


@pytest.mark.parametrize("ref", ["main", "0" * 40])
def test_where_the_controller_has_no_access_the_first_host_is_asked(
    tmp_path: Path, ref: str
) -> None:
    away = Source(str(tmp_path / "away.git"), ref, ())
    host = Nobody(Commit("a" * 40, 1, {}))

    assert resolved(away, host) == host.answer
    assert resolved(away, host) == host.answer
    assert host.asked == 1


def test_where_nobody_has_access_both_reasons_are_given_and_the_host_is_asked_again(
    tmp_path: Path,
) -> None:
    away = Source(str(tmp_path / "away.git"), "main", ())
    host = Nobody(Unresolved("git is not installed"))

    found = resolved(away, host)

    assert isinstance(found, Unresolved)
    assert not found.final
    assert f"cannot read {away.repository}" in found.why
    assert "web: git is not installed" in found.why
    host.answer = Commit("a" * 40, 1, {})
    assert resolved(away, host) == host.answer


def test_a_cache_that_a_dead_run_left_half_filled_is_made_whole(
    repository: Repository, main: str, tmp_path: Path
) -> None:
    cache = tmp_path / "cache/changeover/play.git"
    subprocess.run(["git", "init", "-q", "--bare", str(cache)], check=True)
    commit = subprocess.run(
        ["git", "-C", str(repository.path), "cat-file", "commit", main],
        capture_output=True,
        check=True,
    )
    store = ["git", "-C", str(cache), "hash-object", "-t", "commit", "-w", "--stdin"]
    subprocess.run(store, input=commit.stdout, check=True)

    found = resolved(source(repository, "main", "README"))

    assert isinstance(found, Commit)
    assert found.objects["README"] == repository.git("rev-parse", "HEAD:README")


def test_paths_are_known_by_their_content(repository: Repository) -> None:
    lock = "apps/play/requirements.txt"
    wanted = source(repository, "main", "", "apps/play", lock, "apps/play/alembic.ini")

    found = resolved(wanted)

    assert isinstance(found, Commit)
    for path in ("", "apps/play", lock):
        assert found.objects[path] == repository.git("rev-parse", f"HEAD:{path}"), path
    assert found.objects["apps/play/alembic.ini"] is None


def test_the_first_answer_holds_for_the_run(
    repository: Repository, main: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = source(repository)
    assert commit_id(wanted) == main

    newer = repository.commit("two")

    assert commit_id(wanted) == main
    forget(monkeypatch)
    assert commit_id(wanted) == newer


def test_a_ref_is_one_commit_whatever_is_asked_of_it(repository: Repository, main: str) -> None:
    resolved(source(repository))
    newer = repository.commit("two")

    readme = resolved(replace(source(repository), paths=("README",)))

    assert isinstance(readme, Commit)
    assert readme.id == main
    assert readme.objects["README"] == repository.git("rev-parse", f"{main}:README")
    assert commit_id(source(repository, newer)) == newer


def test_hostile_names_are_only_names(repository: Repository, tmp_path: Path) -> None:
    hostile = f"$(touch {tmp_path}/touched)"

    found = resolved(source(repository, hostile, hostile))

    assert isinstance(found, Unresolved)
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("key", ["absolute", "~/key", "./key"])
def test_the_controllers_key_and_the_pinned_host_key_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").touch()
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ssh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/asked\nexit 255\n')
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    wanted = Source("ssh://git@git.example/x.git", "main", (), "git.example ssh-ed25519 AAAA")

    given = key.replace("absolute", f"{tmp_path}/key")
    resolve(wanted, "play", given, cast("Host", Nobody(Unresolved("nor I"))))

    asked = (tmp_path / "asked").read_text().splitlines()
    assert "StrictHostKeyChecking=yes" in asked
    assert "BatchMode=yes" in asked
    assert f"{tmp_path}/key" in asked


# notes how it is called, and runs the command with what it was lent
SANDBOX = """#!/bin/bash
printf '%s\\n' "$@" > {root}/asked
while [ "$1" != -- ]; do shift; done
shift; CREDENTIALS_DIRECTORY={root}/lent exec "$@" < /dev/null
"""


@pytest.mark.parametrize("key", [True, False])
def test_a_host_asks_behind_walls_and_is_lent_the_key_for_it(
    repository: Repository, main: str, tmp_path: Path, *, key: bool
) -> None:
    fact, places = ResolvedCommit(), ("usr/local/lib/changeover", "srv/play", "etc/changeover/play")
    command = fact.command(source(repository), "play")
    for place in places:
        (tmp_path / place).mkdir(parents=True)
        command = command.replace(f"/{place}", f"{tmp_path}/{place}")
    command = re.sub(r"(?m)^install .*$", "", command)  # for users that are not here
    programs = tmp_path / places[0]
    for name, body in (("sandbox", SANDBOX.format(root=tmp_path)), ("tree", "#!/bin/sh\n")):
        (programs / name).write_text(body)
        (programs / name).chmod(0o755)
    (tmp_path / "srv/play/repository.git").mkdir()
    deploy_key = tmp_path / places[2] / "deploy_key"
    if key:
        deploy_key.touch()

    shell = (fact.shell_executable or "sh").split()
    done = subprocess.run([*shell, "-c", command], capture_output=True, text=True, check=False)

    assert f"commit {main} " in done.stdout, done
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:4] == ["run", "fetch", "--app", "play"]
    lent = [asked[at + 1] for at, word in enumerate(asked) if word == "--credential"]
    assert lent == ([f"deploy_key:{deploy_key}"] if key else [])


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["cannot read x", "is not provisioned yet"], "is not provisioned yet"),
        ([], "git said nothing"),
    ],
)
def test_what_a_host_says_that_is_no_commit_is_the_reason(lines: list[str], why: str) -> None:
    assert ResolvedCommit().process(lines) == Unresolved(why)
    assert ResolvedCommit.default() == Unresolved("its own look at the repository failed")

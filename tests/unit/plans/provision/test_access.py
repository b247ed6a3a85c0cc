"""The deploy key and the pinned host keys: they are private, and a key that works is kept."""

import hashlib
from dataclasses import replace

import pytest

from changeover.plans.provision.access import access_script, decide_access
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, target

PINNED = "git.example ssh-ed25519 AAAA\ngit.example ssh-rsa BBBB"


@pytest.mark.parametrize("key", ["-----BEGIN KEY-----\nabc\n-----END KEY-----\n", ""])
@pytest.mark.parametrize("pinned", [PINNED, f"{PINNED}\n", None])
def test_the_way_to_the_repository_is_found_as_it_was_left(
    shell: Shell, key: str, pinned: str | None
) -> None:
    wanted = target(known_hosts=pinned)
    folder = wanted.paths.configuration
    shell.write(f"{folder}/deploy_key", "of another time")
    shell.write(f"{wanted.paths.mirror}/.keep")
    shell.stub("git", "exit 0")

    shell.run(access_script(wanted), stdin=key)

    there = {f"{folder}/{path.name}": path.read_bytes() for path in (shell / folder).iterdir()}
    sums = {path: hashlib.sha256(text).hexdigest() for path, text in there.items()}
    assert not decide_access(wanted, replace(fresh(), files=sums), key).needed
    assert (f"{folder}/deploy_key" in there) is bool(key)


def test_a_key_for_submodules_alone_is_not_tried_at_a_repository_by_https(shell: Shell) -> None:
    wanted = target(known_hosts=PINNED, repository="https://ann:hunter2@git.example/x.git")
    folder = wanted.paths.configuration
    shell.write(f"{folder}/deploy_key", "old\n")
    shell.stub("git", "exit 128")
    script = access_script(wanted)

    shell.run(script, stdin="new\n")

    assert (shell / f"{folder}/deploy_key").read_text() == "new\n"
    assert "hunter2" not in script


def test_a_key_that_works_gives_way_only_to_one_that_does(shell: Shell) -> None:
    wanted = target(known_hosts=PINNED, repository="git@git.example:playmaker.git")
    folder = wanted.paths.configuration
    shell.write(f"{folder}/deploy_key", "old\n")
    shell.write(f"{folder}/known_hosts", "old\n")
    shell.write(f"{wanted.paths.mirror}/.keep")
    shell.stub("git", "echo this key may only read y >&2; exit 128")
    before = shell.tree()

    done = shell.try_(access_script(wanted), stdin="new\n")

    assert done.returncode == 1
    assert "may only read y" in done.stderr
    assert "playmaker_deploy_key: the host cannot read " in done.stderr
    assert shell.tree() == before
    assert f"--credential deploy_key:{shell.moved(folder)}/deploy_key.changeover." in shell.walls


def test_the_deploy_key_is_private_and_not_in_the_script(shell: Shell) -> None:
    wanted = target()
    shell.write(f"{wanted.paths.configuration}/.keep")

    shell.run(access_script(wanted), stdin="secret\n")

    key = shell / f"{wanted.paths.configuration}/deploy_key"
    assert key.read_text() == "secret\n"
    assert key.stat().st_mode & 0o777 == 0o600

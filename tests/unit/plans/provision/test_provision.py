"""What a host is given, and that it is found again afterwards."""

import base64
import hashlib
import io
import os
import pwd
import tarfile
from dataclasses import replace

import pytest

from changeover.facts.program import program_files
from changeover.plans import candidate_database as wanted
from changeover.plans import provision
from changeover.plans.commit import Parts
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.postgres.here import HERE
from changeover.plans.decision import Decision
from changeover.plans.probe import question
from changeover.plans.snapshot import CandidateDatabase, Database
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, PLAYMAKER, V2, fresh, serving, target

PINNED = "git.example ssh-ed25519 AAAA\ngit.example ssh-rsa BBBB"


def test_an_app_gets_the_packages_of_its_parts_and_its_own() -> None:
    own = PLAYMAKER.model_copy(update={"packages": ("ffmpeg", "git")})

    assert "python3-venv" in provision.packages(target())
    assert "python3-venv" not in provision.packages(target(HELLO))
    found = provision.packages(target(own))
    assert "ffmpeg" in found
    assert list(found) == sorted(set(found))


def test_git_lfs_is_for_commits_that_need_it_and_always_asked_for() -> None:
    def decided(parts: Parts | None, *installed: str) -> Decision:
        return provision.decide_large(target(commit=replace(V2, parts=parts)), installed)

    assert decided(Parts(large=1)).why == "not installed: git-lfs"
    assert not decided(Parts(large=1), "git-lfs").needed
    assert not decided(Parts(("lib",))).needed
    assert not decided(None).needed
    assert not provision.decide_large(target(commit=None), ()).needed
    assert "git-lfs" in question(target(commit=None)).packages


def test_only_what_is_missing_is_installed() -> None:
    most = replace(fresh(), packages=frozenset(provision.packages(target())) - {"git", "zstd"})
    lacking = provision.missing(provision.packages(target(), NOWHERE), most.packages)

    assert "packages=(git zstd)\n" in provision.packages_script(lacking)
    assert provision.decide_packages(lacking).why == "not installed: git zstd"


def test_folders_are_named_that_are_not_as_they_should_be() -> None:
    well = serving(target())
    wrong = replace(well, folders={**well.folders, "/srv/playmaker/shared": "root root 755"})

    assert (
        provision.decide_accounts(target(), wrong).why == "to make or mend: /srv/playmaker/shared"
    )


def test_the_archive_holds_programs_and_pages_to_the_letter() -> None:
    files = program_files()

    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(provision.archive(files)))) as tar:
        found = {name: tar.extractfile(name) for name in tar.getnames()}
        texts = {name: file.read() for name, file in found.items() if file}

    assert texts["programs/record_start"] == files["/usr/local/lib/changeover/record_start"]
    assert set(texts.values()) == set(files.values())
    assert {name.split("/")[0] for name in texts} == {"programs", "pages", "units"}


def test_installed_programs_are_of_this_version(shell: Shell) -> None:
    files = program_files()

    wanted = target()
    shell.stub("systemctl", "exit 0")
    (shell / "/etc/systemd/system").mkdir(parents=True)
    shell.run(provision.programs_script(wanted.paths), stdin=provision.archive(files))

    sums = {path: hashlib.sha256((shell / path).read_bytes()).hexdigest() for path in files}
    assert provision.decide_programs(wanted.paths, files, sums).needed
    sums[f"/etc/systemd/system/multi-user.target.wants/{wanted.paths.guard}"] = "any"
    assert not provision.decide_programs(wanted.paths, files, sums).needed

    installed = (shell / "/usr/local/lib/changeover").iterdir()
    assert {path.stat().st_mode & 0o777 for path in installed} == {0o755}


def test_of_many_programs_that_differ_some_are_named() -> None:
    wanted = target()

    few = provision.decide_programs(wanted.paths, {"/a": b"", "/b": b""}, {})
    many = provision.decide_programs(wanted.paths, {f"/{name}": b"" for name in range(7)}, {})

    assert few.why == "missing or of another version: /a /b"
    assert many.why == "missing or of another version: /0 /1 /2 /3 /4 and 2 more"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")
def test_an_environment_that_is_the_apps_becomes_roots(shell: Shell) -> None:
    file = shell.write(target().paths.env_file, "KEY=value\n", 0o600)
    os.chown(file, pwd.getpwnam("games").pw_uid, 0)
    linger = shell.write("/var/lib/systemd/linger/playmaker")
    shell.stub("useradd", "exit 0")

    shell.run(provision.accounts_script(target()))

    assert (file.read_text(), file.stat().st_mode & 0o777, file.stat().st_uid) == (
        *("KEY=value\n", 0o640),
        0,
    )
    assert not linger.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")
def test_an_environment_that_the_app_has_made_a_link_is_named(shell: Shell) -> None:
    file = shell.write(f"{target().paths.shared}/.keep").parent / ".env"
    file.symlink_to("/etc/shadow")
    shell.stub("useradd", "exit 0")
    os.chown(file, pwd.getpwnam("games").pw_uid, 0, follow_symlinks=False)

    done = shell.try_(provision.accounts_script(target()))

    assert done.returncode == 1
    assert ".env is a symbolic link of the app's" in done.stderr
    assert file.is_symlink()


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

    shell.run(provision.access_script(wanted), stdin=key)

    there = {f"{folder}/{path.name}": path.read_bytes() for path in (shell / folder).iterdir()}
    sums = {path: hashlib.sha256(text).hexdigest() for path, text in there.items()}
    assert not provision.decide_access(wanted, replace(fresh(), files=sums), key).needed
    assert (f"{folder}/deploy_key" in there) is bool(key)


def test_a_key_for_submodules_alone_is_not_tried_at_a_repository_by_https(shell: Shell) -> None:
    wanted = target(known_hosts=PINNED, repository="https://ann:hunter2@git.example/x.git")
    folder = wanted.paths.configuration
    shell.write(f"{folder}/deploy_key", "old\n")
    shell.stub("git", "exit 128")
    script = provision.access_script(wanted)

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

    done = shell.try_(provision.access_script(wanted), stdin="new\n")

    assert done.returncode == 1
    assert "may only read y" in done.stderr
    assert "playmaker_deploy_key: the host cannot read " in done.stderr
    assert shell.tree() == before
    assert f"--credential deploy_key:{shell.moved(folder)}/deploy_key.changeover." in shell.walls


def test_the_deploy_key_is_private_and_not_in_the_script(shell: Shell) -> None:
    wanted = target()
    shell.write(f"{wanted.paths.configuration}/.keep")

    shell.run(provision.access_script(wanted), stdin="secret\n")

    key = shell / f"{wanted.paths.configuration}/deploy_key"
    assert key.read_text() == "secret\n"
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("app", [PLAYMAKER, HELLO])
def test_uv_and_node_are_for_the_apps_that_need_them(app: object) -> None:
    needs = app is PLAYMAKER

    assert provision.decide_uv(target(app), fresh()).needed is needs  # type: ignore[arg-type]
    assert provision.decide_node(target(app), fresh()).needed is needs  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanting", "needed"),
    [(None, True), (["password"], True), ([], False)],
)
def test_a_database_that_the_server_already_has_is_not_made_again(
    wanting: list[str] | None, needed: bool
) -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    told = (
        CandidateDatabase(Database("shop", (), None), tuple(wanting))
        if wanting is not None
        else None
    )
    host = wanted.seen(fresh(), told)

    assert provision.decide_database(target(), host, here).needed == needed
    assert not provision.decide_database(target(), host, Location(POSTGRES, "shop")).needed


def test_the_units_of_a_databases_place_run_before_it_is_made(shell: Shell) -> None:
    shell.stub("systemctl", f'echo "$*" >> {shell.root}/done')
    program = f'#!/bin/sh\necho "$1" >> {shell.root}/done\n'
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)

    shell.run(provision.database_script(target(), Location(POSTGRES, "shop", place=HERE)))

    done = (shell / "/done").read_text().splitlines()
    assert done == ["--quiet enable --now postgresql.service", "provision"]


def test_a_role_that_serves_gets_its_new_password_later() -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    host = wanted.seen(fresh(), CandidateDatabase(None, ("password",)))

    decision = provision.decide_database(target(), host, here, later=True)

    assert not decision.needed
    assert decision.why == "the role gets its new password with the environment"


def test_a_server_that_did_not_answer_is_provisioned_and_not_taken_for_there() -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    host = wanted.seen(fresh(), CandidateDatabase(Database("shop", (), None, "no answer")))

    assert provision.decide_database(target(), host, here).needed

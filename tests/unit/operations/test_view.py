"""What is wanted and what is so, seen together: problems, changes, the way back."""

import hashlib
from dataclasses import replace
from pathlib import Path

from changeover.facts.commit import Unresolved
from changeover.facts.environment import WantedEnvironment
from changeover.operations.view import View
from tests.unit.plans.world import (
    FILES_AFTER,
    HELLO,
    NOW,
    WANTED,
    backup,
    fresh,
    serving,
    target,
    view,
)

WELL = serving(target())


def problems(seen: View) -> list[str]:
    """Return the problems besides the clock, which tells the time of the world."""
    return [line for line in seen.problems() if not line.startswith("clock: ")]


def test_nothing_is_wrong_where_all_is_well() -> None:
    assert problems(view(target(), WELL)) == []
    assert problems(view(target(), fresh())) == []
    assert problems(view(target(HELLO), serving(target(HELLO)))) == []


def test_a_required_key_that_nobody_has_is_named() -> None:
    wanted = {key: value for key, value in WANTED.items() if key != "SESSION_SECRET"}

    (line,) = problems(view(target(), fresh(), wanted))

    assert line.startswith("SESSION_SECRET: a required environment key")
    assert problems(view(target(), WELL, wanted)) == []


def test_a_key_that_shall_be_changed_and_has_no_value_is_named() -> None:
    wanted = target(env_update=["SESSION_SECRET", "SESION_SECRET"])

    (line,) = problems(view(wanted, WELL))

    assert line.startswith("playmaker_env_update: names SESION_SECRET, of which the controller")


def test_an_environment_that_cannot_be_read_is_one_problem_not_one_for_each_key() -> None:
    unread = replace(view(target(), fresh()), wanted=WantedEnvironment({}, ("env: not there",)))

    assert problems(unread) == ["env: not there"]


def test_an_unknown_ref_is_a_problem_unless_provisioning_may_mend_it() -> None:
    away = Unresolved("the controller: cannot read x; web: is not provisioned yet")
    wrong = Unresolved("nope is neither a branch nor a tag", final=True)
    new, old = view(target(commit=None), fresh()), view(target(commit=None), WELL)

    assert problems(replace(new, unresolved=away)) == []
    assert problems(replace(old, unresolved=away)) == [f"playmaker_ref: {away.why}"]
    earlier = {path: sum_ for path, sum_ in WELL.files.items() if not path.endswith("/tree")}
    upgraded = view(target(commit=None), replace(WELL, files=earlier))
    assert problems(replace(upgraded, unresolved=away)) == []
    assert problems(replace(new, unresolved=wrong)) == [f"playmaker_ref: {wrong.why}"]


def test_a_key_that_is_refused_is_named_by_its_setting_before_it_replaces_one(
    tmp_path: Path,
) -> None:
    (tmp_path / "key").write_text("new\n")
    key = str(tmp_path / "key")
    said = "the controller: this key may only read y"
    wanted, unknown = target(deploy_key=key), target(commit=None, deploy_key=key)
    names = f"playmaker_deploy_key: {key} is refused: {said}"
    nobody = Unresolved(f"{said}; web: not I", denied=True)

    assert problems(replace(view(wanted, WELL), denied=said)) == [names]
    for host in (WELL, fresh()):
        refused = replace(view(unknown, host), denied=said, unresolved=nobody)
        assert problems(refused) == [names]


def test_a_login_that_is_refused_is_named_by_its_setting() -> None:
    said = "the controller: Authentication failed"
    wanted = target(commit=None, repository="https://you:word@git.example/x.git")
    nobody = Unresolved(f"{said}; web: not I", denied=True)

    for host in (WELL, fresh()):
        refused = replace(view(wanted, host), denied=said, unresolved=nobody)
        assert problems(refused) == [f"playmaker_repository: its login is refused: {said}"]
    assert problems(replace(view(wanted, WELL), denied=said)) == []


def test_a_key_that_the_host_has_and_that_works_there_is_well(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("same\n")
    wanted = target(deploy_key=str(tmp_path / "key"))
    folder = wanted.paths.configuration
    same = {f"{folder}/deploy_key": b"same\n", f"{folder}/known_hosts": b"\n"}
    sums = {path: hashlib.sha256(text).hexdigest() for path, text in same.items()}
    host = replace(WELL, files={**WELL.files, **sums})

    assert problems(replace(view(wanted, host), denied="said")) == []


def test_a_repository_by_ssh_without_a_key_says_so() -> None:
    denied = Unresolved("the controller: Permission denied (publickey)")
    ssh = target(commit=None, repository="git@git.example:x.git", known_hosts="git.example k")

    assert problems(replace(view(ssh, WELL), unresolved=denied)) == [
        f"playmaker_ref: {denied.why}; playmaker_deploy_key is not set"
    ]


def test_a_clock_that_is_off_is_a_problem() -> None:
    (line,) = view(target(), WELL).problems()

    # the world's clock stands still
    assert line.startswith("clock: ")
    assert WELL.clock == NOW


def test_the_environment_changes_when_a_key_or_its_protection_does() -> None:
    assert not view(target(), WELL).environment_changes
    assert view(target(), WELL, WANTED | {"NEW": "x"}).environment_changes
    assert view(target(), replace(WELL, env_mode="600 root")).environment_changes
    assert view(target(), fresh()).environment_changes
    named = replace(view(target(), WELL), differing=("SESSION_SECRET",))
    assert named.merge.replace == ("SESSION_SECRET",)
    assert named.environment_changes


def test_the_database_is_where_the_environment_in_force_says() -> None:
    shared = "/srv/playmaker/shared"

    assert view(target(), fresh()).database.name == f"{shared}/playmaker.db"
    elsewhere = replace(WELL, database_url=f"sqlite:///{shared}/data/other.db")
    assert view(target(), elsewhere).database.name == f"{shared}/data/other.db"
    assert view(target(HELLO), fresh()).database.name is None


def test_the_way_back_is_a_backup_of_exactly_this_data() -> None:
    equal = backup(target(), FILES_AFTER)

    assert view(target(), replace(WELL, backups=(equal,))).way_back == equal.manifest
    assert view(target(), replace(WELL, backups=(backup(target()),))).way_back == ""


def test_a_file_for_the_site_that_cannot_be_had_is_named() -> None:
    wanted = target(site_include="/nowhere/own.conf")

    problems = view(wanted, serving(wanted)).problems()

    assert "playmaker_site_include: /nowhere/own.conf: No such file or directory" in problems

"""What a part lacks is named, one script gives it, and an undo puts it in force again."""

import json
import subprocess
from dataclasses import replace

import pytest

from changeover.hardening.plans import converge
from changeover.hardening.plans.machine import machine_script, parse_machine, problems
from changeover.hardening.plans.part import CANNOT, Carried, File, Machine, Part, Setting
from changeover.hardening.plans.snapshot import (
    HostFile,
    HostState,
    packages,
    parse,
    probe_script,
    question,
)
from changeover.plans.script import read
from tests.unit.hardening.host_answer import converged, host_answer, machine_answer
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, target

PART = Part(
    "any.part",
    packages=("tree",),
    files={
        "/etc/changeover/one": File("one\n"),
        "/etc/changeover/two": File("it's\n$two\n", mode="600"),
    },
    absent=("/etc/changeover/three",),
    answers={
        "the flag": Setting("cat /etc/changeover/flag", "set"),
        "the wonder": Setting("false", "wonderful"),
    },
)
WELL = converged([PART])


def differences(snapshot: HostState) -> list[str]:
    return converge.differences(PART, snapshot, converge.told([PART], snapshot)[PART.step])


def test_a_part_that_is_as_it_should_be_has_nothing_to_do() -> None:
    assert differences(WELL) == []
    assert not converge.decide(PART, WELL, converge.told([PART], WELL)[PART.step]).needed


WRONG = HostFile("0" * 64, "644", "root:root")


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        (
            replace(WELL, files={}),
            ["/etc/changeover/one is missing", "/etc/changeover/two is missing"],
        ),
        (
            replace(WELL, files={**WELL.files, "/etc/changeover/one": WRONG}),
            ["/etc/changeover/one differs"],
        ),
        (
            replace(
                WELL,
                files={
                    **WELL.files,
                    "/etc/changeover/two": replace(WELL.files["/etc/changeover/two"], mode="644"),
                },
            ),
            ["/etc/changeover/two differs"],
        ),
        (
            replace(WELL, present=frozenset({"/etc/changeover/three", "/etc/of/others"})),
            ["/etc/changeover/three should not be there"],
        ),
        (replace(WELL, answers=("unset", "wonderful")), ["the flag is unset, not set"]),
        (replace(WELL, answers=("set", f"{CANNOT}no wonders")), []),
    ],
)
def test_all_that_differs_is_named(snapshot: HostState, said: list[str]) -> None:
    assert differences(snapshot) == said


def test_what_cannot_be_set_is_told_with_why() -> None:
    assert converge.cannot(PART, {"the flag": "set", "the wonder": f"{CANNOT}no wonders"}) == [
        "the wonder: no wonders"
    ]


def test_the_script_writes_what_differs_and_leaves_the_rest(shell: Shell) -> None:
    (shell / "/etc/changeover").mkdir(parents=True)
    (shell / "/etc/changeover/three").write_text("foreign")
    found = replace(
        WELL,
        files={"/etc/changeover/one": WELL.files["/etc/changeover/one"]},
        present=frozenset({"/etc/changeover/three"}),
    )

    shell.run(converge.converge_script(PART, found))

    assert sorted(path.name for path in (shell / "/etc/changeover").iterdir()) == ["two"]
    assert (shell / "/etc/changeover/two").read_text() == "it's\n$two\n"
    assert (shell / "/etc/changeover/two").stat().st_mode & 0o777 == 0o600


def test_an_undo_saves_every_path_that_the_part_may_change() -> None:
    kept = replace(PART, keep=("/etc/kept", "/etc/changeover/one"))

    assert converge.undo(kept).save == (
        *("/etc/changeover/one", "/etc/changeover/two", "/etc/changeover/three", "/etc/kept"),
    )


@pytest.mark.parametrize(
    ("steps", "ran", "failed"),
    [
        ("001-one.a 002-two.b", ["one", "two"], ""),
        ("001-two.b", ["two"], ""),
        ("", [], ""),
        ("001-bad.c 002-two.b", ["before", "two"], "could not be put in force again: bad.c"),
    ],
)
def test_an_undo_puts_in_force_again_what_was_touched_and_nothing_else(
    steps: str, ran: list[str], failed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = {"a": "echo one\n", "b": "echo $word\n", "c": "echo before\nfalse\necho after\n"}
    monkeypatch.setattr(converge, "read", lambda name: bodies.get(name) or read(name))
    parts = (
        Part("one.a", settle="a"),
        Part("bad.c", settle="c"),
        Part("two.b", settle="b", variables={"word": "two"}),
        Part("none.d"),
    )

    done = subprocess.run(
        ["bash", "-c", converge.settle_script(parts)],
        env={"PATH": "/usr/bin:/bin", "steps": steps},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.split() == ran
    assert done.stderr.strip() == failed
    assert (done.returncode == 0) == (failed == "")


def test_the_answer_of_the_probe_is_read_back() -> None:
    state = replace(
        WELL,
        generation="host-1",
        stamp="12.5",
        present=frozenset({"/etc/changeover/three"}),
        open_changeover={"id": "host-2", "phase": "access"},
    )

    assert parse(host_answer(state).splitlines()) == state
    with pytest.raises(ValueError, match="cut short"):
        parse(host_answer(state).splitlines()[:-1])


def test_one_apt_installs_what_parts_and_apps_need() -> None:
    app = Carried(PLAYMAKER, target().values, packages=("zstd", "curl"))

    assert packages([Part("a", packages=("nftables", "curl"))], [app]) == (
        *("curl", "nftables", "python3", "zstd"),
    )


def test_the_probe_reads_what_is_so_and_answers_in_order(shell: Shell) -> None:
    (shell / "/etc/changeover").mkdir(parents=True)
    (shell / "/etc/changeover/one").write_text("one\n")
    (shell / "/etc/changeover/three").symlink_to("nowhere")
    (shell / "/etc/changeover/flag").write_text("set\nand more\n")
    asked = question([PART], packages([PART]), ())

    found = parse(shell.run(probe_script(asked)).splitlines())

    one = shell.moved("/etc/changeover/one")
    assert {path: file.sha256 for path, file in found.files.items()} == {
        one: WELL.files["/etc/changeover/one"].sha256
    }
    assert found.present == {shell.moved("/etc/changeover/three")}
    assert found.answers == ("set", "nothing")


MACHINE = Machine(
    memory_megabytes=2048, cores=2, user="admin", ssh_port=2222, controller="10.0.0.1"
)


def test_a_machine_is_read_back_and_this_one_is_understood() -> None:
    assert parse_machine(machine_answer(MACHINE).splitlines()) == MACHINE
    with pytest.raises(ValueError, match="cut short"):
        parse_machine(machine_answer(MACHINE).splitlines()[:-1])

    done = subprocess.run(
        ["bash", "-c", machine_script()], capture_output=True, text=True, check=True
    )
    assert parse_machine(done.stdout.splitlines()).cores > 0


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (MACHINE, ""),
        (replace(MACHINE, system="debian 11"), "debian 11: not supported"),
        (replace(MACHINE, uid=1000), "needs root"),
        (replace(MACHINE, systemd=False), "systemd does not run"),
    ],
)
def test_a_machine_that_cannot_be_provisioned_is_refused(machine: Machine, said: str) -> None:
    found = problems(machine)

    assert len(found) == bool(said)
    assert said in "".join(found)


def test_what_the_host_has_to_know_can_be_sent() -> None:
    about = json.loads(json.dumps(converge.about([PART], "host-1", "me", "here")))

    assert (about["id"], about["kind"], about["operator"]) == ("host-1", "provision host", "me")

"""A host's own configuration is converged as a whole, or is as it was."""

import json
import signal
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases

pytestmark = pytest.mark.lab

DEPLOY = "../tests/e2e/planted_deploy"
STATE = "/var/lib/changeover/host"
PLANT = "Planted | Plant"
COMMIT = "Host | Let a new connection in, and commit"


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a machine on which the part was converged once, by a user with sudo."""
    made = lab.up("planted", groups=["playmaker"], user="admin")
    first = provision(lab, made, "first")
    assert first.status == 0, first.output
    yield made
    lab.down(made.name)


def provision(lab: Lab, host: LabHost, wanted: str) -> releases.Run:
    return releases.pyinfra(lab, DEPLOY, "--limit", host.name, wanted=wanted)


def root(host: LabHost, command: str) -> str:
    """Return what a command of root's prints."""
    return host.run(command, user="root").stdout


def records(host: LabHost) -> list[dict[str, object]]:
    """Return the host's own ledger."""
    text = root(host, f"cat {STATE}/ledger.jsonl")
    return [json.loads(line) for line in text.splitlines()]


def state(host: LabHost) -> list[str]:
    """Return what is in the planted files, their modes, and what is left of a changeover."""
    said = root(
        host,
        f"cat /etc/planted/wanted /run/planted; stat -c '%a %U' /etc/planted/*; ls -A {STATE}",
    )
    return said.split("\n")[:-1]


SETTLED = ["first", "set", "600 root", "644 root", "ledger.jsonl"]


def test_a_second_run_changes_nothing_and_names_what_cannot_be_set(lab: Lab, host: LabHost) -> None:
    again = provision(lab, host, "first")

    assert (again.status, again.steps(host.name)) == (0, [])
    assert "not set on this host: the planted wonder: no wonders here" in again.output
    assert state(host) == SETTLED
    assert [record["outcome"] for record in records(host)] == ["committed"]
    assert root(host, "dpkg-query -W -f '${Status}' tree") == "install ok installed"


def test_all_that_drifted_is_named_and_put_back(lab: Lab, host: LabHost) -> None:
    root(
        host,
        "echo other > /etc/planted/wanted; chmod 644 /etc/planted/private;"
        " touch /etc/planted/foreign; echo unset > /run/planted",
    )

    run = provision(lab, host, "first")

    for named in (
        "/etc/planted/wanted differs",
        "/etc/planted/private differs",
        "/etc/planted/foreign should not be there",
        "the planted flag is unset, not set",
    ):
        assert named in run.output
    assert (run.status, run.steps(host.name)) == (0, [PLANT, COMMIT])
    assert state(host) == SETTLED


def test_a_part_that_fails_is_put_back_and_settled(lab: Lab, host: LabHost) -> None:
    root(host, "touch /etc/planted-fails; rm -f /run/planted-settled")

    run = provision(lab, host, "second")

    root(host, "rm /etc/planted-fails")
    assert run.status != 0
    assert "the planted part fails" in run.output
    assert "undone: the host's own configuration is as before" in run.output
    assert state(host) == SETTLED
    assert root(host, "cat /run/planted-settled") == "first\n"
    assert records(host)[-1]["outcome"] == "undone"


def test_a_killed_run_is_undone_by_the_host_and_the_next_one_heals(lab: Lab, host: LabHost) -> None:
    root(host, "touch /etc/planted-sleeps")
    with releases.start(lab, DEPLOY, "--limit", host.name, wanted="second") as process:
        load.wait_until(lambda: "second" in root(host, "cat /etc/planted/wanted"), "it acts")
        process.send_signal(signal.SIGKILL)

    load.wait_until(lambda: state(host) == SETTLED, "the host is as it was", 60)
    root(host, "rm /etc/planted-sleeps")
    healed = provision(lab, host, "second")

    assert (healed.status, healed.steps(host.name)) == (0, [PLANT, COMMIT])
    assert state(host) == ["second", *SETTLED[1:]]
    assert [record["outcome"] for record in records(host)[-2:]] == ["undone", "committed"]

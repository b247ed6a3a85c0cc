"""What ends a release early lets go of its hosts: each is as before, within seconds."""

import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.lab import HostSpec
from tests.e2e import load, releases

pytestmark = pytest.mark.lab

JOURNAL = "/var/lib/changeover/playmaker/undo.d"
# the design promises seconds; these machines are shared by several labs
SECONDS = 30


@pytest.fixture(scope="module")
def hosts(lab: Lab) -> Iterator[list[LabHost]]:
    """Return two hosts that serve v2."""
    layer = releases.layer(lab, "v2")
    made = lab.up_all(
        [HostSpec(name, groups=("playmaker",), layer=layer) for name in ("one", "two")]
    )
    yield made
    lab.down(*(host.name for host in made))


def started(lab: Lab, deploy: str = "release") -> "subprocess.Popen[str]":
    """Begin to release v3 on both hosts."""
    return releases.start(
        lab, deploy, "--limit", "one", "--limit", "two", **load.settings("v3", {})
    )


def reached(host: LabHost, step: str) -> None:
    """Wait until a step is journalled."""
    load.wait_until(lambda: f"-{step}.json" in listed(host), step)


def listed(host: LabHost) -> str:
    return host.run(f"ls {JOURNAL}", check=False).stdout


def see_undone(lab: Lab, host: LabHost) -> dict[str, object]:
    """See v2 serve, nothing left of the release, and a record that says so; return the record."""
    load.wait_until(partial(load.serves, host), "a release serves", SECONDS)
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    left = host.run("ls -A /var/lib/changeover/playmaker").stdout.split()
    assert not {"undo.d", "redo.d", "maintenance", "quiesced", "stuck"} & set(left)
    record = load.records(host)[-1]
    assert record["outcome"] == "undone"
    return record


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
    ids=["ctrl-c", "term"],
)
def test_a_signal_undoes_every_host_and_is_the_exit_status(
    number: int, status: int, lab: Lab, hosts: list[LabHost]
) -> None:
    with started(lab) as run:
        for host in hosts:
            reached(host, "migrate.forward")
        run.send_signal(number)
        sent = time.monotonic()
        output, _ = run.communicate(timeout=120)

    assert run.returncode == status, output
    assert time.monotonic() - sent < SECONDS
    for host in hosts:
        assert f"[{host.name}] playmaker: undone: " in output
        assert signal.Signals(number).name in str(see_undone(lab, host)["why"])


def test_one_host_that_fails_keeps_the_others_from_committing(
    lab: Lab, hosts: list[LabHost]
) -> None:
    with started(lab) as run:
        reached(hosts[0], "service.restart")
        hosts[0].run("systemctl kill --signal=KILL 'changeover-playmaker-*.scope'")
        output, _ = run.communicate(timeout=120)

    assert run.returncode == 1, output
    see_undone(lab, hosts[0])
    assert "not committed, as it failed on one" in output
    see_undone(lab, hosts[1])


@pytest.mark.slow
def test_a_fact_that_fails_on_one_of_two_hosts_undoes(lab: Lab, hosts: list[LabHost]) -> None:
    # the probe; it comes within seconds, or never
    probe = "timeout 60 sh -c \"until pkill -KILL -f '^python3 -IS -c'; do sleep 0.02; done\""
    with started(lab) as run:
        reached(hosts[1], "fetch.release")
        hosts[1].run(probe)
        output, _ = run.communicate(timeout=120)

    assert run.returncode == 1, output
    for host in hosts:
        see_undone(lab, host)


@pytest.mark.slow
def test_an_exception_in_an_operation_undoes(lab: Lab, hosts: list[LabHost]) -> None:
    with started(lab, "../tests/e2e/broken_deploy") as run:
        output, _ = run.communicate(timeout=120)

    assert run.returncode not in (0, None), output
    assert "a slip in somebody's operation" in output
    for host in hosts:
        see_undone(lab, host)


@pytest.mark.slow
def test_after_all_that_a_plain_release_goes_forward(lab: Lab, hosts: list[LabHost]) -> None:
    with started(lab) as run:
        output, _ = run.communicate(timeout=300)

    assert run.returncode == 0, output
    for host in hosts:
        assert load.serves(host) == (load.commit(lab, "v3"), "0002")
        record = load.records(host)[-1]
        assert record["outcome"] == "committed"
        current = host.run("readlink /srv/playmaker/current").stdout.strip()
        assert current == f"releases/{record['to']['release']}"

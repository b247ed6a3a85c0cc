"""A release that somebody else has open: it is told, left alone, and broken only by its id."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.conftest import NewHost
from tests.e2e.load import KEPT

pytestmark = pytest.mark.lab

FLAG = "/var/lib/changeover/playmaker/maintenance"
PROGRAM = "/usr/local/lib/changeover/changeover"
# long after which a host gives up a controller that stands still
PATIENCE = {"changeover_silence_seconds": "300"}


def status(lab: Lab, *options: str) -> tuple[int, dict[str, Any]]:
    """Return how status ended, and what it says of each host."""
    command = [releases.PYINFRA, "-y", "inventories/lab.py", "deploys/status.py", *options]
    data = {"json": "true", "playmaker_domain": releases.DOMAIN}
    command += [part for key, value in data.items() for part in ("--data", f"{key}={value}")]
    done = subprocess.run(
        command,
        cwd=releases.ROOT,
        env=releases.environment(lab),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # nothing else may be there, or no program could read it
    told = json.loads(done.stdout)
    return done.returncode, {found["host"]: found for found in told["hosts"]}


def playmaker(lab: Lab, host: LabHost) -> dict[str, Any]:
    """Return what status says of PlayMaker on a host that is well."""
    code, told = status(lab, "--limit", host.name)
    assert code == 0
    (found,) = told[host.name]["apps"]
    return dict(found)


def act(lab: Lab, host: LabHost, deploy: str, **data: str) -> releases.Run:
    """Run another deploy file."""
    settings = {"playmaker_domain": releases.DOMAIN, **data}
    return releases.pyinfra(lab, deploy, "--limit", host.name, **settings)


@contextmanager
def standing_still(lab: Lab, host: LabHost, step: str) -> Iterator["subprocess.Popen[str]"]:
    """Begin a release of v3 whose controller stands still where a step has ended."""
    data = load.settings("v3", PATIENCE)
    with releases.start(lab, "release", "--limit", host.name, **data) as process:
        assert process.stdout
        reached = False
        for line in process.stdout:
            reached = reached or ("Starting operation" in line and step in line)
            if reached and "Success" in line:
                break
        assert reached
        process.send_signal(signal.SIGSTOP)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


@pytest.mark.slow
def test_a_live_release_is_told_left_alone_and_broken_by_its_id(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("held", "v2")
    load.write(host, *KEPT)
    with standing_still(lab, host, "Activate | Activate the release") as process:
        begun = time.monotonic()
        told = playmaker(lab, host)
        assert time.monotonic() - begun < 20, "it waited for the release"
        hold = told["hold"]
        assert (hold["what"], hold["operator"], hold["phase"]) == ("release", "root", "activate")
        assert hold["id"] == told["open"]["id"]
        assert told["closed"] == "by a release"
        said = act(lab, host, "undo")
        assert said.status == 0, said.output
        assert f"deploys/undo.py --data changeover_break={hold['id']}" in said.output

        for refused, says in (
            (load.release(lab, host, "v3"), "playmaker is being released by root from "),
            (act(lab, host, "provision"), "playmaker is being released by root from "),
            (act(lab, host, "maintenance", maintenance="off"), "is being released by root from "),
            (act(lab, host, "undo", undo="again"), "releases it for "),
            (act(lab, host, "undo", changeover_break="playmaker-x"), "is open on none of these"),
        ):
            assert refused.status == 1, refused.output
            assert says in refused.output
            assert refused.steps(host.name) == []
        assert load.serves(host) is None

        broken = act(lab, host, "undo", changeover_break=hold["id"])
        assert broken.status == 0, broken.output
        assert f"{hold['id']} is undone: broken by root@" in broken.output
        assert load.serves(host) == (load.commit(lab, "v2"), "0001")

        process.send_signal(signal.SIGCONT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "broken by root@" in output
        assert "serves as before" in output

    told = playmaker(lab, host)
    assert (told["hold"], told["open"], told["closed"]) == (None, None, None)
    last = told["ledger"][0]
    assert (last["id"], last["outcome"]) == (hold["id"], "undone")
    assert last["broken_by"].startswith("root@")
    assert load.names(host) == list(KEPT)


@pytest.mark.slow
def test_of_two_releases_at_once_one_wins_and_the_other_says_why(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("twice", "v2")
    load.write(host, *KEPT)
    other = lab.origin.push(load.APP, {"OTHER": "x\n"}, "Other", branch="other", base="v2")
    refs = {"v3": (load.commit(lab, "v3"), "0002"), other: (other, "0001")}
    begun = {
        ref: releases.start(lab, "release", "--limit", host.name, **load.settings(ref, {}))
        for ref in refs
    }
    said = {ref: process.communicate(timeout=300)[0] for ref, process in begun.items()}

    won = [ref for ref, process in begun.items() if process.returncode == 0]
    assert len(won) == 1, said
    (lost,) = set(refs) - set(won)
    assert begun[lost].returncode == 1
    why = (
        "playmaker is being released by root from ",
        "was released by somebody else since",
        "is going on: wait for its end (deploys/status.py)",
    )
    assert any(words in said[lost] for words in why), said[lost]
    assert load.serves(host) == refs[won[0]]
    assert load.names(host) == list(KEPT)
    told = playmaker(lab, host)
    assert [record["outcome"] for record in told["ledger"][:1]] == ["committed"]
    assert told["ledger"][0]["to"]["commit"] == refs[won[0]][0]
    assert load.release(lab, host, won[0]).steps(host.name) == []


# An undo that cannot be done: the artefact is away, as on a disk that lost it.
TAKE_AWAY = "mv /var/backups/changeover/playmaker /var/backups/changeover/away"
BRING_BACK = "mv /var/backups/changeover/away /var/backups/changeover/playmaker"


@pytest.mark.slow
def test_a_stuck_undo_is_told_keeps_the_site_closed_and_is_done_again_once_mended(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("stuck", "v2")
    load.write(host, *KEPT)
    with standing_still(lab, host, "Migrate | Apply migrations") as process:
        host.run(TAKE_AWAY)
        process.kill()
        process.send_signal(signal.SIGCONT)
    # the last that is written of it
    load.wait_until(lambda: load.records(host)[-1]["outcome"] == "stuck", "it is stuck")

    told = playmaker(lab, host)
    assert told["open"]["stuck"]
    assert "the undo of migrate.forward failed" in told["stuck"]
    assert told["ledger"][0]["outcome"] == "stuck"
    said = act(lab, host, "undo")
    assert "it is stuck: it cannot be undone" in said.output
    assert "deploys/undo.py --data undo=again" in said.output
    opened = act(lab, host, "maintenance", maintenance="off")
    assert opened.status == 1
    assert "was interrupted and is not undone yet" in opened.output
    again = act(lab, host, "undo", undo="again")
    assert again.status == 1
    assert "the undo of migrate.forward failed" in again.output
    assert load.serves(host) is None
    assert host.run(f"cat {FLAG}").stdout == "by a release\n"

    host.run(BRING_BACK)
    mended = act(lab, host, "undo", undo="again")
    assert mended.status == 0, mended.output
    # the guard may be at it already: then that is waited for
    ends = ("serves as before", "nothing is open: undone by the guard")
    assert any(words in mended.output for words in ends), mended.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert load.names(host) == list(KEPT)


DAMAGE = """set -e
systemctl stop changeover-undo@playmaker.timer
mkdir /var/lib/changeover/playmaker/undo.d
echo '{"id": "playmaker-1", "began": 1}' > /var/lib/changeover/playmaker/undo.d/about.json
"""


def test_status_shows_every_host_whatever_state_it_is_in(lab: Lab, new_host: NewHost) -> None:
    damaged = new_host("damaged", "v2")
    new_host("bare", groups=["playmaker"])
    away = new_host("away", groups=["playmaker"])
    damaged.run(DAMAGE)
    away.cut()

    code, told = status(lab)

    assert code == 1
    assert {name: found["problem"] for name, found in told.items()} == {
        "damaged": None,
        "bare": None,
        "away": "cannot be reached",
    }
    (one,) = told["damaged"]["apps"]
    assert "about.json is damaged or missing" in one["open"]["problem"]
    assert one["serves"]["commit"] == load.commit(lab, "v2")
    (one,) = told["bare"]["apps"]
    assert one["serves"] is None
    assert one["problems"] == ["the host program: it is not installed; run deploys/provision.py"]

    damaged.run("sed -i '1,5s/$/ /' /usr/local/lib/changeover/current/host/changeover/cli.py")
    damaged.run("rm -r /var/lib/changeover/playmaker/undo.d")
    (one,) = status(lab)[1]["damaged"]["apps"]
    assert one["problems"] == ["the host program is of another version; run deploys/provision.py"]
    assert one["ledger"]

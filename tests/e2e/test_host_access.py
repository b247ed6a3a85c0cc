"""Who gets into a host: hardened as other people's judge asks, and nobody locked out on the way."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, ssh
from changeover.lab.inventory import CHANGES
from tests.e2e import load, releases

pytestmark = pytest.mark.lab

DEPLOY = "../tests/e2e/access_deploy"
SSH_AUDIT = str(Path(sys.executable).parent / "ssh-audit")
# nobody has its other half
FOREIGN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Vdp1yoH1cYw6bTTkT0qFq0e3yS2wqkNwDgV1x5f0m"
BACK_SECONDS = 120
OPERATOR = "Access | Let the operator in"
SSHD = "Access | Harden sshd"
COMMIT = "Host | Let a new connection in, and commit"
# what the run may change; tar tells names, modes, owners and contents
TOUCHED = (
    "tar --sort=name --mtime=@0 -cf - -C / etc/ssh etc/sudoers.d etc/issue etc/issue.net"
    " $(cd /; ls -d home/*/.ssh/authorized_keys) | sha256sum; getent passwd | sort"
)


def key(lab: Lab) -> str:
    """Return the public key that opens the lab's hosts."""
    return ssh.client_key(lab.number).with_suffix(".pub").read_text().strip()


def provision(lab: Lab, host: LabHost, *keys: str, **data: str) -> releases.Run:
    return releases.pyinfra(lab, DEPLOY, "--limit", host.name, **settings(*keys), **data)


def settings(*keys: str) -> dict[str, str]:
    return {"host_operator_keys": json.dumps(keys)} if keys else {}


def as_user(host: LabHost, user: str, command: str) -> "subprocess.CompletedProcess[str]":
    """Run a command over a new connection of OpenSSH's."""
    words = [*ssh.arguments(host.record, user), "--", command]
    return subprocess.run(words, check=False, capture_output=True, text=True)


def is_hardened(host: LabHost) -> bool:
    """Tell whether the sshd that runs refuses a cipher that Debian's own configuration has."""
    words = ssh.arguments(host.record)
    words[1:1] = ["-o", "Ciphers=chacha20-poly1305@openssh.com"]
    done = subprocess.run([*words, "true"], check=False, capture_output=True, text=True)
    assert done.returncode == 0 or "no matching cipher" in done.stderr, done.stderr
    return done.returncode != 0


def test_a_machine_of_roots_is_handed_to_an_operator(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = lab.up("handed", groups=["bare"], with_origin=False)
    mine = {"host_operator": "ops"}

    first = provision(lab, host, key(lab), **mine)

    assert first.status == 0, first.output
    assert first.steps(host.name)[-3:] == [OPERATOR, SSHD, COMMIT]
    assert as_user(host, "ops", "sudo -n id -u").stdout == "0\n"
    again = provision(lab, host, key(lab), **mine)
    assert (again.status, again.steps(host.name)) == (0, []), again.output

    # from now on as the operator: root does not log in any more
    monkeypatch.setenv(CHANGES, json.dumps({"ssh_user": "ops", "_sudo": True}))
    moved = provision(lab, host, key(lab))
    assert (moved.status, moved.steps(host.name)) == (0, [SSHD, COMMIT]), moved.output
    assert "Permission denied (publickey)" in as_user(host, "root", "true").stderr
    again = provision(lab, host, key(lab))
    assert (again.status, again.steps(host.name)) == (0, []), again.output
    lab.down(host.name)


@pytest.mark.slow
def test_an_sshd_that_its_socket_starts_is_hardened_alike(lab: Lab) -> None:
    host = lab.up("socketed", groups=["bare"], with_origin=False)
    host.run(releases.BY_SOCKET)
    assert not is_hardened(host)

    first = provision(lab, host, key(lab))

    assert first.status == 0, first.output
    assert first.steps(host.name)[-3:] == [OPERATOR, SSHD, COMMIT]
    assert is_hardened(host)
    again = provision(lab, host, key(lab))
    assert (again.status, again.steps(host.name)) == (0, []), again.output
    # nobody connected since the daemon ended: the next one is started with the files as they are
    host.run("systemctl stop ssh.service")
    assert is_hardened(host)
    lab.down(host.name)


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a machine as it was rented, with a user who has sudo."""
    made = lab.up("rented", groups=["bare"], user="admin", with_origin=False)
    yield made
    lab.down(made.name)


def touched(host: LabHost) -> str:
    return host.run(TOUCHED, user="root").stdout


def see_back(host: LabHost, before: str, since: float) -> None:
    """See the operator get in, in time, to a host that is as it was."""
    while True:
        with suppress(Exception):
            if touched(host) == before:
                break
        assert time.monotonic() - since < BACK_SECONDS, host.run(TOUCHED, user="root").stdout
        time.sleep(0.5)
    load.wait_until(lambda: ended(host), "the undo has ended", BACK_SECONDS)
    load.wait_until(lambda: not is_hardened(host), "sshd runs as before", 10)


def ended(host: LabHost) -> bool:
    left = host.run("ls -A /var/lib/changeover/host", user="root").stdout.split()
    return not {"undo.d", "redo.d", "stuck"} & set(left)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(
            "Brocken yes",
            "50-drill.conf: line 1: Bad configuration option: Brocken",
            marks=pytest.mark.slow,
        ),
        ("AllowUsers nobody", "AllowUsers does not name admin (/etc/ssh/sshd_config.d/50-drill"),
    ],
)
@pytest.mark.slow
def test_a_configuration_of_sshd_that_would_lock_out_is_never_in_force(
    lab: Lab, host: LabHost, line: str, says: str
) -> None:
    host.run(f"echo '{line}' > /etc/ssh/sshd_config.d/50-drill.conf", user="root")
    try:
        before, since = touched(host), time.monotonic()
        run = provision(lab, host, key(lab))

        assert run.status != 0
        assert "sshd was not reloaded: " in run.output
        assert says in run.output
        assert "undone: the host's own configuration is as before" in run.output
        see_back(host, before, since)
    finally:
        host.run("rm -f /etc/ssh/sshd_config.d/50-drill.conf", user="root")


@pytest.mark.slow
def test_a_key_that_pyinfra_needs_is_not_removed(lab: Lab, host: LabHost) -> None:
    before = touched(host)

    run = provision(lab, host, FOREIGN)

    assert run.status != 0
    assert "host_operator_keys does not hold the key that pyinfra logs in with as admin" in (
        run.output
    )
    assert touched(host) == before


# What is seen only by a new connection is told after 40 seconds without one.
@pytest.mark.parametrize(
    ("drill", "keys"),
    [
        ("algorithms", ()),
        pytest.param("key", (FOREIGN,), marks=pytest.mark.slow),
        pytest.param("sudo", (), marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_who_is_locked_out_gets_in_again_without_a_console(
    lab: Lab, host: LabHost, drill: str, keys: tuple[str, ...]
) -> None:
    before, since = touched(host), time.monotonic()

    run = provision(lab, host, *(keys or (key(lab),)), drill=drill)

    assert run.status != 0
    assert "a new connection does not get in (" in run.output
    assert "undone: the host's own configuration is as before" in run.output
    see_back(host, before, since)


@pytest.mark.slow
def test_after_a_kill_all_is_put_back_and_the_next_run_heals(lab: Lab, host: LabHost) -> None:
    before = touched(host)
    data = settings(key(lab)) | {"drill": "slow"}
    with releases.start(lab, DEPLOY, "--limit", host.name, **data) as process:
        load.wait_until((host.root / "etc/drill").exists, "sshd was changed")
        assert is_hardened(host)
        process.send_signal(signal.SIGKILL)
        since = time.monotonic()
    see_back(host, before, since)

    healed = provision(lab, host, key(lab))

    assert healed.status == 0, healed.output
    assert healed.steps(host.name) == [OPERATOR, SSHD, COMMIT]
    assert is_hardened(host)


@pytest.mark.slow
def test_the_judge_finds_nothing_but_what_paramiko_needs(host: LabHost) -> None:
    judged = subprocess.run(
        [SSH_AUDIT, "--json", host.address], check=False, capture_output=True, text=True
    )

    told = json.loads(judged.stdout)
    notes = [
        (kind, one["algorithm"], level, note)
        for kind in ("kex", "key", "enc", "mac")
        for one in told[kind]
        for level in ("fail", "warn")
        for note in one.get("notes", {}).get(level, ())
    ]
    assert told["enc"]
    assert told["cves"] == []
    assert {note[0] for note in notes} <= {"kex"}, notes
    assert {note[2:] for note in notes} <= {
        ("warn", "does not provide protection against post-quantum attacks")
    }


@pytest.mark.slow
def test_what_drifts_is_named_and_put_back(lab: Lab, host: LabHost) -> None:
    before = touched(host)
    again = provision(lab, host, key(lab))
    assert (again.status, again.steps(host.name)) == (0, []), again.output
    host.run(
        f"echo '{FOREIGN} mallory@evil' >> ~admin/.ssh/authorized_keys;"
        " echo 'PasswordAuthentication yes' > /etc/ssh/sshd_config.d/00-changeover.conf;"
        " rm /etc/ssh/sshd_config.d/00-changeover-host-keys.conf; echo hello > /etc/issue.net;"
        " echo '20240101 2 6 100 2047 2 AB' >> /etc/ssh/moduli; systemctl reload ssh",
        user="root",
    )

    run = provision(lab, host, key(lab))

    for named in (
        "mallory@evil",
        "/etc/ssh/sshd_config.d/00-changeover.conf differs",
        "/etc/issue.net differs",
        "passwordauthentication yes",
        "host key offered is of any kind and length",
        "/etc/ssh/moduli is with 1 groups below 3072 bits",
    ):
        assert named in run.output, run.output
    assert (run.status, run.steps(host.name)) == (0, [OPERATOR, SSHD, COMMIT])
    assert touched(host) == before
    assert provision(lab, host, key(lab)).steps(host.name) == []

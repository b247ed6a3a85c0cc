"""What the probe tells of the app's process, which may lie about itself."""

import os
import subprocess
from pathlib import Path

import pytest

from changeover.plans.probe import probe_script
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Process, Snapshot
from tests.unit.plans.probe.test_probe import PATHS, QUESTION, quiet
from tests.unit.plans.shell import Shell

__all__ = ["quiet"]

RECORD = '{"commit": "c", "ref": "main", "migrations": null}'
BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip()


STARTED = "/var/lib/changeover-started/playmaker/playmaker.service"


def probed(shell: Shell, started: float, pid: int | None = None) -> Snapshot:
    """Probe a host whose app's process was started so many seconds after the boot."""
    lines = f"MainPID={os.getpid() if pid is None else pid}\nActiveState=active\n"
    lines += f"ExecMainStartTimestampMonotonic={int(started * 1_000_000)}\n"
    said = shell.write("/units", f"{lines}\nActiveState=active\n\nActiveState=active\n")
    shell.stub("systemctl", f"[ $1 != show ] || cat {said}")
    return parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines())


def web(snapshot: Snapshot) -> Process:
    return snapshot.processes["web"]


@pytest.mark.parametrize(
    ("service", "socket", "facts"),
    [
        ("active enabled no", "active enabled no", {"active", "enabled"}),
        ("active enabled no", "inactive enabled no", {"active", "enabled"}),
        ("inactive enabled no", "failed enabled no", {"stopped", "enabled"}),
        ("inactive enabled no", "active enabled no", {"enabled"}),
        ("deactivating enabled no", "inactive disabled no", set()),
        ("activating  no", "inactive enabled yes", {"stale"}),
        ("active enabled yes", "active enabled no", {"active", "enabled", "stale"}),
        ("", "", set()),
    ],
)
def test_what_systemd_says_of_both_units_is_told_of_the_process(
    shell: Shell, service: str, socket: str, facts: set[str]
) -> None:
    keys = ("ActiveState", "UnitFileState", "NeedDaemonReload")
    blocks = (zip(keys, said.split(" "), strict=False) for said in (service, socket))
    text = "\n".join("".join(f"{key}={value}\n" for key, value in block) for block in blocks)
    said = shell.write("/units", text)
    shell.stub("systemctl", f"[ $1 != show ] || cat {said}")
    for unit in ("playmaker.service", "playmaker.socket"):
        shell.write(f"/etc/systemd/system/{unit}", "# Managed by Changeover for playmaker.\n")

    found = web(parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()))

    every = ("active", "stopped", "enabled", "stale", "older")
    assert {fact for fact in every if getattr(found, fact)} == facts
    assert found.detail == {"has": "both"} | ({"socket": socket.split(" ")[0]} if socket else {})


@pytest.mark.parametrize(
    ("activated", "older"),
    [
        (f"{BOOT} 100.50", True),
        (f"{BOOT} 99.99", False),
        # of another boot: what runs was started after this one
        ("another-boot 100.50", False),
        (None, False),
    ],
)
def test_a_process_from_before_the_activation_is_told(
    shell: Shell, activated: str | None, *, older: bool
) -> None:
    if activated:
        shell.write(PATHS.activated, f"{activated}\n")

    assert web(probed(shell, 100.0)).older is older
    assert not web(probed(shell, 100.0, pid=0)).older


def test_what_the_app_writes_is_no_section_of_the_probe(shell: Shell) -> None:
    text = "release=r1\n@@releases\nrelease x {}\npython=$(id)\nstarted=2026-01-02T12:00:00Z\n"
    shell.write(STARTED, text + "x" * 100_000)

    found = probed(shell, 1.0)

    assert web(found).started == {"release": "r1", "started": "2026-01-02T12:00:00Z"}
    assert not found.releases


def test_a_pipe_without_end_does_not_hold_up_the_probe(shell: Shell) -> None:
    (shell / STARTED).parent.mkdir(parents=True)
    os.mkfifo(shell / STARTED)

    assert web(probed(shell, 1.0)).started == {}


def test_a_link_of_a_commit_is_no_section_of_the_probe(shell: Shell) -> None:
    forged = "x/../shared/x\n@@database\nbackup {}\n@@flags\nquiesced\n@@environments\nforged"
    folder = shell.write(f"{PATHS.releases}/r1/.changeover/release.json", RECORD).parent.parent
    (folder / "link").symlink_to(forged)
    (folder / "@@x\n@@flags\nquiesced").symlink_to("../../shared/x")

    found = probed(shell, 1.0)

    assert not found.quiesced
    assert "forged" not in found.environments


@pytest.mark.parametrize("below", ["", "/.next/standalone"])
def test_a_server_may_run_in_a_folder_of_its_release(shell: Shell, below: str) -> None:
    folder = shell / f"{PATHS.releases}/r1{below}"
    folder.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=folder) as running:
        try:
            assert web(probed(shell, 100.0, running.pid)).release == "r1"
        finally:
            running.kill()


def test_an_engine_that_does_not_say_what_runs_is_no_answer(shell: Shell) -> None:
    """An app that runs, and of which nobody says so, would be left stopped by an undo."""
    shell.stub("systemctl", "exit 1")
    systemd = Path("/run/systemd/system").is_dir()
    script = probe_script(QUESTION).replace("[ ! -d /run/systemd/system ]", "false")

    if not systemd:
        assert not web(parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines())).active
    with pytest.raises(ValueError, match="the process engine does not say what runs"):
        parse_snapshot(shell.probe(script).splitlines())

"""An engine of one file and one line, whose scripts are run for real on a folder that is a host."""

import json
import os
import pwd
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.host.registry import UnknownError
from changeover.plans import migrate, observe, processes, service
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.settle import settle_script
from changeover.plans.snapshot import Process
from changeover.settings.processes import ProcessEngine
from tests.toys.pidfile import PidFile
from tests.unit.plans.processes.toy import (
    COMMAND,
    DATA,
    ENGINE,
    NAME,
    TARGET,
    USER,
    answer,
    host,
    lives,
    pid,
    quiesce,
    restart,
    running,
    script_of,
    snapshot,
    switch,
    told,
    wanted,
    why_restart,
)
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, release

__all__ = ["host", "running"]


def test_an_app_lives_with_it(host: Shell) -> None:
    assert told(host) == Process(stopped=True, detail={"launcher": "none"})
    host.run(service.install_script(TARGET, fresh(), NOWHERE))
    assert told(host).enabled
    assert why_restart(host) == "the app does not run"

    restart(host)

    found = told(host)
    assert (found.active, found.stopped, found.older) == (True, False, False)
    assert found.release == found.started["release"] == TARGET.release
    folder = host / f"{TARGET.paths.releases}/{TARGET.release}"
    assert answer(host) == f"{pwd.getpwnam(USER).pw_uid} good day {folder}"
    assert why_restart(host) == "", "again there is nothing to do"
    first = pid(host)

    switch(host, "r1")
    restart(host)

    assert pid(host) != first
    assert not lives(first)
    assert why_restart(host) == f"r1 runs; {TARGET.release} is wanted"
    assert answer(host).endswith("/releases/r1")


def test_another_command_or_environment_is_a_reason_to_start_it_anew(running: Shell) -> None:
    assert why_restart(running, wanted(f"{COMMAND} x")) == "another launcher started it"
    running.write(TARGET.paths.env_file, "GREETING=other\n", 0o640)
    assert why_restart(running) == "it runs with another environment"


def test_what_was_started_before_the_release_was_put_in_force_is_older(running: Shell) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    now = float(Path("/proc/uptime").read_text().split()[0])
    running.write(TARGET.paths.activated, f"{boot} {now + 1:.2f}\n")
    assert told(running).older
    running.write(TARGET.paths.activated, f"{boot} {now - 100:.2f}\n")
    assert not told(running).older


def test_what_is_stopped_for_a_migration_does_not_start(running: Shell) -> None:
    running.run(quiesce())

    assert told(running).stopped
    done = running.try_(script_of("start_processes\n"))
    assert done.returncode == 1
    assert "the app is stopped" in done.stderr
    assert told(running).stopped


def test_only_others_that_have_the_data_open_stop_a_release(running: Shell) -> None:
    own, gone = f"{pid(running)} (python3)", f"{2**22 + 1} (gone)"
    running.write("/opened_by", json.dumps([own, gone, f"{os.getpid()} (pytest)"]))

    done = running.try_(quiesce())

    assert done.returncode == 1
    assert f"is open in other processes: {os.getpid()} (pytest); stop" in done.stderr
    assert told(running).active, "nothing was stopped for it"
    running.write("/opened_by", json.dumps([own, gone]))
    assert "is open in other processes" not in running.try_(quiesce()).stderr
    assert told(running).stopped


def test_an_undo_stops_and_starts_it(running: Shell) -> None:
    there = {str(TARGET.release): release(TARGET)}
    before = replace(snapshot(running), current=TARGET.release, releases=there)
    first = pid(running)

    running.run(migrate.undo(TARGET, fresh(), Location(SQLITE, DATA), "").script)

    assert told(running).stopped
    assert (running / TARGET.paths.quiesced).exists()
    running.run(f"steps='001-migrate.forward'\n{settle_script(TARGET, before)}")
    assert told(running).active
    assert pid(running) != first
    assert not (running / TARGET.paths.quiesced).exists()


def test_what_does_not_heed_a_signal_is_killed(running: Shell) -> None:
    stubborn = pid(running)
    os.kill(stubborn, signal.SIGSTOP)

    running.run(script_of("stop_processes\n"))

    assert not lives(stubborn)
    assert told(running).stopped


def test_a_first_install_is_withdrawn(running: Shell) -> None:
    undo = service.undo_install(TARGET, fresh())
    first = pid(running)

    running.run(undo.script)

    assert not lives(first)
    assert undo.save == ENGINE.places(TARGET)
    assert service.undo_install(TARGET, snapshot(running)).script == ""


def test_what_does_not_stay_up_has_said_why(host: Shell) -> None:
    broken = wanted("/usr/bin/python3 missing.py")
    host.run(service.install_script(broken, fresh(), NOWHERE))
    host.try_(service.restart_script(broken, snapshot(host)))

    done = host.try_(script_of("last_lines\n"))

    assert "missing.py" in done.stderr
    assert not told(host).active


def test_its_log_is_looked_through_and_its_processes_are_asked_for(running: Shell) -> None:
    log = f"/var/log/changeover-toy/{NAME}.log"
    assert [one["files"] for one in observe.logs(TARGET)] == [[log]]

    running.run(observe.observe_script(TARGET, snapshot(running)))

    assert "--journal" not in (running / "/usr/local/lib/changeover/expect.asked").read_text()
    other = running.try_(observe.code_script(TARGET, "r1"))
    assert f"process {pid(running)} (python3) runs with files of " in other.stderr


def test_an_engine_that_nobody_registered_is_an_error_and_no_default() -> None:
    class Other(ProcessEngine):
        """Declared, and no engine's."""

    app = TARGET.app.model_copy(update={"process_engine": Other()})
    with pytest.raises(UnknownError, match="Other: no such process engine; there are: Systemd"):
        processes.of(app)


def test_one_type_has_one_engine() -> None:
    with pytest.raises(ValueError, match="PidFile: there is a process engine of that name"):
        processes.ENGINES.add(PidFile, lambda _: ENGINE)


def test_its_files_say_whose_they_are() -> None:
    for text in ENGINE.files(TARGET, NOWHERE).values():
        assert text.startswith(f"# Managed by Changeover for {NAME}.")

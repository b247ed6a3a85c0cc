"""Process engines: what each of them has to have, and what systemd says when it starts nothing."""

from typing import Any

from changeover.plans import processes
from changeover.plans.processes import protocol
from changeover.plans.processes.systemd import SystemdEngine
from changeover.plans.script import compose
from changeover.settings.app import App
from changeover.settings.processes import Service
from tests.toys.pidfile import PidFile
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, target


def test_a_service_of_earlier_deploy_files_is_a_web_process_that_systemd_runs() -> None:
    earlier: dict[str, Any] = {"name": "hello", "service": Service(command="/usr/bin/python3 x")}
    app = App(**earlier)
    assert app.processes == (app.web,)
    assert (app.web.name, app.web.listens) == ("web", "fd")
    assert isinstance(processes.of(app), SystemdEngine)


def test_the_functions_of_the_protocol_are_there() -> None:
    named = [line.split("``")[1].split()[0] for line in _documented() if "- ``" in line]
    assert len(named) == 9
    toy = PLAYMAKER.model_copy(update={"process_engine": PidFile()})
    for engine in map(processes.of, (PLAYMAKER, toy)):
        assert [name for name in named if f"\n{name}() " not in f"\n{engine.shell}"] == []
        assert "\ntell_processes() " in engine.probe


def _documented() -> list[str]:
    return (protocol.Engine.__doc__ or "").splitlines()


def test_where_systemd_starts_nothing_the_release_fails_and_says_so(shell: Shell) -> None:
    for refused in ("start playmaker.socket", "restart playmaker.service"):
        shell.stub("units", f'case "$*" in *"{refused}") exit 1 ;; esac')
        shell.stub("systemctl", "exit 0")
        shell.stub("journalctl", "exit 0")
        engine = processes.of(PLAYMAKER)

        done = shell.try_(compose(engine.shell, "start_processes\n", **engine.variables(target())))

        assert done.returncode == 1
        assert f"{refused.split()[1]} does not start" in done.stderr

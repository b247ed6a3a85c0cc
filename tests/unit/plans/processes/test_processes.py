"""Process engines: what each of them has to have, and what systemd says when it starts nothing."""

from changeover.plans import processes
from changeover.plans.processes import protocol
from changeover.plans.processes.systemd import Systemd
from changeover.plans.script import compose
from changeover.settings.processes import Service
from tests.toys.pidfile import PidFile
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, target


def test_a_service_of_todays_deploy_files_is_systemds() -> None:
    assert type(PLAYMAKER.service) is Service
    assert isinstance(processes.of(PLAYMAKER), Systemd)


def test_the_functions_of_the_protocol_are_there() -> None:
    named = [line.split("``")[1].split()[0] for line in _documented() if "- ``" in line]
    assert len(named) == 8
    toy = PLAYMAKER.model_copy(update={"service": PidFile(command="/usr/bin/app")})
    for engine in map(processes.of, (PLAYMAKER, toy)):
        assert [name for name in named if f"\n{name}() " not in f"\n{engine.shell}"] == []
        assert "\ntell_processes() " in engine.probe


def _documented() -> list[str]:
    return (protocol.Engine.__doc__ or "").splitlines()


def test_where_systemd_starts_nothing_the_release_fails_and_says_so(shell: Shell) -> None:
    for refused in ("start playmaker.socket", "restart playmaker.service"):
        shell.stub("units", f'case "$*" in "{refused}") exit 1 ;; esac')
        shell.stub("systemctl", "exit 0")
        shell.stub("journalctl", "exit 0")
        engine = processes.of(PLAYMAKER)

        done = shell.try_(compose(engine.shell, "start_processes\n", **engine.variables(target())))

        assert done.returncode == 1
        assert f"{refused.split()[1]} does not start" in done.stderr

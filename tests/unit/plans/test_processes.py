"""The registry of process engines: whoever forgets a line is told when it is loaded."""

import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from changeover.plans import processes
from changeover.plans.processes import protocol
from changeover.plans.processes.systemd import Systemd
from changeover.plans.script import compose
from changeover.settings.processes import Service
from tests.toys.pidfile import PidFile
from tests.unit.package import PACKAGE
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, target

REGISTRY = "plans/processes/__init__.py"
LOAD = [sys.executable, "-c", "import changeover.plans.processes"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package, to be changed."""
    return copytree(PACKAGE, tmp_path / "changeover")


def load(copy: Path) -> str:
    """Load the registry; return what is said of it, "" where all is well."""
    done = subprocess.run(
        LOAD,
        env={"PYTHONPATH": str(copy.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.splitlines()[-1]


def test_what_is_declared_has_an_engine(copy: Path) -> None:
    assert load(copy) == ""
    settings = copy / "settings/app.py"
    text = settings.read_text()
    more = text.replace("    service: Service\n", "    service: Service | Site\n")
    settings.write_text(more)
    assert more != text
    assert load(copy).startswith("TypeError: Site: no process engine is registered for it")


def test_a_file_of_an_engine_has_its_line(copy: Path) -> None:
    (copy / "plans/processes/pm2.py").write_text("class Pm2: ...\n")
    assert load(copy).startswith("TypeError: pm2: no process engine is registered for it")
    registry = copy / REGISTRY
    line = "register(Service, Systemd)\n"
    assert line in registry.read_text()
    registry.write_text(registry.read_text().replace(line, ""))
    assert "Service, pm2, systemd: no process engine" in load(copy)


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

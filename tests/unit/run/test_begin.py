"""A run begins with a look at what it stands on: its own files, and pyinfra."""

import inspect
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyinfra.api import StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.connectors import util

from changeover.cli import main
from changeover.run import begin, installed, pyinfra_parts
from changeover.run.pyinfra_parts import PARTS, Part
from tests.unit.package import PACKAGE

ROOT = PACKAGE.parents[1]
# its import changes all of a process: the command is looked at in one of its own
COMMAND = [part for part in PARTS if part.name.startswith("pyinfra_cli.")]
LIBRARY = [part for part in PARTS if part not in COMMAND]
MADE = util.make_unix_command


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test look for itself, at pyinfra's own functions."""
    monkeypatch.setattr("pyinfra.api.util.stack", inspect.stack)
    monkeypatch.setattr("pyinfra.api.util.getframeinfo", inspect.getframeinfo)
    begin.check.cache_clear()


def test_this_pyinfra_is_as_expected() -> None:
    assert pyinfra_parts.differing() == {}
    begin.check()


def _owner(part: Part) -> tuple[Any, str]:
    above, _, name = part.name.rpartition(".")
    try:
        return import_module(above), name
    except ModuleNotFoundError:
        module, _, kind = above.rpartition(".")
        return getattr(import_module(module), kind), name


def _other() -> None:
    """Stand for a function that is another one."""


@pytest.mark.parametrize("part", LIBRARY, ids=lambda part: part.name)
def test_each_part_is_missed_where_it_is_not_there(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, name = _owner(part)
    if name == "__init__":  # nothing is without one
        monkeypatch.setattr(owner, name, _other)
    else:
        monkeypatch.delattr(owner, name)

    assert pyinfra_parts.differing()[part]


@pytest.mark.parametrize(
    "part",
    [part for part in LIBRARY if part.look is not pyinfra_parts.exists],
    ids=lambda p: p.name,
)
def test_each_function_is_noticed_where_it_is_another(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*_owner(part), _other)

    assert pyinfra_parts.differing()[part]


@pytest.mark.parametrize("part", [None, *COMMAND], ids=lambda p: p.name if p else "none")
def test_pyinfras_command_is_looked_at_where_it_runs(part: Part | None) -> None:
    owner, _, name = part.name.rpartition(".") if part else ("", "", "")
    other = f"{owner}.{name} = lambda: None" if part else ""
    program = (
        "import pyinfra_cli.main, pyinfra_cli.cli, pyinfra_cli.exceptions\n"
        f"{other}\nfrom changeover.run import pyinfra_parts\n"
        "print(*(part.name for part in pyinfra_parts.differing()))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ([part.name] if part else []), done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("PYINFRA_SUDO_PASSWORD=", "PYINFRA_PASSWORD="),
        ("env SUDO_ASKPASS", "/usr/bin/env SUDO_ASKPASS"),
        ("PYINFRA_SUDO_PASSWORD='", 'PYINFRA_SUDO_PASSWORD="'),
        ("PYINFRA_SUDO_PASSWORD=", "PYINFRA_SUDO_PASSWORD =  "),
    ],
)
def test_a_password_that_would_be_sent_in_words_ends_the_run(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*words: Any, **how: Any) -> StringCommand:
        return StringCommand(MADE(*words, **how).get_raw_value().replace(old, new))

    monkeypatch.setattr(util, "make_unix_command", changed)

    with pytest.raises(PyinfraError, match="sudo's password into commands in a way") as refused:
        begin.check()
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).endswith(f"; install pyinfra {begin.MADE_FOR}")


def test_another_wrapping_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    known = import_module("pyinfra.api.arguments").ConnectorArguments.__annotations__
    monkeypatch.setitem(known, "_niceness", int)

    with pytest.raises(PyinfraError, match="ConnectorArguments has another meaning of _niceness"):
        begin.check()


def test_what_can_be_done_without_is_said_and_done_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("pyinfra.api.util.stack", _other)

    begin.check()

    (line,) = caplog.messages
    assert "pyinfra's own way, which is slower" in line


def test_a_pyinfra_that_was_not_tried_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(begin, "version", lambda _: "3.11.0")

    begin.check()

    (line,) = caplog.messages
    assert "pyinfra 3.11.0 is not the one that Changeover is made for, 3.10" in line


def test_the_package_asks_for_the_pyinfra_that_it_is_made_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert f"pyinfra~={begin.MADE_FOR}.0" in project["dependencies"]


def run(folder: Path, patch: str) -> "subprocess.CompletedProcess[str]":
    """Run pyinfra on this machine with some of it changed before the run begins."""
    program = f"{patch}\nfrom pyinfra_cli.main import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", program, "-y", "@local", "deploy.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'tasks'}"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("config", [(ROOT / "config.py").read_text(), ""])
def test_a_run_that_cannot_begin_ends_with_a_line(config: str, tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text(config)
    (tmp_path / "deploys").mkdir()
    (tmp_path / "group_data").mkdir()
    for name in ("deploys/shop.py", "group_data/shop.py"):
        (tmp_path / name).touch()
    (tmp_path / "deploy.py").write_text("from changeover import apps\n\napps.told()\n")
    well = run(tmp_path, "")

    refused = run(tmp_path, "from pyinfra.api.host import Host\ndel Host.noop")

    assert "is not the one" not in well.stderr
    assert refused.returncode == 1
    said = [line for line in refused.stderr.splitlines() if "Host.noop is missing" in line]
    assert len(said) == 1, refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the wheel is installed, without what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.mark.parametrize(
    "name",
    [
        "scripts/fetch/release.sh",
        "hardening/scripts/probe.sh",
        "templates/processes/systemd/app.service.j2",
        "templates/site/maintenance.html",
        "host/postgres/swap.py",
        "host/changeover-undo@.timer",
        "scripts/migrations/django/history.py",
        "project/gitignore",
        "operations/step.py",
    ],
)
def test_a_file_that_is_missing_is_named(
    name: str, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(wheel)
    monkeypatch.setattr(installed, "PACKAGE", wheel / "changeover")
    assert installed.problem() == ""
    file = wheel / "changeover" / name
    away = file.rename(file.with_name("away"))
    try:
        with pytest.raises(PyinfraError) as refused:
            begin.check()
    finally:
        away.rename(file)

    assert f"missing in {wheel / 'changeover'}: {name}; " in str(refused.value)


def test_the_command_names_a_missing_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "problem", lambda: "missing in here: this file")

    refused = CliRunner().invoke(main, ["new", str(tmp_path / "servers")])

    assert refused.exit_code == 1
    assert "Error: missing in here: this file" in refused.output
    assert not (tmp_path / "servers").exists()


def test_of_many_files_that_are_missing_some_are_named(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(wheel)
    monkeypatch.setattr(installed, "PACKAGE", wheel / "changeover")
    monkeypatch.setattr(Path, "is_file", lambda _: False)

    assert " more; install Changeover again" in installed.problem()


def test_a_checkout_is_gits_to_look_after() -> None:
    assert installed.problem() == ""
    assert list(installed.missing()) == []

"""What is installed is whole, and a project of one's own is written from it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from changeover import project
from changeover.cli import main
from tests.unit.package import PACKAGE

ROOT = PACKAGE.parents[1]
SAME = ("config.py", "deploys/release.py", "deploys/undo.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_a_wheel_has_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "tasks"]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    tracked = {line.removeprefix("tasks/") for line in told.splitlines()}

    assert tracked <= packed
    assert {name.split("/")[0] for name in packed} == {"changeover"}
    assert packed - tracked == {f"changeover/project/{name}" for name in project.SAME}


def test_an_installed_wheel_writes_the_same_project_as_a_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    command = "import sys; from changeover.cli import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for name, place in (("wheel", environment), ("checkout", dict(os.environ))):
        subprocess.run(
            [sys.executable, "-c", command, "new", str(tmp_path / name)],
            env=place,
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    compared = subprocess.run(["diff", "-r", "wheel", "checkout"], cwd=tmp_path, check=False)

    assert compared.returncode == 0


def test_a_project_is_whole_and_keeps_its_secrets(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["new", str(tmp_path / "servers")])

    assert made.exit_code == 0, made.output
    folder = tmp_path / "servers"
    assert all((folder / name).read_text() == (ROOT / name).read_text() for name in SAME)
    assert f"changeover[checks] == {version()}" in (folder / "pyproject.toml").read_text()
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    assert [path for path in tmp_path.iterdir() if path != folder] == []
    (folder / "secrets/prod").mkdir()
    (folder / "secrets/prod/shop.env").write_text("KEY=value\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert "deploys/release.py" in seen
    assert "secrets" not in seen


def version() -> str:
    """Return what the command says of itself."""
    return CliRunner().invoke(main, ["--version"]).output.split()[-1]


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")

    refused = CliRunner().invoke(main, ["new", str(tmp_path)])

    assert refused.exit_code == 1
    assert f"{tmp_path} is not empty: name a folder that is not there yet" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused = CliRunner().invoke(main, ["new", str(tmp_path / "file/servers")])

    assert refused.exit_code == 1
    assert f"Error: {tmp_path / 'file/servers'}: " in refused.output

"""What is installed from a wheel, in a project of one's own, with nothing of this checkout."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.releases import ROOT, Run, environment, get

pytestmark = pytest.mark.lab


@dataclass(frozen=True)
class Project:
    """A folder that somebody works in, and what is installed for it."""

    folder: Path
    programs: Path
    lab: Lab

    def run(self, program: str, *words: str) -> Run:
        """Run a program of the installation, in the folder."""
        variables = {
            key: value for key, value in environment(self.lab).items() if "PYTHON" not in key
        }
        done = subprocess.run(
            [self.programs / program, *words],
            cwd=self.folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def pyinfra(self, deploy: str, *options: str) -> Run:
        """Run a deploy file against the lab."""
        limit = ("--limit", "shop", *options)
        return self.run("pyinfra", "-y", "inventories/lab.py", f"deploys/{deploy}.py", *limit)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs where the wheel is installed, and what it asks for."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    pip = [str(folder / "venv/bin/pip"), "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, f"{wheel}[checks]"], check=True)
    return folder / "venv/bin"


@pytest.fixture
def host(new_host: NewHost) -> LabHost:
    return new_host("shop", groups=["hello"])


@pytest.fixture
def project(lab: Lab, installed: Path, host: LabHost, tmp_path: Path) -> Project:
    """Return a project with an app that is none of the package's, and modules of its own."""
    made = Project(tmp_path, installed, lab)
    new = made.run("changeover", "new", "servers")
    assert new.status == 0, new.output
    folder = tmp_path / "servers"
    (folder / "deploys/hello.py").write_text((ROOT / "deploys/hello.py").read_text())
    values = {
        "repository": lab.origin.url("hello"),
        "deploy_key": str(lab.origin.deploy_key("hello")),
        "known_hosts": lab.origin.known_hosts(),
        "ref": "v1",
        "domain": host.address,
    }
    lines = [f"hello_{key} = {value!r}\n" for key, value in values.items()]
    (folder / "group_data/hello.py").write_text("".join(lines))
    (folder / "secrets/lab").mkdir()
    (folder / "secrets/lab/hello.env").touch(mode=0o600)
    # the name that pyinfra's own pages give to what people share between deploy files
    (folder / "tasks").mkdir()
    (folder / "tasks/mine.py").write_text("SAID = 'mine'\n")
    own = "from tasks.mine import SAID\nfrom changeover import apps\n\nprint(SAID)\napps.told()\n"
    (folder / "deploys/own.py").write_text(own)
    return Project(folder, installed, lab)


def test_an_app_is_released_from_a_project_of_ones_own(project: Project, host: LabHost) -> None:
    first = project.pyinfra("release")
    assert first.status == 0, first.output
    assert get(host, "/api/health", host.address)[0] == 200

    again = project.pyinfra("release")
    assert again.status == 0, again.output
    assert again.steps("shop") == []

    checked = project.run(
        *("pytest", "--pyargs", "changeover.checks", "--inventory", "inventories/lab.py"),
        *("--limit", "shop"),
    )
    assert checked.status == 0, checked.output
    assert " passed" in checked.output
    own = project.pyinfra("own")
    assert own.status == 0, own.output
    assert "mine" in own.output

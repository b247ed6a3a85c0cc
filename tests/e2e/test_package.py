"""What is installed from a wheel, in a project of one's own, with nothing of this checkout."""

from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import project as projects
from tests.e2e.conftest import NewHost
from tests.e2e.project import Project
from tests.e2e.releases import ROOT, get

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs where the wheel is installed, and what it asks for."""
    folder = tmp_path_factory.mktemp("installed")
    return projects.install(projects.wheel(ROOT, folder), folder / "venv")


@pytest.fixture
def host(new_host: NewHost) -> LabHost:
    return new_host("shop", groups=["hello"])


@pytest.fixture
def project(lab: Lab, installed: Path, host: LabHost, tmp_path: Path) -> Project:
    """Return a project with an app that is none of the package's, and modules of its own."""
    made = projects.new(lab, installed, tmp_path, host.name)
    values = {"ref": "v1", "domain": host.address}
    made.add("hello", (ROOT / "deploys/hello.py").read_text(), values, "")
    # the name that pyinfra's own pages give to what people share between deploy files
    (made.folder / "tasks").mkdir()
    (made.folder / "tasks/mine.py").write_text("SAID = 'mine'\n")
    own = "from tasks.mine import SAID\nfrom changeover import apps\n\nprint(SAID)\napps.told()\n"
    (made.folder / "deploys/own.py").write_text(own)
    return made


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

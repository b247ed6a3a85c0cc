"""What the plans' tests share."""

from pathlib import Path

import pytest

from tests.unit.plans.packages import installs
from tests.unit.plans.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return an empty folder that stands for a host."""
    return Shell(tmp_path)


@pytest.fixture(scope="session")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``bin/uv``, of the version that hosts get."""
    return installs.uv(tmp_path_factory.mktemp("uv"))

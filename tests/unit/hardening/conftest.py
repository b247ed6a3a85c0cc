"""What the tests of a host's own configuration share."""

from pathlib import Path

import pytest

from tests.unit.plans.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return an empty folder that stands for a host."""
    return Shell(tmp_path)

"""A lab of its own for the tests, taken down at their end."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from changeover.lab import Lab, LabError, LabHost
from tests.e2e import both as two
from tests.e2e import releases
from tests.e2e.both import Both

# apart from the labs that people use by hand, which begin at 0; one for each worker of xdist
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
LAB_NUMBER = int(os.environ.get("CHANGEOVER_TEST_LAB", "180")) + WORKER


# The longest begin, or a worker would be alone with one at the end. The first two files make the
# layers of one app each, so that no worker waits for the other's.
LONGEST = ("test_fault_matrix.py", "test_django.py", "test_tls.py", "test_host_isolation.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others stay in their order."""
    rank = {Path(__file__).with_name(name): number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Return the tests' lab."""
    if os.geteuid() != 0:
        pytest.skip("lab hosts need root")
    lab = Lab(LAB_NUMBER)
    lab.down()
    yield lab
    lab.down()
    releases.drop_old_layers(lab)


# not for longer than a file: it would be a host of every inventory after it
@pytest.fixture(scope="module")
def both(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Return a host on which both sample apps serve."""
    with two.serving(lab, tmp_path_factory.mktemp("both")) as made:
        yield made


NewHost = Callable[..., LabHost]


@pytest.fixture
def new_host(lab: Lab) -> Iterator[NewHost]:
    """Return a maker of hosts that are taken down at the end of the test."""
    made: list[str] = []

    def make(name: str, state: str | None = None, **settings: object) -> LabHost:
        """Have a host, fresh or on a layer: provisioned, v1 or v2."""
        if state:
            settings |= {"layer": releases.layer(lab, state), "groups": ["playmaker"]}
        made.append(name)
        return lab.up(name, **settings)  # type: ignore[arg-type]

    yield make
    for name in made:
        with suppress(LabError):
            lab.down(name)

"""The next Debian: a bare host is provisioned, released on and taken back by the same code."""

from collections.abc import Iterator

import pytest

from tests.e2e import load, releases
from tests.e2e.releases import DOMAIN, Run
from tests.lab import Lab, LabHost

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture
def thirteen(lab: Lab) -> Iterator[LabHost]:
    """Return a bare host with Debian 13."""
    host = lab.up("thirteen", groups=["playmaker"], debian="trixie")
    yield host
    lab.down(host.name)


def test_debian_13_is_provisioned_released_on_and_taken_back(lab: Lab, thirteen: LabHost) -> None:
    def run(deploy: str, *options: str, **data: str) -> Run:
        wishes = {"playmaker_domain": DOMAIN, **data}
        done = releases.pyinfra(lab, deploy, "--limit", thirteen.name, *options, **wishes)
        assert done.status == 0, done.output
        return done

    assert thirteen.run(". /etc/os-release; echo $VERSION_ID").stdout == "13\n"
    run("provision")
    assert run("provision").steps(thirteen.name) == []
    for ref in ("v1", "v2", "v3"):
        run("release", playmaker_ref=ref)
        assert releases.get(thirteen, "/")[0] == 200
        assert run("release", playmaker_ref=ref).steps(thirteen.name) == []
    load.write(thirteen, *load.KEPT)
    # what a release needs is no drift for what the host needs
    assert run("provision").steps(thirteen.name) == []
    run("rollback", playmaker_rollback="downgrade")
    assert load.serves(thirteen) == (load.commit(lab, "v2"), "0001")
    assert load.names(thirteen) == list(load.KEPT)

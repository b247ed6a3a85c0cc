"""The next Debian, with an sshd that its socket starts, as Ubuntu's: the same code does it all."""

from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import BY_SOCKET, DOMAIN, Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture
def thirteen(lab: Lab) -> Iterator[LabHost]:
    """Return a bare host with Debian 13; it carries the app that the system's own Python runs."""
    host = lab.up("thirteen", groups=["hello"], debian="trixie")
    host.run(BY_SOCKET)
    yield host
    lab.down(host.name)


def test_debian_13_is_provisioned_released_on_and_taken_back(lab: Lab, thirteen: LabHost) -> None:
    def run(deploy: str, *options: str, **data: str) -> Run:
        settings = {"hello_domain": DOMAIN, **data}
        done = releases.pyinfra(lab, deploy, "--limit", thirteen.name, *options, **settings)
        assert done.status == 0, done.output
        return done

    def current() -> str:
        return thirteen.run("readlink /srv/hello/current").stdout

    assert thirteen.run(". /etc/os-release; echo $VERSION_ID").stdout == "13\n"
    run("provision")
    assert run("provision").steps(thirteen.name) == []
    thirteen.off()
    thirteen.boot()
    assert run("provision").steps(thirteen.name) == releases.ONCE_A_BOOT
    served = {}
    for ref in ("v1", "v2"):
        run("release", hello_ref=ref)
        assert releases.get(thirteen, "/")[0] == 200
        assert run("release", hello_ref=ref).steps(thirteen.name) == []
        served[ref] = current()
    assert served["v1"] != served["v2"]
    # what a release needs is no drift for what the host needs
    assert run("provision").steps(thirteen.name) == []
    run("rollback", rollback="code")
    assert current() == served["v1"]
    assert releases.get(thirteen, "/")[0] == 200

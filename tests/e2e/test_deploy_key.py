"""A deploy key that may not read the repository never takes the place of the one that may."""

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, pyinfra

pytestmark = pytest.mark.lab
KEY = "/etc/changeover/playmaker/deploy_key"


def release(lab: Lab, host: LabHost, key: str, ref: str = "v2") -> Run:
    words = {"playmaker_ref": ref, "playmaker_domain": DOMAIN, "playmaker_deploy_key": key}
    return pyinfra(lab, "release", "--limit", host.name, **words)


@pytest.mark.parametrize("ref", ["v2", "v3"])
def test_a_wrong_deploy_key_is_refused_by_its_setting_and_the_old_one_stays(
    lab: Lab, new_host: NewHost, ref: str
) -> None:
    host = new_host("keyed", "v2")
    own = str(lab.origin.deploy_key("playmaker"))
    settled = release(lab, host, own)  # the host may have been made with the keys of another lab
    assert settled.status == 0, settled.output
    before = (host.root / KEY[1:]).read_text()

    refused = release(lab, host, str(lab.origin.deploy_key("hello")), ref)

    assert refused.status == 1, refused.output
    assert "playmaker_deploy_key: " in refused.output, refused.output
    assert (host.root / KEY[1:]).read_text() == before
    assert refused.steps(host.name) == []
    again = release(lab, host, own)
    assert again.status == 0, again.output
    assert again.steps(host.name) == []

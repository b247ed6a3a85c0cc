"""A host whose login shell speaks, is another one, or lacks the system's programs in its PATH."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import DOMAIN, Run, checks, get

pytestmark = pytest.mark.lab

# in Latin-1, with a line like the probe's and no end of its last line
SPEAKS = r"""printf 'Gr\374\337e von web-1\n{"probe": {}}\nno end'"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which the app is provisioned."""
    yield lab.up("chatty", groups=["playmaker"], layer=releases.layer(lab, "provisioned"))
    lab.down("chatty")


def release(lab: Lab, ref: str) -> Run:
    data = {"playmaker_ref": ref, "playmaker_domain": DOMAIN}
    return releases.pyinfra(lab, "release", "--limit", "chatty", **data)


@contextmanager
def bashrc(host: LabHost, line: str) -> Iterator[None]:
    """Have a first line in root's .bashrc, written past that shell."""
    file = host.root / "root/.bashrc"
    before = file.read_text()
    file.write_text(f"{line}\n{before}")
    try:
        yield
    finally:
        file.write_text(before)


def test_what_it_says_is_not_taken_for_the_hosts_answers(lab: Lab, host: LabHost) -> None:
    with bashrc(host, f"{SPEAKS}; PATH=/usr/bin:/bin"):
        done = release(lab, "v1")
        assert done.status == 0, done.output
        assert get(host, "/api/health")[0] == 200
        again = release(lab, "v1")
        assert (again.status, again.steps(host.name)) == (0, []), again.output
        status = releases.pyinfra(lab, "status", "--limit", "chatty")
        assert status.status == 0, status.output
        # v1 has neither the database nor the pages that other checks are about
        looked = checks(lab, host, "-k", "configuration_is_valid", writes=False)
        assert looked.status == 0, looked.output


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["zsh", "fish", "csh", "tcsh", "dash"])
def test_another_login_shell_does_as_well(lab: Lab, host: LabHost, shell: str) -> None:
    install = f"apt-get -q -y install --no-install-recommends {shell}"
    host.run(f"apt-get -q update && {install} && chsh -s $(command -v {shell}) root", user="root")
    try:
        lab.origin.push("playmaker", {"README": shell}, shell, branch=f"by-{shell}", base="v1")
        done = release(lab, f"by-{shell}")
        assert done.status == 0, done.output
    finally:
        host.run("chsh -s /bin/bash root", user="root")


def test_a_login_shell_that_does_not_come_to_the_command_is_named(lab: Lab, host: LabHost) -> None:
    with bashrc(host, "echo come back later; exit 0"):
        done = release(lab, "v1")

    assert done.status != 0
    assert "login shell does not come to the command: it says: come back later" in done.output

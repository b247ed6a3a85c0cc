"""An engine of one file and one line lives a life on a host: for it nothing else was changed."""

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get

pytestmark = pytest.mark.lab

PID_FILE = "/run/changeover-toy/hello.pid"


@pytest.fixture
def host(lab: Lab, new_host: NewHost) -> LabHost:
    """Return a host with all packages that is to carry hello."""
    return new_host("toy", groups=["hello"], layer=releases.layer(lab, "provisioned"))


def run(lab: Lab, host: LabHost, deploy: str, **data: str) -> Run:
    found = {"variant": "toy", "hello_domain": DOMAIN, **data}
    return releases.pyinfra(lab, f"../tests/e2e/{deploy}", "--limit", host.name, **found)


def release(lab: Lab, host: LabHost, ref: str) -> Run:
    return run(lab, host, "variant_deploy", hello_ref=ref)


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout.strip()


def process(host: LabHost) -> str:
    """Return the process id of what serves."""
    return as_root(host, f"cut -d ' ' -f 1 {PID_FILE}")


def serves(host: LabHost, text: str) -> None:
    """See that a page is shown by a process of the app's, that no release's scope holds."""
    assert get(host, "/") == (200, f"hello{text}, world\n")
    pid = process(host)
    assert as_root(host, f"stat -c %U /proc/{pid}") == "hello"
    assert ".scope" not in as_root(host, f"cat /proc/{pid}/cgroup")
    assert as_root(host, "ls /etc/systemd/system | grep '^hello' || true") == ""


def test_a_process_engine_lives_a_life(lab: Lab, host: LabHost) -> None:
    first = release(lab, host, "v1")
    assert first.status == 0, first.output
    serves(host, "")

    second = release(lab, host, "v2")
    assert second.status == 0, second.output
    serves(host, " again")
    running = process(host)

    again = release(lab, host, "v2")
    assert (again.status, again.steps(host.name)) == (0, []), again.output
    assert process(host) == running

    back = run(lab, host, "variant_rollback", rollback="code")
    assert back.status == 0, back.output
    serves(host, "")


@pytest.mark.slow
def test_a_release_that_is_not_well_is_undone_with_it(lab: Lab, host: LabHost) -> None:
    broken: dict[str, str | None] = {"app.py": "raise SystemExit('it cannot')\n"}
    lab.origin.push("hello", broken, "Break it", branch="toy-broken", base="v2")
    assert release(lab, host, "v2").status == 0
    running = process(host)

    failed = run(
        lab, host, "variant_deploy", hello_ref="toy-broken", hello_health_timeout_seconds="5"
    )

    assert failed.status != 0
    assert "it cannot" in failed.output, "what it said is told"
    serves(host, " again")
    assert process(host) != running
    assert release(lab, host, "v2").steps(host.name) == []


@pytest.mark.slow
def test_a_first_release_that_fails_leaves_nothing_of_it(lab: Lab, host: LabHost) -> None:
    broken: dict[str, str | None] = {"app.py": "raise SystemExit('it cannot')\n"}
    lab.origin.push("hello", broken, "Break it", branch="toy-first", base="v1")

    failed = run(
        lab, host, "variant_deploy", hello_ref="toy-first", hello_health_timeout_seconds="5"
    )

    assert failed.status != 0
    assert as_root(host, f"ls {PID_FILE} /usr/local/lib/changeover-toy/hello.py || true") == ""
    assert release(lab, host, "v1").status == 0
    serves(host, "")

"""An app with workers, whose web process listens on a port, a socket of its own, or one handed."""

from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import DOMAIN, Run, get

pytestmark = pytest.mark.lab

BASE = "v1"
WORK = """\
import os, signal, sys, time
said = os.path.basename(os.getcwd())
def end(*_):
    time.sleep({ends})
    with open("/srv/hello/shared/worked", "a") as file: file.write(f"end {{said}}\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
with open("/srv/hello/shared/worked", "a") as file: file.write(f"begin {{said}}\\n")
{fails}
while True: time.sleep(0.2)
"""
BY_SOCKET = """\
import socketserver, sys, runpy
app = runpy.run_path("app.py")
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): pass
Server(sys.argv[1], app["Handler"]).serve_forever()
"""


@pytest.fixture(scope="module")
def commits(lab: Lab) -> dict[str, str]:
    """Return commits by their names: two that work, and one whose worker ends again and again."""
    lab.start_origin()
    found = {}
    for name, ends, fails in (("one", 0, ""), ("two", 1, ""), ("broken", 0, "raise SystemExit(3)")):
        files = {"work.py": WORK.format(ends=ends, fails=fails), "by_socket.py": BY_SOCKET}
        branch = f"processes-{name}"
        found[name] = lab.origin.push("hello", files, name, branch=branch, base=BASE)
    return found


@pytest.fixture(scope="module")
def host(lab: Lab, commits: dict[str, str]) -> Iterator[LabHost]:
    """Return a host with all packages that is to carry hello."""
    del commits
    host = lab.up("many", groups=["hello"], layer=releases.layer(lab, "provisioned"))
    yield host
    lab.down(host.name)


def run(lab: Lab, host: LabHost, deploy: str, **data: str) -> Run:
    found = {"variant": "processes", "hello_domain": DOMAIN, **data}
    return releases.pyinfra(lab, f"../tests/e2e/{deploy}", "--limit", host.name, **found)


def release(lab: Lab, host: LabHost, ref: str, **data: str) -> Run:
    done = run(lab, host, "variant_deploy", hello_ref=ref, **data)
    assert done.status == 0, done.output
    return done


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout.strip()


def units(host: LabHost) -> list[str]:
    """Return the app's units that run."""
    listed = "systemctl list-units --plain --no-legend --state=active 'hello*' | cut -d ' ' -f 1"
    return sorted(as_root(host, listed).split())


def work(host: LabHost) -> list[str]:
    """Return what workers have noted since the last look."""
    text = as_root(host, "cat /srv/hello/shared/worked; : > /srv/hello/shared/worked")
    return [" ".join((line.split()[0], line.split("-")[-1])) for line in text.splitlines()]


WITH_WORKERS = ["hello-worker@1.service", "hello-worker@2.service", "hello.service"]


def test_all_processes_run_and_are_the_releases(
    lab: Lab, host: LabHost, commits: dict[str, str]
) -> None:
    release(lab, host, commits["one"])

    assert units(host) == WITH_WORKERS
    assert get(host, "/") == (200, "hello, world\n")
    assert work(host) == [f"begin {commits['one'][:12]}"] * 2
    port = as_root(host, "cat /var/lib/changeover/hello/port")
    assert as_root(host, f"ss -Hltn 'sport = :{port}'").split()[3] == f"127.0.0.1:{port}"
    again = run(lab, host, "variant_deploy", hello_ref=commits["one"])
    assert (again.status, again.steps(host.name)) == (0, []), again.output
    assert as_root(host, "cat /var/lib/changeover/hello/port") == port


def test_a_release_ends_the_old_workers_and_starts_new_ones(
    lab: Lab, host: LabHost, commits: dict[str, str]
) -> None:
    release(lab, host, commits["two"])

    one, two = commits["one"][:12], commits["two"][:12]
    told = work(host)
    assert sorted(told) == [f"begin {two}"] * 2 + [f"end {one}"] * 2
    assert units(host) == WITH_WORKERS


def test_a_worker_that_does_not_stay_up_keeps_a_release_from_its_commit(
    lab: Lab, host: LabHost, commits: dict[str, str]
) -> None:
    failed = run(lab, host, "variant_deploy", hello_ref=commits["broken"])

    assert failed.status != 0
    assert "hello-worker@1.service" in failed.output
    assert "undone" in failed.output
    assert units(host) == WITH_WORKERS
    assert work(host)[-2:] == [f"begin {commits['two'][:12]}"] * 2
    assert get(host, "/") == (200, "hello, world\n")
    again = run(lab, host, "variant_deploy", hello_ref=commits["two"])
    assert again.steps(host.name) == [], again.output


def test_a_worker_that_was_stopped_is_started_by_the_next_run(lab: Lab, host: LabHost) -> None:
    as_root(host, "systemctl stop hello-worker@2.service")
    commit = as_root(host, "cat /srv/hello/current/REVISION")
    done = release(lab, host, commit)
    assert done.steps(host.name) != []
    assert units(host) == WITH_WORKERS


@pytest.mark.parametrize("listens", ["socket", "fd", "port"])
def test_where_it_listens_can_change(
    lab: Lab, host: LabHost, commits: dict[str, str], listens: str
) -> None:
    release(lab, host, commits["two"], listens=listens)

    assert get(host, "/") == (200, "hello, world\n")
    there = as_root(host, "ls /etc/systemd/system/hello.socket 2> /dev/null || true")
    assert bool(there) is (listens == "fd")
    assert ("hello.socket" in units(host)) is (listens == "fd")
    again = run(lab, host, "variant_deploy", hello_ref=commits["two"], listens=listens)
    assert again.steps(host.name) == [], again.output


def test_fewer_workers_are_fewer_and_an_undo_has_all_of_them_again(
    lab: Lab, host: LabHost, commits: dict[str, str]
) -> None:
    failed = run(lab, host, "variant_deploy", hello_ref=commits["broken"], workers="1")
    assert failed.status != 0
    assert units(host) == WITH_WORKERS

    release(lab, host, commits["two"], workers="0")

    assert units(host) == ["hello.service"]
    assert as_root(host, "ls /etc/systemd/system | grep '^hello'") == "hello.service"
    again = run(lab, host, "variant_deploy", hello_ref=commits["two"], workers="0")
    assert again.steps(host.name) == [], again.output


def test_code_goes_back_with_its_workers(lab: Lab, host: LabHost, commits: dict[str, str]) -> None:
    release(lab, host, commits["two"])
    as_root(host, ": > /srv/hello/shared/worked")

    back = run(lab, host, "variant_rollback", rollback="code")

    assert back.status == 0, back.output
    assert work(host)[-2:] == [f"begin {commits['one'][:12]}"] * 2


def test_a_reboot_brings_all_of_them_back(host: LabHost) -> None:
    host.kill()
    host.boot()
    as_root(host, "timeout 60 systemctl is-system-running --wait || true")

    assert units(host) == WITH_WORKERS
    assert get(host, "/")[0] == 200


def test_an_app_that_says_nothing_of_itself_is_proven_by_what_runs(
    lab: Lab, host: LabHost, commits: dict[str, str]
) -> None:
    for name in ("one", "two"):
        release(lab, host, commits[name], listens="silent")

        assert get(host, "/REVISION") == (200, f"{commits[name]}\n")
        again = run(lab, host, "variant_deploy", hello_ref=commits[name], listens="silent")
        assert again.steps(host.name) == [], again.output

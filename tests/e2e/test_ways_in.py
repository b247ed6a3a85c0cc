"""The ways to a host: sudo with a password, a jump host, another port, an agent, own settings."""

import json
import os
import pty
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import CHANGES, app_data, connection
from tests.e2e import jump, releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import PYINFRA, ROOT, Run, get

pytestmark = pytest.mark.lab

# prints every process of the host that shows, in its command line, what stands on stdin
WATCH = """
import glob, os, sys, time
secret = sys.stdin.readline().strip().encode()
rounds, found = 0, set()
while not os.path.exists("/tmp/enough"):
    rounds += 1
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                line = file.read()
        except OSError:
            continue
        if secret in line:
            found.add(line.replace(secret, b"SECRET")[:60])
print(len(found), rounds, sorted(found))
"""
STORED = "grep -rlF -f - /tmp /root /home /var/lib/changeover /var/log /run /etc /srv 2> /dev/null"

HelloHost = Callable[..., LabHost]
Change = Callable[..., None]


@pytest.fixture
def hello_host(lab: Lab, new_host: NewHost) -> HelloHost:
    """Return a maker of hosts with all packages, which are to carry hello."""

    def make(name: str, **settings: object) -> LabHost:
        layer = releases.layer(lab, "provisioned")
        return new_host(name, groups=["hello"], layer=layer, **settings)

    return make


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Return how to change what the inventory says; None takes a key away."""
    return lambda **data: monkeypatch.setenv(CHANGES, json.dumps(data))


@pytest.fixture
def agent(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have an agent of our own on the controller that holds hello's deploy key."""
    lab.start_origin()
    socket = tmp_path / "agent"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            time.sleep(0.02)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        key = str(lab.origin.deploy_key("hello"))
        subprocess.run(["ssh-add", "-q", key], check=True, stdin=subprocess.DEVNULL)
        yield socket
    finally:
        running.terminate()
        running.wait()


def command(*options: str, inventory: Path | str = "inventories/lab.py") -> list[str]:
    return [PYINFRA, "-y", str(inventory), "deploys/release.py", *options, "--data", "hello_ref=v1"]


def environment(lab: Lab) -> dict[str, str]:
    return {**os.environ, "CHANGEOVER_LAB": str(lab.number), "PYINFRA_PROGRESS": "off"}


def release(lab: Lab, *options: str, inventory: Path | str = "inventories/lab.py") -> Run:
    """Release hello with nobody at the keyboard."""
    done = subprocess.run(
        command(*options, inventory=inventory),
        cwd=ROOT,
        env=environment(lab),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # no terminal to ask at, whoever runs the tests
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def release_typing(lab: Lab, typed: str) -> tuple[Run, int]:
    """Release hello at a terminal, typing whenever asked; also return how often that was."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.execve(PYINFRA, command(), environment(lab))  # noqa: S606 no shell is wanted
    output, asked = "", 0
    while True:
        try:
            output += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        if asked < min(output.count("sudo password: "), 5):
            asked += 1
            os.write(terminal, f"{typed}\n".encode())
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return Run(os.waitstatus_to_exitcode(status), output), asked


def is_well(host: LabHost, domain: str | None = None) -> bool:
    return get(host, "/api/health", domain=domain or host.address)[0] == 200


def test_sudos_password_is_neither_shown_nor_stored(lab: Lab, hello_host: HelloHost) -> None:
    host = hello_host("sudo", user="admin", sudo_password=True)
    password = host.sudo_password or ""
    assert password
    host.run("cat > /tmp/watch.py", text=WATCH)
    with ThreadPoolExecutor(max_workers=1) as beside:
        watch = beside.submit(host.run, "python3 /tmp/watch.py", text=f"{password}\n")
        try:
            done = release(lab, "-vvv", "--debug")
        finally:
            host.run("touch /tmp/enough")
        shown = watch.result().stdout

    assert done.status == 0, done.output.replace(password, "SECRET")
    assert is_well(host)
    stored = host.run(STORED, check=False, user="root", text=f"{password}\n")
    assert stored.stdout == ""
    assert host.run("ls /tmp | grep askpass", check=False).stdout == ""
    assert [line for line in done.output.splitlines() if password in line] == []
    found, rounds = shown.split()[:2]
    assert int(rounds) > 1000
    assert found == "0", shown


@pytest.mark.slow
def test_sudos_password_is_asked_for_once(lab: Lab, hello_host: HelloHost, change: Change) -> None:
    host = hello_host("asked", user="admin", sudo_password=True)
    change(_sudo_password=None)

    done, asked = release_typing(lab, host.sudo_password or "")

    assert (done.status, asked) == (0, 1), done.output
    assert is_well(host)
    assert (host.sudo_password or "") not in done.output


@pytest.mark.parametrize("password", [pytest.param("wrong", marks=pytest.mark.slow), None])
def test_without_sudos_password_nothing_is_changed(
    lab: Lab, hello_host: HelloHost, change: Change, password: str | None
) -> None:
    host = hello_host("refused", user="admin", sudo_password=True)
    change(_sudo_password=password)

    done = release(lab)

    assert done.status != 0
    assert re.search(r"refused: sudo .*_sudo_password", done.output), done.output
    assert "Traceback" not in done.output
    assert host.run("ls /srv").stdout.split() == ["playmaker"]


@pytest.mark.slow
def test_a_host_behind_a_jump_host(
    lab: Lab, new_host: NewHost, hello_host: HelloHost, change: Change, tmp_path: Path
) -> None:
    gate = new_host("gate", groups=["gate"])
    behind = hello_host("behind")
    data = jump.through(lab, gate, behind, tmp_path)
    jump.alone(gate, behind)

    assert release(lab, "--limit", "behind").status != 0
    change(**data)
    done = release(lab, "--limit", "behind")

    assert done.status == 0, done.output
    assert is_well(behind)
    assert release(lab, "--limit", "behind").steps("behind") == []


@pytest.mark.slow
def test_a_host_on_another_port(
    lab: Lab, hello_host: HelloHost, change: Change, tmp_path: Path
) -> None:
    host = hello_host("port")
    jump.port_2222(host)
    known = jump.known_hosts(tmp_path / "known_hosts", *jump.on_2222(host))

    change(ssh_port=2222, ssh_known_hosts_file=str(known))
    done = release(lab)

    assert done.status == 0, done.output
    assert is_well(host)


@pytest.mark.parametrize("user", ["root", "admin"])
@pytest.mark.slow
def test_a_forwarded_agent_opens_a_private_repository(
    lab: Lab, hello_host: HelloHost, change: Change, agent: Path, user: str
) -> None:
    assert agent.exists()
    host = hello_host("agent", user=user)
    sudo = {"_preserve_sudo_env": True} if user != "root" else {}
    change(hello_deploy_key=None, ssh_forward_agent=True, **sudo)

    done = release(lab)

    assert done.status == 0, done.output
    assert is_well(host)
    assert host.run("ls /etc/changeover/hello", user="root").stdout.split() == ["known_hosts"]
    assert host.run("ls -d /tmp/ssh-*", check=False).stdout == ""


@pytest.mark.slow
def test_settings_of_two_hosts_of_one_group(
    lab: Lab, hello_host: HelloHost, tmp_path: Path
) -> None:
    left, right = hello_host("left"), hello_host("right")
    own: dict[str, dict[str, object]] = {
        left.name: {"hello_domain": "left.test", "hello_keep_releases": 2},
        right.name: {"hello_domain": "right.test"},
    }
    hosts = [
        (host.name, connection(host) | app_data(lab, host) | own[host.name])
        for host in (left, right)
    ]
    inventory = tmp_path / "prod.py"
    inventory.write_text(f"hello = {hosts!r}\n")
    folder = tmp_path / "group_data"
    folder.mkdir()
    (folder / "prod.py").write_text("hello_keep_releases = 3\n")
    (folder / "hello.py").write_text("hello_keep_releases = hello_health_timeout_seconds = 4\n")
    (folder / "all.py").write_text(
        "hello_keep_releases = hello_health_timeout_seconds = hello_minimum_free_megabytes = 5\n"
    )

    def values(*options: str) -> list[list[int]]:
        debug = [PYINFRA, str(inventory), "debug-inventory", "--json", *options]
        said = subprocess.run(debug, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        keys = ("keep_releases", "health_timeout_seconds", "minimum_free_megabytes")
        return [[host["data"][f"hello_{key}"] for key in keys] for host in json.loads(said)]

    assert values() == [[2, 4, 5], [3, 4, 5]]
    assert values("--data", "hello_keep_releases=7") == [[7, 4, 5], [7, 4, 5]]
    done = release(lab, inventory=inventory)
    assert done.status == 0, done.output
    assert [is_well(left, "left.test"), is_well(right, "right.test")] == [True, True]
    sites = [host.run("cat /etc/nginx/sites-enabled/hello*").stdout for host in (left, right)]
    assert ["left.test" in site for site in sites] == [True, False]

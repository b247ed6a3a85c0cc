"""A hostile app: it does not end, leaves processes elsewhere, fills what is everybody's."""

import time
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import Run, get

pytestmark = [pytest.mark.lab, pytest.mark.slow]

APP = "playmaker"
UNIT = "playmaker.service"
# ignores SIGTERM, whatever uvicorn does, and has another process that forks for as long as it lives
STAYS = """
import os, signal, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal = lambda *_: None
def forks():
    signal.set_wakeup_fd(-1)
    while True:
        try:
            if os.fork():
                time.sleep(0.01)
                continue
            time.sleep(5)
            os._exit(0)
        except OSError:
            time.sleep(0.01)
if os.fork() == 0:
    forks()
"""
# what would start processes outside of the unit, or fill what is the whole host's
REACHES = """
import os, socket, subprocess
def tried():
    for path in ("/run/dbus/system_bus_socket", "/run/systemd/private"):
        try:
            socket.socket(socket.AF_UNIX).connect(path)
            yield path
        except OSError:
            pass
    for folder in ("/run", "/run/lock", "/run/changeover-started", "/run/user"):
        try:
            open(f"{folder}/attack", "w").close()
            yield folder
        except OSError:
            pass
    open("/dev/shm/attack", "w").close()
    if subprocess.run(["loginctl", "enable-linger"], capture_output=True).returncode == 0:
        yield "linger"
with open("/srv/playmaker/shared/attacked", "w") as file:
    print(*tried(), "end", file=file)
"""


# what psutil, os.cpus(), os.networkInterfaces(), Matplotlib and others do
ASKS = """
import os, pathlib, socket
for path in ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg"):
    assert pathlib.Path(path).read_text()
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()
for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
    folder = pathlib.Path(os.environ[name], "matplotlib")
    folder.mkdir(exist_ok=True)
    (folder / "fonts").write_text("x")
"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which v1 serves."""
    made = lab.up("staying", groups=[APP], layer=releases.layer(lab, "v1"))
    try:
        yield made
    finally:
        lab.down("staying")


def release(lab: Lab, host: LabHost, ref: str) -> Run:
    settings = {"playmaker_ref": ref, "playmaker_domain": releases.DOMAIN}
    return releases.pyinfra(lab, "release", "--limit", host.name, **settings)


def push(lab: Lab, name: str, base: str, code: str) -> None:
    main = releases.ROOT / f"tests/apps/playmaker/{base}/app/main.py"
    changes: dict[str, str | None] = {"app/main.py": f"{main.read_text()}\n{code}\n"}
    lab.origin.push(APP, changes, name, branch=name, base=base)


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout


def outside(host: LabHost) -> list[str]:
    """Return the app's processes that its unit does not have."""
    own = f"grep -q {UNIT} /proc/$p/cgroup"
    return as_root(host, f"pgrep -u {APP} | while read p; do {own} || echo $p; done").split()


def is_well(host: LabHost) -> bool:
    return get(host, "/api/health")[0] == 200


def test_an_app_reaches_nothing_that_starts_processes_elsewhere(lab: Lab, host: LabHost) -> None:
    push(lab, "reaching", "v1", REACHES)

    done = release(lab, host, "reaching")

    assert done.status == 0, done.output
    assert as_root(host, "cat /srv/playmaker/shared/attacked").split() == ["end"]
    assert "attack" not in as_root(host, "ls /dev/shm")
    assert is_well(host)


def test_libraries_may_ask_about_the_host_and_keep_a_cache(lab: Lab, host: LabHost) -> None:
    push(lab, "asking", "v1", ASKS)

    done = release(lab, host, "asking")

    assert done.status == 0, done.output
    cache = "/var/cache/changeover-apps/playmaker"
    said = as_root(host, f"stat -c '%U %a' {cache} {cache}/own; cat {cache}/own/matplotlib/fonts")
    assert said.split() == ["root", "755", "playmaker", "750", "x"]
    assert is_well(host)


def test_an_app_that_never_ends_is_stopped_for_a_migration(lab: Lab, host: LabHost) -> None:
    """It ignores SIGTERM, forks without pause, may take for ever, and left a process elsewhere."""
    push(lab, "staying", "v1", STAYS)
    done = release(lab, host, "staying")
    assert done.status == 0, done.output
    drop_in = "[Service]\\nTimeoutStopSec=infinity\\nExecStop=/bin/sleep infinity\\n"
    folder = f"/etc/systemd/system/{UNIT}.d"
    as_root(host, f"mkdir -p {folder}; printf '{drop_in}' > {folder}/slow.conf")
    as_root(host, "systemctl daemon-reload")
    stays = "trap '' TERM HUP; while :; do sleep 1; done"
    host.run(f'setsid sh -c "{stays}" > /dev/null 2>&1 &', user=APP)
    assert outside(host)

    began = time.monotonic()
    done = release(lab, host, "v2")

    assert done.status == 0, done.output
    assert time.monotonic() - began < 300
    assert outside(host) == []
    assert as_root(host, f"systemctl show -p ActiveState --value {UNIT}") == "active\n"
    assert is_well(host)


def test_an_undo_does_not_wait_for_it_either(lab: Lab, host: LabHost) -> None:
    push(lab, "failing", "v2", STAYS + "\nraise SystemExit(1)")

    began = time.monotonic()
    done = release(lab, host, "failing")

    assert done.status != 0, done.output
    assert "serves as before" in done.output
    assert time.monotonic() - began < 400
    assert is_well(host)

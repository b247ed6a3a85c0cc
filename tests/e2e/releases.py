"""Running deploy files against lab hosts as a user would, and reading what pyinfra printed."""

import hashlib
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

from changeover.lab import Lab, LabError, LabHost
from changeover.lab import layer as layers
from changeover.lab.files import locked

ROOT = Path(__file__).parent.parent.parent
PYINFRA = str(Path(sys.executable).parent / "pyinfra")
DOMAIN = "playmaker.test"
BY_SOCKET = "systemctl disable -q --now ssh.service && systemctl enable -q --now ssh.socket"
"""Has sshd started by systemd when somebody connects, as Ubuntu does."""
ONCE_A_BOOT = ["System | Give it swap", "Host | Let a new connection in, and commit"]
"""What provisioning does after a boot of a lab host: its kernel refuses swap, as that of others may
no longer do after a boot."""
_YOUNG_SECONDS = 2 * 3600
_APPS = ("playmaker", "jersey_events")
# states of a host, each with the one that it is made of
_BELOW = {"provisioned": None, "v1": "provisioned", "v2": "v1", "v3": "v2"}

_STARTED = re.compile(r"--> Starting operation: (?:deploys/)?(?P<name>.*?)\s*$")
_ENDED = re.compile(r"\s+\[(?P<host>[^\]]+)\]\s+(?P<how>Success|No changes|Error|Skipped)\b")
_PLANNED = re.compile(r"\s+(?:deploys/)?(?P<name>\S+\.py \| .*?)\s+(?P<count>\d+|-) .*")


@dataclass(frozen=True)
class Run:
    """What a run of pyinfra printed and how it ended."""

    status: int
    output: str

    def steps(self, host: str, how: str = "Success") -> list[str]:
        """Return the operations that ended so on a host, in order, without the app's file name."""
        found, current = [], ""
        for line in self.output.splitlines():
            if started := _STARTED.match(line):
                current = started["name"]
            elif (ended := _ENDED.match(line)) and ended["host"] == host and ended["how"] == how:
                found.append(_short(current))
        return found

    def planned(self) -> list[str]:
        """Return the operations that ``--dry`` says would change something, in order."""
        rows = (_PLANNED.match(line) for line in self.output.splitlines())
        return [_short(row["name"]) for row in rows if row and row["count"] != "-"]


def _short(name: str) -> str:
    """Return ``Phase | Operation``."""
    return " | ".join(name.split(" | ")[-2:])


def pyinfra(lab: Lab, deploy: str, *options: str, **data: str) -> Run:
    """Run a deploy file against all hosts of a lab; ``data`` becomes --data."""
    with start(lab, deploy, *options, **data) as process:
        output, _ = process.communicate(timeout=600)
    return Run(process.returncode, output)


def start(lab: Lab, deploy: str, *options: str, **data: str) -> "subprocess.Popen[str]":
    """Begin to run a deploy file; the caller waits for it, or kills it."""
    values = [part for key, value in data.items() for part in ("--data", f"{key}={value}")]
    mode = () if "--dry" in options else ("-y",)
    return subprocess.Popen(
        [PYINFRA, *mode, "inventories/lab.py", f"deploys/{deploy}.py", *options, *values],
        cwd=ROOT,
        env=environment(lab),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def checks(lab: Lab, host: LabHost, *options: str, writes: bool = True) -> Run:
    """Run the checks that users run after a deploy, as they do."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--pyargs", "changeover.checks", "tests/checks"]
    command += ["--inventory", "inventories/lab.py", "--limit", host.name]
    command += ["--writes"] if writes else []
    done = subprocess.run(
        [*command, "--backup-max-age-days", "30", *options],
        cwd=ROOT,
        env=environment(lab),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def environment(lab: Lab) -> dict[str, str]:
    """Return the environment in which pyinfra finds the hosts of a lab."""
    return {**os.environ, "CHANGEOVER_LAB": str(lab.number), "PYINFRA_PROGRESS": "off"}


def get(host: LabHost, path: str, domain: str = DOMAIN) -> tuple[int, str]:
    """Return status and body of a page, asked of the host's nginx as a visitor would."""
    return request(host, path, domain=domain)


def request(
    host: LabHost, path: str, *, body: bytes | None = None, domain: str = DOMAIN
) -> tuple[int, str]:
    """Return status and body; with a body it is a POST of JSON."""
    headers = {"Host": domain, "Accept": "text/html"}
    if body is not None:
        headers |= {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"http://{host.address}{path}", data=body, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def layer(lab: Lab, state: str, app: str = "playmaker", kind: str = "", **data: str) -> str:
    """
    Return the name of a layer on which an app is ``provisioned``, or released: ``v1`` to ``v3``.

    It is made when it is not there; its name holds a digest of all that it is made of. ``kind``
    names what ``data``, which becomes --data, says otherwise than the lab.
    """
    name = f"{app}-{kind}-{state}-{_digest(app)}".replace("--", "-")
    below = _BELOW[state]
    beneath = layer(lab, below, app, kind, **data) if below else None
    with locked(name):  # layers are shared by all labs of a machine
        if not lab.has_layer(name):
            ref = {f"{app}_ref": state} if beneath else {}
            settings = {f"{app}_domain": DOMAIN, **data, **ref}
            _make_layer(lab, name, lab.up(f"making-{state}", groups=[app], layer=beneath), settings)
    return name


def _make_layer(lab: Lab, name: str, host: LabHost, settings: dict[str, str]) -> None:
    # a host that is made one for the internet knows the operator's address, which each lab has anew
    deploy = "release" if host.record.layer else "../tests/e2e/carrying_deploy"
    made = pyinfra(lab, deploy, "--limit", host.name, **settings)
    if made.status != 0:
        raise AssertionError(made.output)
    lab.snapshot(host.name, name)
    lab.down(host.name)


def drop_old_layers(lab: Lab) -> None:
    """
    Remove layers that were made of another state of the project and that nobody uses.

    Young ones stay: another run, of another state, may be about to use them.
    """
    young = time.time() - _YOUNG_SECONDS
    # the newest first: a layer that another one stands on is in use
    for app, state in product(_APPS, reversed(_BELOW)):
        for name in lab.layers():
            old = (layers.folder() / name).stat().st_mtime < young
            ours = name.startswith(f"{app}-") and f"-{state}-" in name
            if old and ours and not name.endswith(_digest(app)):
                with suppress(LabError):
                    lab.drop_layer(name)


@cache
def _digest(app: str) -> str:
    digest = hashlib.sha256()
    for folder in ("tasks", "deploys", "group_data", f"tests/apps/{app}"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]

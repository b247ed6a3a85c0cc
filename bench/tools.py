"""The tools that release: each on a lab host of its own, measured from start to end."""

import os
import pprint
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bench.hosts import APP, BRANCH, BenchError, capistrano_controller
from changeover.lab import Lab, LabHost, environment, inventory, ssh
from tests.e2e import releases

HERE = Path(__file__).parent
OWNER = "deploy"


class Tool(Protocol):
    """A way to release."""

    name: str

    def prepare(self, host: LabHost) -> None:
        """Do what is done once, before the first release."""

    def release(self, host: LabHost) -> float:
        """Release the tip of the branch, and return how many seconds it took."""


class Changeover:
    """The project itself, from this machine, as its user types it."""

    name = "changeover"

    def __init__(self, lab: Lab, scratch: Path, keep: int) -> None:
        """Use a folder for what a user keeps beside the checkout."""
        self._lab = lab
        self._scratch = scratch
        self._keep = keep

    def prepare(self, host: LabHost) -> None:
        """Write the inventory and the environment, and provision."""
        self.knows(host)
        self.provision()

    def knows(self, host: LabHost) -> None:
        """Write the inventory and the environment."""
        secrets = self._scratch / "playmaker.env"
        secrets.touch(0o600)
        secrets.write_text("\n".join(environment.lines(self._lab.number, APP)) + "\n")
        data = inventory.connection(host) | {
            "playmaker_domain": releases.DOMAIN,
            "playmaker_env_file": str(secrets),
            "playmaker_repository": self._lab.origin.url(APP),
            "playmaker_deploy_key": str(self._lab.origin.deploy_key(APP)),
            "playmaker_known_hosts": self._lab.origin.known_hosts(),
            "playmaker_keep_releases": self._keep,
            "playmaker_ref": BRANCH,
        }
        text = pprint.pformat([(host.name, data)])
        (self._scratch / "bench.py").write_text(f"{APP} = {text}\n")

    def provision(self) -> float:
        """Run the deploy file."""
        return self._run("deploys/provision.py")[0]

    def release(self, host: LabHost) -> float:  # noqa: ARG002  it is in the inventory
        """Run the deploy file."""
        return self._run("deploys/release.py")[0]

    def channels(self, deploy: str) -> int:
        """Run a deploy file, and return how many ssh channels that opened."""
        said = self._run(deploy, "--data", "changeover_channels=true")[1]
        return int(said.rpartition(" ssh channels")[0].rpartition(" ")[2])

    def _run(self, deploy: str, *options: str) -> tuple[float, str]:
        own = {"PYINFRA_PROGRESS": "off", "XDG_CACHE_HOME": str(self._scratch / "cache")}
        command = [releases.PYINFRA, "-y", str(self._scratch / "bench.py"), deploy, *options]
        return _timed(command, environment=own)


class Shell:
    """A script of one's own, over one ssh from this machine."""

    name = "shell"

    def __init__(self, lab: Lab) -> None:
        """Release from the lab's origin."""
        self._lab = lab

    def prepare(self, host: LabHost) -> None:
        """Set the host up by hand."""
        by_hand(self._lab, host)

    def release(self, host: LabHost) -> float:
        """Run the script."""
        words = ssh.arguments(host.record, user=OWNER)
        script = (HERE / "release.sh").read_text()
        command = [*words, "sh", "-s", "--", BRANCH, self._lab.origin.url(APP)]
        return _timed(command, text=script)[0]


class Capistrano:
    """Debian's Capistrano, from another lab host, on the same bridge."""

    name = "capistrano"

    def __init__(self, lab: Lab) -> None:
        """Have its controller."""
        self._lab = lab
        self._controller = capistrano_controller(lab)
        place = self._controller.root / "srv/bench"
        shutil.copytree(HERE / "capistrano", place, dirs_exist_ok=True)

    def prepare(self, host: LabHost) -> None:
        """Set the host up by hand, and let the controller in."""
        by_hand(self._lab, host)
        key = self._controller.run("cat ~/.ssh/id_rsa.pub").stdout
        host.run(f"cat >> ~{OWNER}/.ssh/authorized_keys", text=key)
        self._controller.run(f"ssh-keyscan {host.address} > ~/.ssh/known_hosts 2> /dev/null")

    def release(self, host: LabHost) -> float:
        """Run its own flow; measured there, without the ssh that leads there."""
        values = {"TARGET": host.address, "REF": BRANCH, "REPOSITORY": self._lab.origin.url(APP)}
        done = self._controller.run(
            f"cd /srv/bench && export {_assignments(values)} && began=$(date +%s%N)"
            " && cap production deploy >&2 && echo $(($(date +%s%N) - began))",
            check=False,
        )
        if done.returncode != 0:
            raise BenchError(f"cap ended with {done.returncode}:\n{done.stderr}")
        return int(done.stdout) / 1e9


def by_hand(lab: Lab, host: LabHost) -> None:
    """Do what a person does on a host once, for a script or for Capistrano."""
    values = {
        "environment": "\n".join(environment.lines(lab.number, APP)),
        "deploy_key": lab.origin.deploy_key(APP).read_text().strip(),
        "known_hosts": lab.origin.known_hosts().strip(),
    }
    script = (HERE / "prepare.sh").read_text()
    host.run("sh -s", text=f"{_assignments(values)}\n{script}")


def _assignments(values: Mapping[str, str]) -> str:
    return " ".join(f"{key}={shlex.quote(value)}" for key, value in values.items())


def _timed(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    text: str = "",
) -> tuple[float, str]:
    began = time.monotonic()
    done = subprocess.run(
        command,
        input=text,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        cwd=releases.ROOT,
        check=False,
    )
    took = time.monotonic() - began
    if done.returncode != 0:
        raise BenchError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return took, done.stdout

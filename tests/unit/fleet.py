"""Fake hosts, repositories and an inventory of them: pyinfra's own command line runs on these."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from gevent.queue import Queue
from pyinfra.api import StringCommand
from pyinfra.connectors.fake import FakeConnector
from pyinfra.connectors.util import CommandOutput, OutputLine

from changeover.facts.commit import TREE
from changeover.hardening.plans.part import Carried, HostTarget, Machine
from changeover.hardening.plans.parts import PARTS
from changeover.operations import hold
from changeover.operations.login_shell import LoginShellError
from changeover.plans.commit import Commit, parse_commit, resolve_script
from changeover.plans.probe import SETTINGS
from changeover.plans.provision.packages import needed_packages
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target, source
from changeover.settings.app import App
from changeover.settings.base import HOST
from changeover.settings.load import load_host, load_values
from tests.unit.facts.answer import answer
from tests.unit.hardening.host_answer import converged, host_answer, machine_answer
from tests.unit.plans.world import ENVIRONMENTS, HELLO, JERSEY, PLAYMAKER

Command = str | StringCommand
ROOT = Path(__file__).parents[2]
INVENTORY = """\
import json
from pathlib import Path

from tests.unit.fleet import observe

observe(Path(__file__).with_suffix(".log"))
groups = json.loads(Path(__file__).with_suffix(".json").read_text())
globals().update({name: [(host, data) for host, data in found] for name, found in groups.items()})
del groups, observe
"""
SOURCES: dict[str, dict[str, str]] = {
    "hello": {"app.py": "print('hello')\n"},
    "jersey_events": {"requirements.txt": "django\n", "manage.py": "import django\n"},
    "playmaker": {
        "requirements.txt": "fastapi\n",
        "frontend/package.json": "{}\n",
        "frontend/package-lock.json": "{}\n",
        "alembic.ini": "[alembic]\n",
        "alembic/versions/0001.py": "revision = '0001'\n",
    },
}
HIDDEN = "hunter2-s3cr3t"
APPS = {"hello": HELLO, "jersey_events": JERSEY, "playmaker": PLAYMAKER}
# How the probe of an app begins, and nothing else that is run on a host.
PROBE = f"{SETTINGS}\napp={{app}}\npackages="
MACHINE = f"{SETTINGS}\n{{\n. /etc/os-release"
SERVER = f"{SETTINGS}\napp={HOST}\n"
REFUSAL = "cat >&2; exit 1"


def observe(log: Path) -> None:
    """Let fake hosts note what they are told to run, and say what they were told to refuse."""
    run = FakeConnector.run_shell_command

    def observed(self: FakeConnector, command: Command, *flags: Any, **more: Any) -> Any:
        text = command if isinstance(command, str) else command.get_masked_value()
        if text.startswith(REFUSAL):
            lines = [OutputLine("stderr", line) for line in more["_stdin"].read().splitlines()]
            return False, CommandOutput(lines)
        if text.startswith(SETTINGS) and self.host.data.get("shell_says"):
            raise LoginShellError(self.host.data.shell_says)
        asks = "@@%s" in text or "host.probe" in text or text.startswith(MACHINE)
        if not asks:
            with log.open("a") as file:
                file.write(json.dumps([self.host.name.removeprefix("@fake/"), text]) + "\n")
        return run(self, command, *flags, **more)

    FakeConnector.run_shell_command = observed  # type: ignore[method-assign]

    def connected(_state: Any, host: Any, _command: str, _arguments: Any) -> "HoldLine":
        return HoldLine(host.name.removeprefix("@fake/"), log)

    setattr(hold, "connect", connected)  # noqa: B010 - the module does not export it


class HoldLine:
    """A hold that notes every script and agrees to all."""

    def __init__(self, name: str, log: Path) -> None:
        """Note into the log under the host's name."""
        self.name, self.log = name, log
        self.answers: Queue[dict[str, Any] | None] = Queue()

    def send(self, **message: Any) -> None:
        """Answer what the host would."""
        if "about" in message:
            self.answers.put({"opened": message["about"]["id"]})
        elif "step" in message:
            with self.log.open("a") as file:
                file.write(json.dumps([self.name, message["step"]["do"]]) + "\n")
            self.answers.put({"done": 0})
        elif "commit" in message:
            self.answers.put({"ended": "committed", "said": "committed"})
            self.answers.put(None)

    def receive(self) -> dict[str, Any] | None:
        """Return the next answer."""
        found: dict[str, Any] | None = self.answers.get()
        return found

    def complaint(self) -> str:
        """Return nothing: there never is one."""
        return ""

    def close(self) -> None:
        """Give up what there is not."""

    def end(self) -> None:
        """End as a host would that undoes."""
        self.answers.put({"ended": "undone", "said": "undone"})
        self.answers.put(None)


@dataclass
class Fleet:
    """A folder with the apps' repositories, and hosts that answer as they were told."""

    folder: Path
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the repositories and environments of all apps, and a checkout to run in."""
        # pyinfra leaves a log where it runs when it fails
        self.checkout.mkdir()
        for name in ("config.py", "deploys", "group_data", "tasks", "tests"):
            (self.checkout / name).symlink_to(ROOT / name)
        for name, files in SOURCES.items():
            self._make_repository(name, files)
        for name, wanted in ENVIRONMENTS.items():
            secret = {key: HIDDEN for key in wanted if key.startswith("SE")}
            lines = (f"{key}={value}\n" for key, value in (wanted | secret).items())
            (self.folder / f"{name}.env").write_text("".join(lines))
            (self.folder / f"{name}.env").chmod(0o600)

    @property
    def checkout(self) -> Path:
        """Where pyinfra runs."""
        return self.folder / "checkout"

    @property
    def inventory(self) -> Path:
        """The file that names the hosts."""
        return self.folder / "fleet.py"

    def data(self, app: str) -> dict[str, Any]:
        """Return the settings of an app."""
        shared = {f"{app}_shared": ["playmaker.db"]} if APPS[app].database else {}
        return {
            f"{app}_repository": str(self.folder / f"{app}.git"),
            f"{app}_domain": f"{app.replace('_', '-')}.example",
            f"{app}_env_file": str(self.folder / f"{app}.env"),
            **shared,
        }

    def target(self, name: str) -> Target:
        """Return what the fleet wants of an app."""
        app: App = APPS[name]
        values = load_values(name, self.data(name))
        cache = str(self.folder / f"{name}.cache")
        script = resolve_script(source(app, values), name, "", cache, TREE)
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        commit: Commit = parse_commit(done.stdout.splitlines())
        return Target(app, values, commit)

    def host(self, name: str, states: dict[str, Snapshot], **data: Any) -> None:
        """Add a host that carries these apps, each in its state."""
        now = int(time.time())
        answers = {
            PROBE.format(app=app): answer(replace(state, clock=now))
            for app, state in states.items()
        }
        answers |= self._server(states, data)
        own: dict[str, Any] = {"fake_responses": answers, "fake_delay": 0, "fake_delay_jitter": 0}
        for app in states:
            own |= self.data(app)
            self.groups.setdefault(app, []).append(name)
        self.hosts[name] = own | data

    def _server(self, apps: Iterable[str], data: dict[str, Any]) -> dict[str, str]:
        """Return what a host says of itself: its own configuration is as it should be."""
        carried = tuple(Carried(APPS[app], load_values(app, self.data(app))) for app in apps)
        host_target = HostTarget(load_host(data), Machine(), carried)
        state = converged([make(host_target) for make in PARTS.values()])
        needed = [needed_packages(Target(one.app, one.values, None)) for one in carried]
        state = replace(state, packages=state.packages.union(*needed))
        return {MACHINE: machine_answer(host_target.machine), SERVER: host_answer(state)}

    def write_inventory(self) -> None:
        """Write the hosts down, once: several runs may read them at the same time."""
        if self.inventory.exists():
            return
        groups = {
            group: [(f"@fake/{name}", self.hosts[name]) for name in names]
            for group, names in self.groups.items()
        }
        self.inventory.with_suffix(".json").write_text(json.dumps(groups))
        self.inventory.write_text(INVENTORY)

    def run(self, deploy: str, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run a deploy file, by default for real."""
        self.write_inventory()
        command = [sys.executable, "-m", "pyinfra", *(options or ("-y",))]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            # runs at the same time must not share git's cache
            "XDG_CACHE_HOME": mkdtemp(dir=self.folder),
            "PYINFRA_PROGRESS": "off",
        }
        return subprocess.run(
            [*command, str(self.inventory), f"deploys/{deploy}.py"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.checkout,
            env=environment,
            timeout=60,
        )

    def executed(self) -> list[tuple[str, str]]:
        """Return each script that hosts ran, with the host, beside the probes."""
        log = self.folder / "fleet.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [(host, script) for host, script in map(json.loads, lines)]

    def _make_repository(self, name: str, files: dict[str, str]) -> None:
        work = self.folder / name
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        for words in (
            ("init", "-q", "-b", "main", str(work)),
            ("-C", str(work), "add", "."),
            ("-C", str(work), *who, "commit", "-q", "-m", "first"),
            ("clone", "-q", "--bare", str(work), str(self.folder / f"{name}.git")),
        ):
            subprocess.run(["git", *words], check=True, capture_output=True)

"""An app's environment on the controller, changed between releases, and what a host makes of it."""

import base64
import json
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, environment
from changeover.lab.inventory import CHANGES
from tests.e2e import load
from tests.e2e.releases import Run

ENV_FILE = "/srv/playmaker/shared/.env"


class Values:
    """The environment file on the controller, private and of this test alone."""

    def __init__(self, path: Path, lab: Lab) -> None:
        self.path = path
        lines = (line.partition("=") for line in environment.lines(lab.number, "playmaker"))
        self.values = {key: value for key, _, value in lines}
        self.write()

    def write(self, **changes: str) -> None:
        """Write the file with some values changed or added."""
        self.values |= changes
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(f"{key}={_quoted(v)}\n" for key, v in self.values.items()))
        self.path.chmod(0o600)


def _quoted(value: str) -> str:
    """Return a value as python-dotenv reads it; each in one line."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@pytest.fixture
def values(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Values:
    """Return the file that releases of this test take the environment from."""
    path = tmp_path / "playmaker.env"
    changes = {"playmaker_env_command": None, "playmaker_env_file": str(path)}
    monkeypatch.setenv(CHANGES, json.dumps(changes))
    return Values(path, lab)


def run_release(
    lab: Lab,
    host: LabHost,
    *options: str,
    ref: str = "v2",
    update: tuple[str, ...] = (),
    **data: str,
) -> Run:
    """Release PlayMaker; the keys of ``update`` are changed on the host."""
    return load.release(lab, host, ref, *options, playmaker_env_update=json.dumps(update), **data)


def release(lab: Lab, host: LabHost, *options: str, ref: str = "v2", update: str = "") -> Run:
    """Release PlayMaker and see it end well."""
    done = run_release(lab, host, *options, ref=ref, update=tuple(update.split()))
    assert done.status == 0, done.output
    return done


def sees_no_changes(lab: Lab, host: LabHost, update: str = "") -> None:
    """Release once more, and see that nothing is done."""
    again = release(lab, host, update=update)
    assert again.steps(host.name) == [], again.output


def text_of(host: LabHost, path: str) -> str:
    return host.run(f"cat {path}").stdout


def process_environment(host: LabHost) -> dict[str, str]:
    """Return what the app's process was given."""
    pid = host.run("systemctl show -p MainPID --value playmaker").stdout.strip()
    given = host.run(f"base64 -w0 /proc/{pid}/environ").stdout
    lines = base64.b64decode(given).decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def starts(host: LabHost) -> int:
    """Return how often the app was started since the host booted."""
    said = host.run("journalctl -q -b -u playmaker.service -o cat --no-pager").stdout
    return said.count("Started playmaker")

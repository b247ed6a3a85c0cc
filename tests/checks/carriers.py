"""The hosts of an inventory with the apps they carry, reached as the inventory says."""

import json
import runpy
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import cache, cached_property
from pathlib import Path
from typing import Any, cast

import pytest
from testinfra.host import Host
from typing_extensions import override

from tasks.plans.engines.protocol import History
from tasks.plans.paths import Paths
from tasks.settings.app import App
from tasks.settings.load import SettingsError, load_values
from tasks.settings.values import Values
from tests.checks.connection import Connection, connection


@dataclass(frozen=True)
class Answer:
    """What the site answered."""

    status: int
    headers: Message
    """Their names match whatever their case."""
    body: str

    def json(self) -> Any:
        """Return the body, parsed."""
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    @override
    def redirect_request(self, *_arguments: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True, eq=False)
class Carrier:
    """One app on one host."""

    name: str
    data: Mapping[str, Any] = field(repr=False)  # may hold a password
    app: App = field(repr=False)
    values: Values = field(repr=False)

    @property
    def id(self) -> str:
        """How pytest names the app on the host."""
        return f"{self.app.name}@{self.name}"

    @property
    def paths(self) -> Paths:
        """The app's paths on the host."""
        return Paths(self.app.name)

    @cached_property
    def connection(self) -> Connection:
        """The way to the host, as the inventory says."""
        return connection(self.name, self.data)

    @cached_property
    def host(self) -> Host:
        """The host, through ssh; with sudo where the inventory says so."""
        return self.connection.host()

    @cached_property
    def history(self) -> History | None:
        """The migrations that the current release knows, oldest first; None where it has none."""
        file = self.host.file(f"{self.paths.current}/.changeover/migrations.json")
        return cast("History", json.loads(file.content_string)) if file.exists else None

    def output(self, command: str, *arguments: str) -> str:
        """Return what a command on the host prints; it must succeed."""
        return cast("str", self.host.check_output(command, *arguments)).strip()

    def ask(self, path: str, method: str = "GET", body: object = None) -> Answer:
        """Return the site's answer to a request from here, by the site's own name."""
        address = self.data.get("ssh_hostname", self.name)
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://{address}{path}",
            data=content,
            method=method,
            headers={"Host": self.values.domain, "Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=15) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())


@cache
def carriers(inventory: str, limits: tuple[str, ...]) -> list[Carrier]:
    """Return every app of every host. Raises pytest.UsageError with what is wrong."""
    found = []
    for host in _inventory(inventory, limits):
        for path in sorted(Path("group_data").glob("*.py")):
            deploy = Path("deploys", path.name)
            if path.stem in host["groups"] and deploy.is_file():
                app = runpy.run_path(str(deploy))["app"]
                try:
                    values = load_values(app.name, host["data"])
                except SettingsError as error:
                    raise pytest.UsageError(f"{host['name']}: {error}") from None
                found.append(Carrier(host["name"], host["data"], app, values))
    if not found:
        raise pytest.UsageError(f"{inventory}: no host carries an app (limits: {limits or 'none'})")
    return found


def _inventory(inventory: str, limits: tuple[str, ...]) -> list[Any]:
    pyinfra = str(Path(sys.executable).parent / "pyinfra")
    options = [part for limit in limits for part in ("--limit", limit)]
    answer = subprocess.run(
        [pyinfra, *options, inventory, "debug-inventory", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return cast("list[Any]", json.loads(answer.stdout))
    except ValueError:
        said = (answer.stderr + answer.stdout).strip().splitlines()
        raise pytest.UsageError(f"{inventory}: {said[-1] if said else 'no answer'}") from None

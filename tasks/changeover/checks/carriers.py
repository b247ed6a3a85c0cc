"""The hosts of an inventory with the apps they carry, reached as the inventory says."""

import json
import runpy
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from functools import cache, cached_property
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, cast

import pytest
from testinfra.host import Host

from changeover.checks.connection import Connection, connection
from changeover.plans import processes, tls
from changeover.plans.migrations.steps import History, kept
from changeover.plans.paths import Paths
from changeover.plans.probe_answer import parse_processes
from changeover.plans.snapshot import Process
from changeover.plans.target import Target
from changeover.run import diagnostics
from changeover.settings.app import App
from changeover.settings.load import SettingsError, load_values
from changeover.settings.values import Values

_OK = 200


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

    @property
    def target(self) -> Target:
        """The app with its values, whatever commit is wanted."""
        return Target(self.app, self.values, None)

    @property
    def processes(self) -> dict[str, Process]:
        """What runs on the host, as its engine tells it."""
        text = f"{processes.probe_text(self.target)}\ntell_processes"
        return parse_processes(self.output("bash --norc -c %s", text).splitlines())

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
        return kept(json.loads(file.content_string)).steps if file.exists else None

    def output(self, command: str, *arguments: str) -> str:
        """Return what a command on the host prints; it must succeed."""
        done = self.host.run(command, *arguments)
        what = command.replace("%s", "{}").format(*arguments)
        assert done.rc == 0, f"{self.name}: {what} ended with {done.rc}: {done.stderr.strip()}"
        return cast("str", done.stdout).strip()

    def said(self, command: str, *arguments: str) -> tuple[int, str]:
        """
        Return how a command on the host ended, and all that it said.

        Its standard error comes as its output does: ssh's own has what sshd says to everybody, too.
        """
        done = self.host.run(f"{command} 2>&1", *arguments)
        return done.rc, cast("str", done.stdout).strip()

    def ask(self, path: str, method: str = "GET", body: object = None) -> Answer:
        """Return the site's answer to a request from here, by the site's own name."""
        content = None if body is None else json.dumps(body).encode()
        connection = HTTPConnection(self.address, timeout=15)
        if self.values.tls != tls.OFF:
            connection.sock = self.secured()
        connection.request(
            method,
            path,
            body=content,
            headers={"Host": self.values.domain, "Content-Type": "application/json"},
        )
        with closing(connection):
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    def health(self) -> dict[str, Any]:
        """Return what the app says of itself; whatever else it answers fails, in words."""
        path = self.app.health.path
        answer = self.ask(path)
        assert answer.status == _OK, f"{path} answers {answer.status}: {answer.body[:300]}"
        try:
            return dict(answer.json())
        except (TypeError, ValueError):
            raise AssertionError(f"{path} answers no JSON object: {answer.body[:300]}") from None

    @property
    def address(self) -> str:
        """Where the site is reached, whatever its name leads to."""
        return str(self.data.get("ssh_hostname", self.name))

    def secured(self, name: str = "") -> ssl.SSLSocket:
        """Return a connection by https; whether its certificate is good is a check of its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection((self.address, 443), timeout=15)
        return context.wrap_socket(plain, server_hostname=name or self.values.domain)


@cache
def carriers(inventory: str, limits: tuple[str, ...]) -> list[Carrier]:
    """Return every app of every host. Raises pytest.UsageError with what is wrong."""
    found = []
    for host in _inventory(inventory, limits):
        for path in sorted(Path("group_data").glob("*.py")):
            deploy = Path("deploys", path.name)
            if path.stem in host["groups"] and deploy.is_file():
                app = _declared(deploy)
                try:
                    values = load_values(app.name, host["data"])
                except SettingsError as error:
                    raise pytest.UsageError(f"{host['name']}: {error}") from None
                found.append(Carrier(host["name"], host["data"], app, values))
    if not found:
        limit = f", or none of --limit {' '.join(limits)}" if limits else ""
        raise pytest.UsageError(f"{inventory}: no host of it carries an app{limit}")
    return found


def _declared(deploy: Path) -> App:
    try:
        return cast("App", runpy.run_path(str(deploy))["app"])
    except Exception as error:
        if problems := diagnostics.problems(error):
            raise pytest.UsageError("\n".join(problems)) from None
        raise


def _inventory(inventory: str, limits: tuple[str, ...]) -> list[Any]:
    if not Path(inventory).is_file():
        raise pytest.UsageError(f"--inventory {inventory}: there is no such file here")
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

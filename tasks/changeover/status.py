"""What is so on each host, for people and for programs."""

import json
import sys
from typing import Any

from pyinfra import host, state
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from changeover.facts import run
from changeover.host.shown_text import shown
from changeover.operations import status
from changeover.plans.status_text import rows
from changeover.run.phase import phase
from changeover.settings.app import App

JSON = "json"

_WIDTH = 160  # where nobody looks: lines are not broken for a file or a pipe


class AtTheEnd(BaseStateCallback):
    """Prints what all hosts told, once, when the run is over."""

    _printed = False

    @override
    def host_disconnect(self, state: State, host: Host) -> None:  # type: ignore[override]
        """Print at the first host that disconnects: all have told by then."""
        if not self._printed:
            self._printed = True
            _print(state, as_json=bool(host.data.get(JSON)))


@phase("Status")
def tell(app: App) -> None:
    """Ask the host, and print at the end of the run. Reads only, also with --dry."""
    if not any(isinstance(handler, AtTheEnd) for handler in state.callback_handlers):
        state.add_callback_handler(AtTheEnd())
    found = status.ask(app)
    if found:
        run.this.statuses.setdefault(host.name, []).append(found)


def _print(state: State, *, as_json: bool) -> None:
    hosts = [other for other in state.inventory if state.is_host_in_limit(other)]
    found = [_host(state, other) for other in hosts]
    if as_json:
        sys.stdout.write(json.dumps({"hosts": found}, indent=2, sort_keys=True) + "\n")
    else:
        console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
        for one in found:
            _show(console, one)
    sys.stdout.flush()


def _host(state: State, other: Host) -> dict[str, Any]:
    apps = sorted(run.this.statuses.get(other.name, ()), key=lambda report: str(report["app"]))
    problem = None
    if other not in state.activated_hosts:
        problem = "cannot be reached"
    elif other in state.failed_hosts:
        problem = "did not answer everything that it was asked"
    return {"host": other.name, "problem": problem, "apps": apps}


def _show(console: Console, found: dict[str, Any]) -> None:
    heading = Text(found["host"], style="bold")
    for report in found["apps"][:1]:
        disk = report["disk"]
        heading.append(
            f": {disk['free_megabytes']} of {disk['total_megabytes']} MB free", "default"
        )
    if found["problem"]:
        heading.append(f": {found['problem'].upper()}", "bold red")
    console.print(heading)
    for report in found["apps"]:
        console.print(Text(f"  {report['app']}", style="bold cyan"))
        grid = Table.grid(padding=(0, 2))
        for label, text in rows(report):
            loud = label == "PROBLEM" or (label == "release" and report["stuck"])
            grid.add_row("  ", label, Text(shown(text), style="red" if loud else ""))
        console.print(grid)

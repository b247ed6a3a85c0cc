"""A second connection to a host, made as the first was, to see that a person still gets in."""

import shlex
import time
from typing import Any

import gevent
from pyinfra import logger
from pyinfra.api import StringCommand
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from typing_extensions import override

VARIABLE = "PYINFRA_SUDO_PASSWORD"

_READ = f"IFS= read -r {VARIABLE} && export {VARIABLE} && "
_SECONDS = 40
_PAUSE_SECONDS = 2


def password(host: Host) -> str:
    """Return the host's password for sudo, "" where none is known."""
    return str(
        host.data.get("_sudo_password") or host.connector_data.get("prompted_sudo_password") or ""
    )


def send_password_on_stdin(host: Host, client: Any) -> None:
    """Let a connection's commands read sudo's password, instead of having it among their words."""
    execute = client.exec_command

    def executing(command: str, *arguments: Any, **keywords: Any) -> Any:
        secret = password(host)
        shown = f"{VARIABLE}={shlex.quote(secret)} "
        hidden = secret and command.startswith("env SUDO_ASKPASS=") and shown in command
        if not hidden:
            return execute(command, *arguments, **keywords)
        found = execute(_READ + command.replace(shown, "", 1), *arguments, **keywords)
        found[0].write(f"{secret}\n")
        found[0].flush()
        return found

    client.exec_command = executing


class Confirm(PyinfraCommand):
    """Gets in anew, over a connection of its own, with the user, key and sudo of the run."""

    @override
    def execute(self, state: State, host: Host, connector_arguments: Any) -> bool:
        """Try until it succeeds or its time is over; say why it did not."""
        why = "no answer"
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            with gevent.Timeout(end - time.monotonic(), False):
                why = _try(state, host, dict(connector_arguments))
                if not why:
                    return True
            gevent.sleep(_PAUSE_SECONDS)
        host.log(f"a new connection does not get in ({why}): all is put back", logger.error)
        return False


def _try(state: State, host: Host, arguments: dict[str, Any]) -> str:
    """Return why it does not get in, "" where it does."""
    if getattr(host.connector, "client", None) is None:
        return ""  # not reached by ssh
    connector = host.connector_cls(state, host)
    try:
        connector.connect()
    except ConnectError as error:
        return str(error)
    client = connector.client  # type: ignore[attr-defined]
    try:
        send_password_on_stdin(host, client)
        done, output = connector.run_shell_command(StringCommand("true"), **arguments)
        return "" if done else f"its command fails: {output.stderr}"
    finally:
        client.close()

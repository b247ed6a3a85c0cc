"""A second connection to a host, made as the first was, to see that a person still gets in."""

import time
from typing import Any

import gevent
from pyinfra import logger
from pyinfra.api import StringCommand
from pyinfra.api.command import PyinfraCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import make_unix_command_for_host
from typing_extensions import override

from changeover.hardening.plans.part import Login
from changeover.operations import login_shell
from changeover.operations.line import NOT_WRAPPING
from changeover.operations.login_shell import LoginShellError
from changeover.operations.sudo_password import send_password_on_stdin

_SECONDS = 40
_PAUSE_SECONDS = 2


def login(host: Host) -> Login:
    """Return how pyinfra got into a host; nothing is known of one that is not reached by ssh."""
    client: Any = getattr(host.connector, "client", None)
    transport = client.get_transport() if client else None
    if transport is None or transport.auth_handler is None:
        return Login()
    used, shown = transport.auth_handler, transport.get_remote_server_key()
    port = int(host.data.get("ssh_port") or 22)
    for name in (host.data.get("ssh_hostname"), host.name):
        known = client.get_host_keys().lookup(name if port == 22 else f"[{name}]:{port}") or {}
        if known.get(shown.get_name()) == shown:
            break
        known = {}  # somebody else's, or of a name that only ssh's own configuration has
    return Login(
        key=used.private_key.get_base64() if used.auth_method == "publickey" else "",
        password=used.auth_method in ("password", "keyboard-interactive"),
        host_key=shown.get_name(),
        known=tuple(known),
    )


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
        login_shell.prepare(client, logger.debug)
        send_password_on_stdin(host, client)
        wrapping = {key: value for key, value in arguments.items() if key not in NOT_WRAPPING}
        command = make_unix_command_for_host(state, host, StringCommand("true"), **wrapping)
        # past pyinfra, which would ask a person for a password that sudo did not want before
        _, out, errors = client.exec_command(command.get_raw_value())
        said = errors.read().strip()
        return "" if out.channel.recv_exit_status() == 0 else said or "its command fails"
    except LoginShellError as error:
        return str(error)
    finally:
        client.close()

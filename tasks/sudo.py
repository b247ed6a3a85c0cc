"""Sudo with a password: never on a command line of the host, never in output, refused clearly."""

import logging
import shlex
from typing import Any

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from typing_extensions import override

_VARIABLE = "PYINFRA_SUDO_PASSWORD"
_READ = f"IFS= read -r {_VARIABLE} && export {_VARIABLE} && "

_seen: set[str] = set()


def prepare(host: Host) -> None:
    """
    Make sudo safe to use on a connected host, and see that it works; once a run.

    Raises PyinfraError, before anything is changed, when sudo lets us do nothing.
    """
    if host.name in _seen or not host.data.get("_sudo"):
        return
    _seen.add(host.name)
    client = getattr(host.connector, "client", None)
    if client:
        _send_password_on_stdin(host, client)
    # pyinfra logs the arguments of each deploy, with the password, at --debug
    logger.addFilter(_Mask(host))
    _try(host)


def _password(host: Host) -> str:
    return str(
        host.data.get("_sudo_password") or host.connector_data.get("prompted_sudo_password") or ""
    )


def _send_password_on_stdin(host: Host, client: Any) -> None:
    execute = client.exec_command

    def executing(command: str, *arguments: Any, **keywords: Any) -> Any:
        password = _password(host)
        shown = f"{_VARIABLE}={shlex.quote(password)} "
        hidden = password and command.startswith("env SUDO_ASKPASS=") and shown in command
        if not hidden:
            return execute(command, *arguments, **keywords)
        found = execute(_READ + command.replace(shown, "", 1), *arguments, **keywords)
        found[0].write(f"{password}\n")
        found[0].flush()
        return found

    client.exec_command = executing


class _Mask(logging.Filter):
    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        password, text = _password(self.host), record.getMessage()
        if password and (password in text or repr(password) in text):
            for shown in (repr(password), password):
                text = text.replace(shown, "*MASKED*")
            record.msg, record.args = text, ()
        return True


def _try(host: Host) -> None:
    why = "it asks for a password, and there is no terminal to ask you at"
    try:
        done, output = host.run_shell_command(
            "true", _sudo=True, _sudo_password=host.data.get("_sudo_password")
        )
        if done:
            return
        why = (output.stderr_lines or ["no reason given"])[-1].removeprefix("sudo: ")
    except EOFError:
        pass
    raise PyinfraError(
        f"{host.name}: sudo does not work: {why};"
        " set _sudo_password in the inventory, or type the right one when asked"
    )

"""Sudo with a password: never on a command line of the host, never in output, refused clearly."""

import logging

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from typing_extensions import override

from changeover.facts import run
from changeover.host.shown_text import shown
from changeover.operations.login_shell import LoginShellError
from changeover.operations.sudo_password import password, send_password_on_stdin


def prepare(host: Host) -> None:
    """
    Make sudo safe to use on a connected host, and see that it works; once a run.

    Raises PyinfraError, before anything is changed, when sudo lets us do nothing.
    """
    if host.name in run.this.sudo_tried or not host.data.get("_sudo"):
        return
    run.this.sudo_tried.add(host.name)
    for name in ("_use_sudo_login", "_use_su_login"):
        if host.data.get(name):
            raise PyinfraError(
                f"{host.name}: {name}: a login shell of root's would mix its own words into what"
                " commands say; take it out of the inventory"
            )
    client = getattr(host.connector, "client", None)
    if client:
        send_password_on_stdin(host, client)
    # pyinfra logs the arguments of each deploy, with the password, at --debug
    logger.addFilter(_Mask(host))
    _try(host)


class _Mask(logging.Filter):
    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        secret, text = password(self.host), record.getMessage()
        if secret and (secret in text or repr(secret) in text):
            for shown in (repr(secret), secret):
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
        why = shown((output.stderr_lines or ["no reason given"])[-1]).removeprefix("sudo: ")
    except EOFError:
        pass
    except LoginShellError as error:
        raise PyinfraError(f"{host.name}: {error}") from None
    raise PyinfraError(
        f"{host.name}: sudo does not work: {why};"
        " set _sudo_password in the inventory, or type the right one when asked"
    )

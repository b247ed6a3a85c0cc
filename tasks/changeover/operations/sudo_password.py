"""Sudo's password: handed over on stdin, never among the words of a command."""

import shlex
from typing import Any

from paramiko import SSHException
from pyinfra.api.host import Host

VARIABLE = "PYINFRA_SUDO_PASSWORD"

_READ = f"IFS= read -r {VARIABLE} && export {VARIABLE} && "


def password(host: Host) -> str:
    """Return the host's password for sudo, "" where none is known."""
    return str(
        host.data.get("_sudo_password") or host.connector_data.get("prompted_sudo_password") or ""
    )


def without_password(command: str, secret: str) -> str | None:
    """Return a command of pyinfra's without sudo's password, None where it has none to take out."""
    shown = f"{VARIABLE}={shlex.quote(secret)} "
    if not (secret and command.startswith("env SUDO_ASKPASS=") and shown in command):
        return None
    return command.replace(shown, "", 1)


class PasswordInWordsError(SSHException):
    """A command has sudo's password among its words, in a form that is not known here."""


def send_password_on_stdin(host: Host, client: Any) -> None:
    """
    Let a connection's commands read sudo's password, instead of having it among their words.

    A command that has it there in a form of another pyinfra raises PasswordInWordsError, and is
    not run: everybody on the host could read it.
    """
    execute = client.exec_command

    def executing(command: str, *arguments: Any, **keywords: Any) -> Any:
        secret = password(host)
        rest = without_password(command, secret)
        if secret and rest is None and f"{VARIABLE}=" in command:
            raise PasswordInWordsError(
                "this pyinfra hands over sudo's password in a way that is not known here, so it was"
                " not sent: install the pyinfra that Changeover asks for"
            )
        if rest is None:
            return execute(command, *arguments, **keywords)
        found = execute(_READ + rest, *arguments, **keywords)
        found[0].write(f"{secret}\n")
        found[0].flush()
        return found

    client.exec_command = executing

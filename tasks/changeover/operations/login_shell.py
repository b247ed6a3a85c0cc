"""
Commands over ssh, whatever the user's login shell is, and whatever that says.

sshd hands a command to the login shell, which reads its own files first: bash reads ``.bashrc``,
zsh ``.zshenv``. What these print would be taken for the command's own words, and a shell that is
none of POSIX's (fish, csh) reads quotes otherwise. So each command is run by ``sh``, in a form that
all shells read the same, after a line that nobody can know before: what comes first is not ours.
"""

import base64
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

from paramiko import SSHException

from changeover.host.shown_text import shown

_SECONDS = 60
_MOST_BYTES = 1 << 20
_SHOWN_LETTERS = 300
# csh takes no longer word; all together may be as long as the kernel allows
_WORD = 4000
# it may leave out where the system's own programs are; and a bash that thinks to be the first below
# sshd would read .bashrc once more, after the mark
_SET = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin SHLVL=2; export PATH SHLVL"
_RUN = _SET + '; c=$(printf %s "$@" | base64 -d); set --; (eval "$c"); s=$?'
# what a login shell leaves in the background keeps both open: their end is said, not waited for
_END = 'printf "%s\\n" "$m."; printf "%s\\n" "$m." >&2; exit "$s"'


class LoginShellError(SSHException):
    """The login shell did not come to the command."""


def prepare(client: Any, say: Callable[[str], object]) -> None:
    """
    Have every command of a connection be run so; once a connection.

    ``say`` is told what pyinfra does not tell: of a command that fails without a word, and of one
    whose end nobody tells.
    """
    execute = client.exec_command

    def executing(command: str, *arguments: Any, **keywords: Any) -> Any:
        mark = secrets.token_hex(16)
        to, out, _ = execute(wrapped(command, mark), *arguments, **keywords)
        channel = out.channel
        words, errors = Words(channel, "makefile", mark), Words(channel, "makefile_stderr", mark)
        _begin(channel, words, errors, mark)
        words.channel = _Ending(channel, (words, errors), say)
        return to, words, errors

    client.exec_command = executing


def wrapped(command: str, mark: str) -> str:
    """Return a command that any shell can read, which prints the mark and then runs another."""
    text = base64.b64encode(command.encode()).decode()
    words = [text[at : at + _WORD] for at in range(0, len(text), _WORD)]
    return " ".join([f"/bin/sh -c 'm={mark}; echo; echo $m; {_RUN}; {_END}' sh", *words])


def said_after(mark: str, output: bytes) -> bytes:
    """Return what a command says that was run so. Raises LoginShellError where it was not."""
    before, found, after = output.partition(f"\n{mark}\n".encode())
    if not found:
        raise _not_reached("does not come to the command", before.decode(errors="replace"))
    return until_end(mark, after)


def until_end(mark: str, output: bytes) -> bytes:
    """Return what a command says without the end that is said for it."""
    return output.removesuffix(f"{mark}.\n".encode())


class _Ending:
    """How a command ended, as pyinfra asks for it."""

    def __init__(
        self, channel: Any, said: "tuple[Words, Words]", say: Callable[[str], object]
    ) -> None:
        self._channel, self._said, self._say = channel, said, say

    def recv_exit_status(self) -> int:
        """Return its exit status, -1 where there is none."""
        status = int(self._channel.recv_exit_status())
        # what is left in the background would keep the channel, of which a connection has ten
        self._channel.close()
        if status < 0:
            self._say("nobody says how the command ended: it was killed, or the connection ended")
        elif status and not any(words.spoken for words in self._said):
            self._say(f"the command ended with {status}, and said nothing")
        return status


class Words:
    """What a command says, as text, whatever it is; read as pyinfra and a hold's line read it."""

    def __init__(self, channel: Any, make: str, mark: str) -> None:
        """Take one of a channel's two outputs, by the method that makes a file of it."""
        self.channel: Any = channel
        self.spoken = False
        self._file = getattr(channel, make)("rb")
        self._end = f"{mark}.\n".encode()
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        """Yield each line."""
        while line := self.readline():
            yield line

    def readline(self) -> str:
        """Return a line, "" at the end."""
        line = b"" if self._ended else self._file.readline()
        if line.endswith(self._end):
            self._ended, line = True, line.removesuffix(self._end)
        self.spoken = self.spoken or bool(line)
        return str(line.decode(errors="replace"))

    def read(self) -> str:
        """Return what there is until the end."""
        return "".join(self)

    def close(self) -> None:
        """Give it up."""
        self._file.close()


def _begin(channel: Any, words: Words, errors: Words, mark: str) -> None:
    """
    Pass over what is said before the mark.

    Raises LoginShellError, with what was said, where it does not come.
    """
    said, before = "", channel.gettimeout()
    deadline = time.monotonic() + _SECONDS
    channel.settimeout(_SECONDS)
    try:
        while line := words.readline():
            if line.strip() == mark:
                channel.settimeout(before)
                words.spoken = False
                return
            said += line
            if len(said) > _MOST_BYTES or time.monotonic() > deadline:
                break
        else:
            if not channel.get_transport().is_active():
                raise SSHException("the connection has ended")
            said += errors.read()
        why = "does not come to the command"
    except TimeoutError:
        why = f"does not come to the command within {_SECONDS} s"
    channel.close()
    raise _not_reached(why, said)


def _not_reached(why: str, said: str) -> LoginShellError:
    quoted = " ".join(shown(said).split())[-_SHOWN_LETTERS:].strip()
    return LoginShellError(
        f"the user's login shell {why}: {f'it says: {quoted}' if quoted else 'it says nothing'};"
        " look at what it reads when it starts (.bashrc, .profile), or give the user another one"
    )

"""
What a run uses of pyinfra that pyinfra does not promise, and what to do where it is otherwise.

Each part is a line of ``PARTS``. A part with a ``fallback`` can be done without; any other one that
is not as expected ends the run before it begins.
"""

import inspect
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import CodeType
from typing import Any

from pyinfra.api import StringCommand

from changeover.operations.line import NOT_WRAPPING
from changeover.operations.sudo_password import without_password

Look = Callable[[Any], str]
"""What is wrong with a part, "" where it is as expected."""

_ABSENT = object()


@dataclass(frozen=True)
class Part:
    """Something of pyinfra that may be otherwise in another version."""

    name: str
    look: Look
    fallback: str = ""
    """What the run does without it; "" where it cannot."""


def exists(found: Any) -> str:
    """Look whether it is there at all."""
    return "is missing" if found is _ABSENT else ""


def takes(count: int, *keywords: str) -> Look:
    """Look whether it can be called with so many arguments, and with these keywords."""

    def look(found: Any) -> str:
        if problem := exists(found):
            return problem
        try:
            inspect.signature(found).bind(*range(count), **dict.fromkeys(keywords))
        except (TypeError, ValueError) as error:
            return f"takes other arguments ({error})"
        return ""

    return look


def mentions(*words: str) -> Look:
    """Look whether its code names these things, as names or as texts."""

    def look(found: Any) -> str:
        code = getattr(found, "__code__", None)
        if code is None:
            return exists(found) or "is no function any more"
        lacking = set(words) - set(_words(code))
        return f"does not know {', '.join(sorted(lacking))}" if lacking else ""

    return look


def is_same(other: Any) -> Look:
    """Look whether it is that very thing."""
    return lambda found: exists(found) or ("" if found is other else "is another function")


def _words(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _words(one)
        elif isinstance(one, str):
            yield one
        elif isinstance(one, tuple):
            yield from (word for word in one if isinstance(word, str))


def _hides_password(make: Any) -> str:
    """Have a command with sudo's password made, and look whether the password can be taken out."""
    if problem := exists(make):
        return problem
    secret = f"{secrets.token_hex(8)} '{secrets.token_hex(8)}"
    how = {"_sudo": True, "_sudo_password": secret, "_sudo_askpass_path": "/tmp/askpass"}  # noqa: S108
    try:
        text = make(StringCommand("true"), **how).get_raw_value()
    except (AttributeError, TypeError) as error:
        return f"is used otherwise ({error})"
    rest = without_password(text, secret)
    if rest is None or any(word in rest for word in secret.split(" '")):
        return "writes sudo's password into commands in a way that is not known here"
    return ""


def _wraps(arguments: Any) -> str:
    """Look whether a command is wrapped by all arguments but those that we leave out."""
    if problem := exists(arguments):
        return problem
    make = _find("pyinfra.connectors.util.make_unix_command")
    known = set(inspect.signature(make).parameters) if make is not _ABSENT else set()
    other = set(arguments.__annotations__) - known ^ set(NOT_WRAPPING)
    return f"has another meaning of {', '.join(sorted(other))}" if other else ""


def _has_options(command: Any) -> str:
    known = {one.name for one in getattr(command, "params", ())}
    lacking = {"limit", "exclude"} - known
    return f"has no option {', '.join(sorted(lacking))}" if lacking else ""


_SLOW = "operations are put in order in pyinfra's own way, which is slower"
_OWN_WORDS = "failures are told in pyinfra's own words"
_UNTOLD = "a --limit that names nobody is not noticed"
_CALLBACK = "pyinfra.api.state.BaseStateCallback"

PARTS = (
    # sudo's password never is among the words of a command
    Part("pyinfra.connectors.util.make_unix_command", _hides_password),
    Part("pyinfra.connectors.util.make_unix_command_for_host", takes(3)),
    Part(
        "pyinfra.connectors.util.execute_command_with_sudo_retry",
        mentions("connector_data", "prompted_sudo_password"),
    ),
    Part(
        "pyinfra.connectors.ssh.SSHConnector.run_shell_command",
        mentions("client", "exec_command", "make_unix_command_for_host"),
    ),
    Part("pyinfra.connectors.ssh.SSHConnector.client", exists),
    Part("pyinfra.api.arguments.ConnectorArguments", _wraps),
    # what hosts say is made safe to show
    Part("pyinfra.api.output._echo", exists),
    Part("pyinfra.api.output.set_echo", takes(1)),
    Part("pyinfra.api.util.print_host_combined_output", takes(2)),
    Part("pyinfra.connectors.util.CommandOutput", takes(1)),
    Part("pyinfra.connectors.util.OutputLine", takes(2)),
    # a failure is noticed while it can still be undone within seconds
    Part(f"{_CALLBACK}.operation_start", takes(2)),
    Part(f"{_CALLBACK}.operation_end", takes(2)),
    Part(f"{_CALLBACK}.operation_host_error", takes(5)),
    Part(f"{_CALLBACK}.host_disconnect", takes(2)),
    Part("pyinfra.api.host.Host.disconnect", mentions("host_disconnect")),
    Part("pyinfra.api.state.State.add_callback_handler", takes(2)),
    Part("pyinfra.api.state.State.init", mentions("callback_handlers", "failed_hosts")),
    Part("pyinfra.api.state.State.get_op_meta", takes(2)),
    Part("pyinfra.api.state.StateOperationMeta.__init__", mentions("names")),
    Part("pyinfra.api.state.State.is_host_in_limit", takes(2)),
    # where a run is, and on which host
    Part("pyinfra.api.state.State.is_executing", exists),
    Part("pyinfra.api.state.State.current_stage", exists),
    Part("pyinfra.api.state.State.initialised", exists),
    Part("pyinfra.api.state.State.print_noop_info", exists),
    Part("pyinfra.api.state.State.print_output", exists),
    Part("pyinfra.api.state.StateStage", exists),
    Part("pyinfra.context.ContextManager.use", takes(2)),
    Part("pyinfra.context.ContextManager.isset", takes(1)),
    Part("pyinfra.context.ctx_host", exists),
    Part("pyinfra.context.ctx_state", exists),
    Part("pyinfra.local.include", takes(1, "data")),
    Part("pyinfra.api.inventory.Inventory.get_active_hosts", takes(1)),
    Part("pyinfra.api.inventory.Inventory.get_override_data", takes(1)),
    Part("pyinfra.api.inventory.Inventory.get_host", takes(2)),
    Part("pyinfra.api.host.Host.get_fact", takes(2)),
    Part("pyinfra.api.host.Host.log", takes(3)),
    Part("pyinfra.api.host.Host.loop", takes(2)),
    Part("pyinfra.api.host.Host.noop", takes(2)),
    Part("pyinfra.api.host.Host.run_shell_command", takes(2, "_sudo", "_sudo_password")),
    Part("pyinfra.api.command.PyinfraCommand.execute", takes(4)),
    Part("pyinfra.api.exceptions.FactProcessError", exists),
    # what can be done without
    Part("pyinfra.api.util.stack", is_same(inspect.stack), _SLOW),
    Part("pyinfra.api.util.getframeinfo", is_same(inspect.getframeinfo), _SLOW),
    Part(
        "pyinfra.api.util.log_host_command_error",
        mentions("Command socket/SSH error: "),
        _OWN_WORDS,
    ),
    Part("pyinfra_cli.exceptions.WrappedError.__init__", mentions("exception"), _OWN_WORDS),
    Part("pyinfra_cli.cli.cli", _has_options, _UNTOLD),
)


def differing() -> dict[Part, str]:
    """Return each part that is not as expected, and what is wrong with it."""
    found = ((part, part.look(_find(part.name))) for part in PARTS if _is_loaded(part))
    return {part: problem for part, problem in found if problem}


def _is_loaded(part: Part) -> bool:
    """Tell whether a part counts: pyinfra's command is none of a program that uses its library."""
    top = part.name.partition(".")[0]
    return top == "pyinfra" or top in sys.modules


def _find(name: str) -> Any:
    """Return what has a dotted name, ``_ABSENT`` where there is nothing."""
    names = name.split(".")
    for length in range(len(names) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(names[:length]))
        except ModuleNotFoundError:
            continue
        for one in names[length:]:
            found = getattr(found, one, _ABSENT)
        return found
    return _ABSENT

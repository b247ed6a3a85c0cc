"""``--limit`` and ``--exclude`` that name nobody: pyinfra warns, does nothing and ends well."""

import sys
from fnmatch import fnmatch

import click
from pyinfra import logger, state

from changeover.facts import run


def watch() -> None:
    """Note what pyinfra's command was told, and fail it if no host was left to do it on."""
    context = click.get_current_context(silent=True)
    if context is not None:  # else somebody uses pyinfra as a library
        for option in ("limit", "exclude"):
            run.this.patterns[f"--{option}"] = tuple(context.params.get(option) or ())
        context.call_on_close(_end)


def problems() -> list[str]:
    """Return a line for each pattern that names no host and no group."""
    return [
        f"{option} {pattern}: no host and no group of the inventory is called so"
        for option, patterns in run.this.patterns.items()
        for pattern in patterns
        if not _names_somebody(pattern)
    ]


def _names_somebody(pattern: str) -> bool:
    hosts = list(state.inventory)
    return any(pattern in one.groups or fnmatch(one.name, pattern) for one in hosts)


def _end() -> None:
    if any(run.this.patterns.values()) and state.initialised and not _limited():
        for problem in problems() or ["no host is left: --exclude names all of them"]:
            logger.error(f"{problem}; nothing was done")
        sys.exit(1)


def _limited() -> bool:
    """Tell whether any host was to be worked on, reached or not."""
    return any(state.is_host_in_limit(one) for one in state.inventory)

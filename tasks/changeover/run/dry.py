"""A plan that names a problem: pyinfra shows it, does nothing and ends well."""

import sys

import click

from changeover.facts import run


def watch() -> None:
    """Have pyinfra's command fail if what it was to show is a problem."""
    context = click.get_current_context(silent=True)
    if context is not None:  # else somebody uses pyinfra as a library
        context.call_on_close(_end)


def _end() -> None:
    if run.this.foreseen:
        sys.exit(1)

"""A plan that names a problem: pyinfra shows it, does nothing and ends well."""

import sys

import click


def watch() -> None:
    """Have pyinfra's command fail if what it was to show is a problem."""
    context = click.get_current_context(silent=True)
    if context is not None:  # else somebody uses pyinfra as a library
        context.call_on_close(_end)


def _end() -> None:
    # loaded by the deploy file, if there was one: config.py is read before anything else
    step = sys.modules.get("changeover.operations.step")
    if step is not None and step.foreseen:
        sys.exit(1)

"""``--dry``: a plan is shown with its reasons; one that names a problem fails, as a run would."""

import sys

import click

from changeover.facts import run


def watch() -> None:
    """Note whether pyinfra only shows a plan, and have it fail if that has a problem."""
    context = click.get_current_context(silent=True)
    if context is not None:  # else somebody uses pyinfra as a library
        run.this.only_shows = bool(context.params.get("dry"))
        context.call_on_close(_end)


def _end() -> None:
    if run.this.foreseen:
        sys.exit(1)

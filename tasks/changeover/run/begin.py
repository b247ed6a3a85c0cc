"""The beginning of a run: what it stands on is looked at before anything else is done."""

from functools import cache
from importlib.metadata import version

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError

from changeover.run import installed

MADE_FOR = "3.10"
"""The pyinfra that every part was tried with."""


def watch() -> None:
    """Have pyinfra's command end well only where all was done; the first line of a config.py."""
    check()
    from changeover.run import dry, load_errors, log_filter, selection

    log_filter.prepare()
    selection.watch()
    dry.watch()
    load_errors.watch()


@cache
def check() -> None:
    """
    Look at the installation and at pyinfra, once a run.

    Raises PyinfraError, with one line, where a file is missing, or where pyinfra is another one
    in something that a run cannot do without.
    """
    if problem := installed.problem():
        raise PyinfraError(problem)
    from changeover.run import pyinfra_parts  # it needs the files

    differing = pyinfra_parts.differing()
    told = f"pyinfra {version('pyinfra')} is not the one that Changeover is made for"
    refused = [f"{part.name} {why}" for part, why in differing.items() if not part.fallback]
    if refused:
        raise PyinfraError(f"{told}: {'; '.join(refused)}; install pyinfra {MADE_FOR}")
    without = dict.fromkeys(part.fallback for part in differing)
    if without:
        logger.warning(f"--> {told}: {'; '.join(without)}")
    elif not version("pyinfra").startswith(f"{MADE_FOR}."):
        logger.warning(f"--> {told}, {MADE_FOR}: all that is used of it is as it was")

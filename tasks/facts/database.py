"""What an app's database needs on the server of its host, asked before the host has its URL."""

import shlex

from pyinfra.api import FactBase
from typing_extensions import override

from tasks.host import json_text


class WantingOfDatabase(FactBase[list[str] | None]):
    """
    Returns what of role and database has yet to be made; None where that cannot be known.

    + script: what asks, from ``plans/provision.py``; it reads the URL's line on its stdin

    .. code:: python

        ["role", "database", "rights"]
    """

    @staticmethod
    @override
    def default() -> list[str] | None:
        """Return that nobody knows."""
        return None

    @override
    def command(self, script: str) -> str:
        """Return the question; it changes nothing."""
        return f"bash -c {shlex.quote(script)}"

    @override
    def process(self, output: list[str]) -> list[str] | None:
        """Parse the answer."""
        return list(json_text.read(output[0])["wanting"]) if output else None

"""What pyinfra shows on the operator's terminal: apps, repositories and hosts have a say in it."""

import logging
from typing import Any

from pyinfra import logger
from pyinfra.api import output
from typing_extensions import override

from changeover.host.shown_text import shown_with_colours


def prepare() -> None:
    """Have all that pyinfra shows be safe to show; once a run."""
    if any(isinstance(one, _Safe) for one in logger.filters):
        return
    logger.addFilter(_Safe())
    inner = output._echo

    def echo(message: Any = None, **how: Any) -> None:
        inner(shown_with_colours(message) if isinstance(message, str) else message, **how)

    output.set_echo(echo)


class _Safe(logging.Filter):
    @override
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        record.msg, record.args = shown_with_colours(text), ()
        return True

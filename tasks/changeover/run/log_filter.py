"""A filter of pyinfra's log: what it says beside a failure's reason is shorter, or not said."""

import ast
import logging
import re

from pyinfra import logger
from typing_extensions import override

# words that another version of pyinfra has otherwise stay as they are; a colour may end before them
_COUNT = re.compile(r"(?P<error>Error: .{,9})executed \d+ commands")
_LOOK = re.compile(r"Error: .{,9}could not load fact: ")
_REFUSED = re.compile(r"Command socket/SSH error: LoginShellError(?P<words>\(.*\))", re.DOTALL)


def prepare() -> None:
    """Filter what this run says; asked again, it goes on as it is."""
    if not any(isinstance(one, _LogFilter) for one in logger.filters):
        logger.addFilter(_LogFilter())


class _LogFilter(logging.Filter):
    """Knows of the last error which host it was of."""

    def __init__(self) -> None:
        super().__init__()
        self._before = ""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR:
            return True
        text = record.getMessage()
        host = text.partition("] ")[0]
        if _LOOK.search(text) and self._before == host:
            return False
        self._before = host
        text = _COUNT.sub(r"\g<error>the reason is above", text)
        record.msg, record.args = _REFUSED.sub(_words, text), ()
        return True


def _words(found: re.Match[str]) -> str:
    """Return the one argument of an error as it was given."""
    return str(ast.literal_eval(found["words"])[0])

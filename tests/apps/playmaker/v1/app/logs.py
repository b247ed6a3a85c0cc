"""Where log lines go."""

import logging
import sys


def to_stderr() -> None:
    """Send uvicorn's access log where its other lines go; by default it takes stdout."""
    for handler in logging.getLogger("uvicorn.access").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)

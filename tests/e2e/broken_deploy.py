"""A release in which an operation of somebody's own raises, after the first steps."""

from collections.abc import Generator

from pyinfra import state
from pyinfra.api import operation

from changeover import apps


@operation()
def raises() -> Generator[str, None, None]:
    """Raise as a slip in an operation does."""
    if state.is_executing:
        raise ValueError("a slip in somebody's operation")
    yield "true"


apps.include(only=["preflight", "fetch", "activate"])
raises(name="Raise")
apps.include(only=["changeover"])

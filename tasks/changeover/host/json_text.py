"""JSON that others wrote or printed: no size and no depth of it does more than fail."""

import json
from typing import Any

_MOST = 16 << 20


def read(text: str | bytes, most: int = _MOST) -> Any:
    """Return what it says. Raises ValueError for no JSON, and for what is too large or too deep."""
    if len(text) > most:
        raise ValueError(f"it is larger than {most >> 10} kB")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None

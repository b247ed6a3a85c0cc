"""A short name for what something is made of."""

import hashlib
import json


def digest(*parts: object) -> str:
    """Return 16 letters that are the same for the same parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def sha(text: str) -> str:
    """Return the SHA-256 of a text as the host's sha256sum prints it."""
    return hashlib.sha256(text.encode()).hexdigest()

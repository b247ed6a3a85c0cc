"""The programs that are called, beside the folder of their modules."""

from pathlib import Path

_VERSION = Path(__file__).resolve().parents[1]


def program(name: str) -> Path:
    """Return the path of a host program of this very version, such as ``expect``."""
    return _VERSION / name


def lasting(name: str) -> Path:
    """Return the path by which others may call a host program, also of a later version."""
    return (_VERSION.parents[1] if _VERSION.parent.name == "versions" else _VERSION) / name

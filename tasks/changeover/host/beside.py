"""The programs that are called, beside the folder of their modules."""

from pathlib import Path


def program(name: str) -> Path:
    """Return the path of a host program, such as ``expect``."""
    return Path(__file__).resolve().parents[1] / name

#!/usr/bin/python3 -I
"""
Start a host program: each is a copy of this file by its own name, beside the folder ``host``.

It is called by a link. What it loads, now and later, is of the version to which that led.
"""

import importlib
import sys
from pathlib import Path

_PACKAGES = {"postgres_backup": "postgres", "sqlite_backup": "sqlite"}


def main() -> int:
    """Run the command line of the package that this file is named after."""
    own = Path(__file__).resolve()
    sys.path.insert(0, str(own.parent))
    return int(importlib.import_module(f"host.{package_of(own.name)}.cli").main())


def package_of(program: str) -> str:
    """Return the package whose command line a program runs."""
    return _PACKAGES.get(program, program)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3 -I
"""Run what is not trusted behind walls, and take over what it made: `sandbox --help`.

This file starts the program; the modules `sandbox_*.py` lie beside it, in the
checkout as on a host.
"""

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run the command line in the folder that holds this file, taken as a package."""
    folder = Path(__file__).resolve().parent
    sys.path.insert(0, str(folder.parent))
    return int(importlib.import_module(f"{folder.name}.sandbox_cli").main())


if __name__ == "__main__":
    sys.exit(main())

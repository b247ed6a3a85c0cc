#!/usr/bin/python3 -I
"""Take a commit apart, fetch all of it, write it into a folder and compare: `tree --help`.

This file starts the program; the modules `tree_*.py` lie beside it, in the
checkout as on a host.
"""

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run the command line in the folder that holds this file, taken as a package."""
    folder = Path(__file__).resolve().parent
    sys.path.insert(0, str(folder.parent))
    return int(importlib.import_module(f"{folder.name}.tree_cli").main())


if __name__ == "__main__":
    sys.exit(main())

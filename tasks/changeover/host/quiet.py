#!/usr/bin/python3 -I
"""Wait until nothing is released on the host, or boot it then: `quiet --help`.

This file starts the program; the modules that it needs lie beside it, in the checkout as on a
host.
"""

import importlib
import sys
from pathlib import Path


def main() -> int:
    """Run the command line in the folder that holds this file, taken as a package."""
    folder = Path(__file__).resolve().parent
    sys.path.insert(0, str(folder.parent))
    return int(importlib.import_module(f"{folder.name}.quiet_cli").main())


if __name__ == "__main__":
    sys.exit(main())

"""Where the package lies, and in it the programs of the hosts."""

from pathlib import Path

import changeover

PACKAGE = Path(changeover.__file__).resolve().parent
HOST = PACKAGE / "host"

"""Where the package lies, and the programs of the hosts as they lie there."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import changeover
from changeover.facts.program import program_files
from changeover.plans.paths import PROGRAMS, VERSION

PACKAGE = Path(changeover.__file__).resolve().parent
HOST = PACKAGE / "host"


@cache
def installed() -> Path:
    """Return a folder with all host programs, made as provisioning makes it."""
    folder = Path(tempfile.mkdtemp(prefix="changeover-programs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    for path, content in program_files().items():
        if path.startswith(f"{PROGRAMS}/"):
            file = folder / path.removeprefix(f"{VERSION}/").removeprefix(f"{PROGRAMS}/")
            file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755)
    return folder


def host_program(name: str) -> Path:
    """Return the path of a host program, such as ``sandbox``."""
    return installed() / name

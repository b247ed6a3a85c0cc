"""Key pairs of ssh."""

import tempfile
from pathlib import Path

from changeover.lab.command import run


def make_key(path: Path, comment: str, kind: str = "ed25519") -> None:
    """Make a key pair, where there is none; it appears whole or not at all."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        made = Path(scratch, path.name)
        run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(made)])
        made.with_suffix(".pub").replace(path.with_suffix(".pub"))
        made.replace(path)

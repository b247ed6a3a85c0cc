"""An app's Python packages."""

from changeover.settings.base import RelativePath, Strict


class Python(Strict):
    """The app's Python environment. There is one for each content of the lock file."""

    version: str = "3.11"
    """Version of the interpreter, such as ``"3.11"``."""
    lock: RelativePath = "requirements.txt"
    """Lock file, relative to the app: pip's format, with hashes (recommended) or without."""
    reads: tuple[RelativePath, ...] = ()
    """What packages of the app's own read when they are built, beside their own folders. The lock
    file, and everything that it names, is there anyway. Nothing else is."""

"""An app's Node packages."""

from typing import ClassVar

from changeover.settings.base import RelativePath, Strict


class Node(Strict):
    """The app's node_modules. There is one for each content of the lock file."""

    programs: ClassVar[tuple[str, ...]] = ("npm",)
    """How commands begin that need it."""
    version: str = "22"
    """Major version of Node, such as ``"22"``. Each version is installed once for each host."""
    directory: RelativePath = "."
    """Where ``package.json`` and ``package-lock.json`` are, relative to the app."""
    reads: tuple[RelativePath, ...] | None = None
    """What an install reads beside manifests, lock file and ``.npmrc``, relative to the app. By
    default nothing; but all of the app if a ``package.json`` of its own has scripts that npm runs
    by itself (``postinstall``, ``prepare``)."""

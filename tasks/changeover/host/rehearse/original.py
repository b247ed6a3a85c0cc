"""What each kind of database has to be able to do to be rehearsed on."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from .run import Copy


class SeenCopy(Copy, Protocol):
    """A scratch copy at whose data a release's expectations may look, too."""

    def unexpected(self, asked: Mapping[str, Any], environment: Path) -> str:
        """Return what is not as asked, a line each; ``environment`` has the copy's URL."""


class Original(Protocol):
    """The live database, which is only read."""

    def is_empty(self) -> bool:
        """Tell whether there is no data: no database, or no table."""

    def copied(self, work: Path) -> AbstractContextManager[SeenCopy]:
        """Back it up and give a copy, into which the artefact was restored, compared."""

    def turned(self, url: str, copy: str) -> str:
        """Return the URL by which the app comes in, turned to where the copy's leads."""

    def clear(self) -> None:
        """Remove what a rehearsal that was killed left beside its work folder."""

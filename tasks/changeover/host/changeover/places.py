"""Where the state of one app is, its lock, and what is noted of its undo."""

from pathlib import Path

from ..files import Failure
from .lock import FOLDER
from .lock import path as lock_path
from .words import NO_APP


class Places:
    """Where one app's state and lock are."""

    def __init__(self, app: str, state_folder: Path, run_folder: Path) -> None:
        """Take the app and the folders. Raises Failure for an app that was never released here."""
        self.app = app
        self.state = state_folder / app
        self.lock = lock_path(run_folder, app)
        self.attempts = run_folder / FOLDER / f"{app}.attempts"
        if not self.state.is_dir():
            raise Failure(f"{self.state} is missing: {NO_APP} {app}")

    def stuck(self) -> str:
        """Return why the open changeover could not be ended, "" where that is not so."""
        path = self.state / "stuck"
        return path.read_text(errors="replace") if path.exists() else ""

"""What an app of a lab has in its environment, secrets included."""

import json
import secrets
from pathlib import Path

from changeover.lab import state
from changeover.lab.errors import LabError
from changeover.lab.files import locked, write

# of the project in whose folder it is called
APPS = Path("tests/apps")
GENERATE = "<generate>"


def lines(number: int, app: str) -> list[str]:
    """Return an app's environment as dotenv lines; its secrets stay the same in one lab."""
    if not (APPS / app).is_dir():
        raise LabError(f"there is no sample app {app!r} in tests/apps")
    example = APPS / app / "environment.example"
    text = example.read_text() if example.exists() else ""
    with locked(f"{number}.environment"):
        return fill(text, Secrets(state.lab_folder(number) / "environment" / f"{app}.json"))


class Secrets:
    """Secrets by name, made when first asked for and kept where only root reads."""

    def __init__(self, path: Path) -> None:
        """Take the file that keeps them."""
        self.path = path
        self.kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def __getitem__(self, name: str) -> str:
        if name not in self.kept:
            self.kept[name] = secrets.token_urlsafe(32)
            write(self.path, json.dumps(self.kept) + "\n", 0o600)
        return self.kept[name]


def fill(example: str, known: Secrets) -> list[str]:
    """Return the example's assignments, each placeholder replaced by a secret."""
    filled = []
    for line in example.splitlines():
        key, separator, value = line.partition("=")
        if not separator or line.lstrip().startswith("#"):
            continue
        filled.append(f"{key}={known[key.strip()]}" if value.strip() == GENERATE else line)
    return filled

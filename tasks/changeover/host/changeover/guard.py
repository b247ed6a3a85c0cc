"""The guard of an app: systemd's timer that has what nobody holds undone, again and again."""

from . import process


def start(app: str) -> bool:
    """Start it; tell whether it runs."""
    return process.systemctl("start", f"changeover-undo@{app}.timer")


def stop(app: str) -> None:
    """Stop it, without waiting: what asks for that may be its own doing."""
    process.systemctl("--no-block", "stop", f"changeover-undo@{app}.timer")

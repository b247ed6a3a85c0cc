"""
How long putting a database back may take, told by what its backup really took.

Hosts and the controller reckon by it alone.
"""

LEAST_SECONDS = 900
"""So long every undo may take."""
# the host may be busier then, and a restore also puts in place what it has verified
_FACTOR = 5


def restore_seconds(took: float) -> int:
    """Return how long a restore may take whose backup, with its own restore, took that long."""
    return max(LEAST_SECONDS, int(_FACTOR * took))


def refusal(setting: str, allowed: int, took: float, known: str) -> str:
    """
    Return why what may have to be put back must not begin, "" where it may.

    ``known`` says from what that is known; ``setting`` is the one to raise.
    """
    needed = restore_seconds(took)
    if needed <= allowed:
        return ""
    return (
        f"{setting}: putting the database back may take up to {needed} s, as {known}; {allowed} are"
        f" allowed. Raise it to {needed} at least: so long the site may stay closed if the release"
        " fails"
    )

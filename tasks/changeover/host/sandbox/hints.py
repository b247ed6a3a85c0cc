"""What a command behind walls failed of, as far as its own words tell: its walls, perhaps."""

from collections.abc import Iterator

from .output import Sink
from .walls import BUILD, Walls

_NO_NETWORK = (
    *(b"EAI_AGAIN", b"ENOTFOUND", b"ENETUNREACH", b"Network is unreachable"),
    *(b"Temporary failure in name resolution", b"Could not resolve host"),
)
# of a shell, of npm, of Python, of compilers; the kernel kills where the unit's limit is reached
_NO_MEMORY = (b"Killed", b"SIGKILL", b"out of memory", b"Cannot allocate memory", b"MemoryError")
_LONGEST = max(map(len, _NO_NETWORK + _NO_MEMORY))
# how a shell, and systemd-run, tell that what they ran was killed
_KILLED = (137, 255)


class Noticed:
    """Passes an output on, and notices words in it."""

    def __init__(self, to: Sink) -> None:
        """Pass on to another."""
        self._to, self._last = to, b""
        self._found: set[bytes] = set()

    def add(self, part: bytes) -> None:
        """Take more of it; a word may come in two parts."""
        text = self._last + part
        self._found.update(word for word in _NO_NETWORK + _NO_MEMORY if word in text)
        self._last = text[-_LONGEST:]
        self._to.add(part)

    def has(self, words: tuple[bytes, ...]) -> bool:
        """Tell whether one of the words was said."""
        return bool(self._found & set(words))


def hints(walls: Walls, status: int, said: tuple[Noticed, ...]) -> Iterator[str]:
    """Yield what may be done about a build that failed."""
    if not status or walls.role != BUILD:
        return
    if not walls.network and any(one.has(_NO_NETWORK) for one in said):
        yield "a build has no network: set Build(network=True) if it needs one"
    if status in _KILLED or any(one.has(_NO_MEMORY) for one in said):
        yield (
            f"it may use {walls.memory} of memory, and was perhaps killed for more: raise"
            f" {walls.app}_build_memory_max, or give the host more memory"
        )

"""The process that carries a host's frames, each a little later.

Run as ``python -m changeover.lab.delay FOLDER MILLISECONDS``. It ends when the host's cable does.
"""

import fcntl
import os
import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from changeover.lab import cgroup, names, network, state
from changeover.lab.command import run
from changeover.lab.process import Process

ALL_PROTOCOLS = 0x0003
SET_INTERFACE = 0x400454CA
TAP_WITHOUT_HEADER = 0x0002 | 0x1000
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
LARGEST = 65536
AT_ONCE = 64


def open_cable(interface: str) -> socket.socket:
    """Return a socket for every frame that comes out of, or goes into, an interface."""
    cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
    # Else each frame sent would come back as one received.
    cable.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    cable.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    cable.bind((interface, ALL_PROTOCOLS))
    cable.setblocking(False)
    return cable


def open_port(interface: str, bridge: str) -> int:
    """Make a bridge port whose frames are read from and written to a file."""
    port = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(port, SET_INTERFACE, struct.pack("16sH14x", interface.encode(), TAP_WITHOUT_HEADER))
    run(["ip", "link", "set", interface, "master", bridge, "txqueuelen", "10000", "up"])
    return port


class Line:
    """Two ends, and the frames on their way between them."""

    def __init__(self, cable: socket.socket, port: int, seconds: float) -> None:
        """Take both ends, and how much later a frame comes out."""
        self.cable = cable
        self.port = port
        self.seconds = seconds
        self.waiting: deque[tuple[float, Callable[[bytes], int], bytes]] = deque()

    def carry(self, exists: Callable[[], bool]) -> None:
        """Carry frames both ways until the cable does not exist any more."""
        while exists():
            pause = max(0.0, self.waiting[0][0] - time.monotonic()) if self.waiting else 1.0
            ready = select.select([self.cable.fileno(), self.port], [], [], pause)[0]
            if self.cable.fileno() in ready:
                self._take(lambda: self.cable.recv(LARGEST), self._to_port)
            if self.port in ready:
                self._take(lambda: os.read(self.port, LARGEST), self._to_cable)
            self._deliver()

    def _take(self, read: Callable[[], bytes], write: Callable[[bytes], int]) -> None:
        for _ in range(AT_ONCE):
            try:
                frame = read()
            except OSError:
                return
            self.waiting.append((time.monotonic() + self.seconds, write, frame))

    def _deliver(self) -> None:
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            _, write, frame = self.waiting.popleft()
            try:
                write(frame)
            except OSError:
                continue

    def _to_port(self, frame: bytes) -> int:
        return os.write(self.port, frame)

    def _to_cable(self, frame: bytes) -> int:
        return self.cable.send(frame)


def main() -> int:
    """Delay the host whose folder is named."""
    record = state.load(Path(sys.argv[1]))
    process = Process.of(os.getpid())
    if record is None or process is None:
        return 1
    cgroup.join(names.control_group(record.machine), "keeper")
    interface = names.interface(record.machine)
    index = network.index(interface)
    cable = open_cable(interface)
    port = open_port(names.delay_interface(record.machine), names.bridge(record.lab))
    process.save(record.folder / "latency.json")
    # Half on the way there, half on the way back.
    seconds = float(sys.argv[2]) / 2000
    Line(cable, port, seconds).carry(lambda: network.index(interface) == index)
    return 0


if __name__ == "__main__":
    sys.exit(main())

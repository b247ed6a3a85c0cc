"""Switch off what an interface leaves to its hardware. Run as ``python offload.py INTERFACE``."""

import array
import contextlib
import fcntl
import socket
import struct
import sys

ETHTOOL = 0x8946
# Receive and transmit checksums, scatter-gather, TCP segmentation, generic segmentation and
# generic receive offload, as linux/ethtool.h numbers their switches.
SWITCHES = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)


def switch_off(interface: str) -> None:
    """Make an interface send and receive frames as they are on a real cable."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for switch in SWITCHES:
            value = array.array("B", struct.pack("II", switch, 0))
            request = struct.pack("16sP", interface.encode(), value.buffer_info()[0])
            # A switch that this kind of interface does not have needs no switching off.
            with contextlib.suppress(OSError):
                fcntl.ioctl(control, ETHTOOL, request)


if __name__ == "__main__":
    switch_off(sys.argv[1])

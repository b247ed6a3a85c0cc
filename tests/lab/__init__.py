"""The lab: real Debian hosts on one machine, each a systemd-nspawn container."""

from tests.lab.errors import LabError
from tests.lab.host import LabHost
from tests.lab.lab import Lab, Wish

__all__ = ["Lab", "LabError", "LabHost", "Wish"]

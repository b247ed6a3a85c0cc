"""The lab: real Debian hosts on one machine, each a systemd-nspawn container."""

from changeover.lab.errors import LabError
from changeover.lab.host import LabHost
from changeover.lab.lab import HostSpec, Lab

__all__ = ["HostSpec", "Lab", "LabError", "LabHost"]

"""What runs of the app: the process engine's words, and the app's own."""

import re
from pathlib import Path
from typing import Any

from .asked import Asked
from .files import exists, first_line, read_plain
from .run import text

_PROPERTIES = (
    *("ActiveState", "UnitFileState", "NeedDaemonReload", "MainPID"),
    "ExecMainStartTimestampMonotonic",
)
_STARTED_BYTES = 4096
_STARTED = re.compile(rb"([a-z]+)=([A-Za-z0-9:._-]*)")
_BOOT = "/proc/sys/kernel/random/boot_id"


def units(asked: Asked) -> dict[str, dict[str, str]]:
    """Return what systemd knows of the app's units and of nginx's: a block each, in this order."""
    names = {"service": asked.unit, "socket": asked.socket_unit, "nginx": "nginx.service"}
    said = text("systemctl", "show", "-p", ",".join(_PROPERTIES), *names.values())
    blocks = said.split("\n\n") + [""] * len(names)
    return {name: _properties(block) for name, block in zip(names, blocks, strict=False)}


def _properties(block: str) -> dict[str, str]:
    rows = (line.partition("=") for line in block.splitlines() if "=" in line)
    return {key: value for key, _, value in rows}


def read(asked: Asked, units: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Tell what runs, and what it was started with."""
    service = units["service"]
    pid = service.get("MainPID") or "0"
    return {
        "service": service,
        "socket": units["socket"],
        "running": None if pid == "0" else _release(pid, asked.releases),
        "older": pid != "0" and _is_older(asked, service),
        "started": _started(asked.started),
        "quiesced": exists(asked.quiesced),
    }


def _release(pid: str, releases: str) -> str:
    """Return where a process is. The app names its own folders; a server may enter one of its."""
    try:
        folder = str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        folder = ""
    inside = folder.removeprefix(f"{releases}/")
    name = inside.partition("/")[0] if inside != folder else Path(folder).name
    return re.sub(r"[^A-Za-z0-9._-]", "", name)


def _is_older(asked: Asked, service: dict[str, str]) -> bool:
    """Tell whether what runs was started before what is in force was put there, in this boot."""
    boot, _, seconds = first_line(asked.activated).partition(" ")
    if not boot or boot != first_line(_BOOT):
        return False
    began = int(service.get("ExecMainStartTimestampMonotonic") or 0)
    return began < float(seconds or 0) * 1_000_000


def _started(path: str) -> dict[str, str]:
    """Return the app's own words, which may have no end, or look like anything."""
    lines = (read_plain(path, _STARTED_BYTES) or b"").split(b"\n")
    found = [_STARTED.fullmatch(line) for line in lines]
    return {one[1].decode(): one[2].decode() for one in found if one}

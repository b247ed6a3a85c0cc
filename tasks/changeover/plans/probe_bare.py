"""The answer of a host without Python: there is nothing of ours on it, or it is refused."""

from collections.abc import Mapping
from typing import Any

Part = Mapping[str, Any]

_NOTHING: Part = {
    "stamp": "",
    "environment": {
        "env_mode": None,
        "env_keys": (),
        "env_unread": (),
        "env_public": {},
        "env_defaults": {},
        "kept_environments": (),
    },
    "files": {},
    "folders": {},
    "tools": {"uv": None, "node": {}},
    "environments": (),
    "sizes": {},
    "leftovers": {"found": (), "crowded": ()},
    "code": {"releases": {}, "current": None, "unfinished": ()},
    "database": {"database_url": None, "database_addresses": (), "database": None, "aside": ()},
    "backups": {"backups": (), "unreadable": (), "orphans": ()},
    "changeover": {
        "generation": "",
        "latest": None,
        "once": {},
        "rehearsed": None,
        "open_changeover": None,
        "held": None,
        "committed": {},
        "withdrawn": (),
    },
    "health": {"app": None, "site": None},
}
_NO_PROCESSES: Part = {"quiesced": False, "port": 0}
_NO_SITE: Part = {
    "maintenance": None,
    "site_enabled": None,
    "site_loaded": None,
    "challenges": False,
}


def whole(told: Part) -> Part:
    """Return all parts, of which such a host is asked only some."""
    processes = {**_NO_PROCESSES, **told["processes"]}
    return {**_NOTHING, **told, "processes": processes, "site": {**_NO_SITE, **told["site"]}}

"""Client programs of this host, which reach a server from here, wherever that is."""

import os
import pwd
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..app import user as app_user
from ..files import Failure
from . import clients
from .place import Who

PROGRAMS = Path("/usr/lib/postgresql")
_TRANSACTION_TIMEOUT = 17


class LocalClients:
    """What places have in common whose servers are reached by the host's own programs."""

    def client(self, name: str, major: int = 0) -> str:
        """Return the path of a client program that fits. Raises Failure where none does."""
        return _program(name, major)

    def start(
        self, command: list[str], who: Who, environment: Mapping[str, str], **streams: Any
    ) -> "subprocess.Popen[bytes]":
        """Start a client program as a child that is the system user of who comes in."""
        become = _superuser(who.superuser) if who.superuser else _app(who.app, command[0])
        return subprocess.Popen(command, env=environment, cwd="/", **become, **streams)


@cache
def _program(name: str, major: int) -> str:
    # Debian's /usr/bin/psql is a Perl script that looks for clusters first.
    found = {
        int(path.parent.parent.name): str(path)
        for path in PROGRAMS.glob(f"*/bin/{name}")
        if path.parent.parent.name.isdigit()
    }
    if not found:
        raise Failure(f"{name} is missing: install the package postgresql-client")
    if not major:
        return found[max(found)]
    fitting = [version for version in found if version >= major and not _is_too_new(version, major)]
    if not fitting:
        raise Failure(
            f"the server is PostgreSQL {major}, and {name} is of version"
            f" {', '.join(map(str, sorted(found)))} here: install postgresql-client-{major}, from"
            " PostgreSQL's own packages where Debian has none"
        )
    return found[min(fitting)]


def _is_too_new(version: int, major: int) -> bool:
    # it begins each restore with a setting that older servers do not know
    return version >= _TRANSACTION_TIMEOUT > major


def _superuser(superuser: str) -> dict[str, Any]:
    if pwd.getpwuid(os.geteuid()).pw_name == superuser:
        return {}
    return _become(app_user.find(superuser))


def _app(user: str | None, program: str) -> dict[str, Any]:
    """Return what makes a child the app's user, out of reach for the app's own processes."""
    if user is None or os.geteuid() != 0:
        return {}
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        return {}  # before the app's first release
    if not found.pw_uid:
        return {}
    app_user.gain_nothing()
    return _become(found) | {"executable": clients.out_of_reach(Path(program))}


def _become(found: pwd.struct_passwd) -> dict[str, Any]:
    groups = os.getgrouplist(found.pw_name, found.pw_gid)
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": groups}

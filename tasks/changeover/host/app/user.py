"""
Being an app's user: root steps down to it, for good, before it touches what the app may write.

A link that the app made then leads where the app itself may go, and nowhere else.
"""

import ctypes
import errno
import os
import pwd
import resource
import signal
import struct
from pathlib import Path

from ..files import Failure

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _KEEP_CAPABILITIES, _SET_NO_NEW_PRIVILEGES = 1, 4, 8, 38
# version 3 of two sets of 32; to do with a file what else only its owner may
_CAPABILITY_VERSION, _OWNER = 0x20080522, 1 << 3
_NEW_MOUNTS, _BIND, _PRIVATE = 0x00020000, 4096, 0x4000 | (1 << 18)
_MEMORY = 4 << 30
_FILES = 256


def is_self(user: str) -> bool:
    """Tell whether there is nobody to become: only root can be somebody else."""
    return os.geteuid() != 0 or find(user).pw_uid == 0


def find(user: str) -> pwd.struct_passwd:
    """Return what the system knows of a user. Raises Failure where there is none."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise Failure(f"there is no system user {user} on this host") from None


def become(user: str, largest: int | None = None, *, moves: bool = False) -> None:
    """
    Be that user from here on, without a way back, out of reach for its other processes.

    ``largest`` is how large a file may be made. Who ``moves`` may also rename what is not the
    user's own in a sticky folder that the user may write. Nothing else can be started from here
    on. Does nothing for a user that one is already.
    """
    if is_self(user):
        return
    found = find(user)
    # where memory runs out, this goes first
    Path("/proc/self/oom_score_adj").write_text("1000")
    os.initgroups(user, found.pw_gid)
    os.setgid(found.pw_gid)
    if moves:
        _call("prctl", _KEEP_CAPABILITIES, 1, 0, 0, 0)
    os.setuid(found.pw_uid)
    if moves:
        _keep(_OWNER)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _FILES)
    _limit(resource.RLIMIT_AS, _MEMORY)
    if largest is not None:
        _limit(resource.RLIMIT_FSIZE, max(0, largest))
    gain_nothing()
    # neither traced nor looked into by others of that user
    _call("prctl", _SET_DUMPABLE, 0, 0, 0, 0)


def gain_nothing() -> None:
    """Let no program that is started from here on have more rights than whoever starts it."""
    _call("prctl", _SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def give_up_rights() -> None:
    """Be allowed no more than the user, whatever was kept; root as itself stays what it is."""
    if os.geteuid() != 0:
        _keep(0)


def die_with(parent: int) -> None:
    """End when that parent ends, however it does; called after becoming somebody."""
    _call("prctl", _SET_DEATH_SIGNAL, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def show(folder: Path, at: Path) -> None:
    """Show a folder at another path, to this process alone. Needs root."""
    _call("unshare", _NEW_MOUNTS)
    _call("mount", b"none", b"/", None, _PRIVATE, None)
    _call("mount", os.fsencode(folder), os.fsencode(at), None, _BIND, None)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(what, (most, most))


def _keep(capabilities: int) -> None:
    """Have these capabilities, and no others."""
    sets = struct.pack("6I", capabilities, capabilities, 0, 0, 0, 0)
    _call("capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), sets)


def _call(name: str, *arguments: int | bytes | None) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
    if getattr(library, name)(*given) != 0:
        number = ctypes.get_errno()
        raise Failure(f"the kernel refuses {name}: {errno.errorcode.get(number, number)}")

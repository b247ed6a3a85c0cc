"""The rules every settings model follows."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict

HOST = "host"
"""The changeover of the host itself, and the prefix of its settings: no app is called so."""
_PREFIXES = {
    HOST: "what is the host's own",
    "changeover": "what builds the apps, and what a run is told,",
    "rollback": "what a rollback is told",
    "ssh": "how pyinfra reaches a host",
}
"""Words that settings of somebody else begin with, and whose they are."""
_OTHERS = {
    "a user, a group or a unit of the system": "root daemon bin sys sync games man lp mail news"
    " uucp proxy backup list"
    " irc gnats nobody messagebus polkitd dbus cron sshd rsyslog nginx postgres"
    " postgresql certbot fail2ban chrony chronyd ntpsec auditd aide debsums nftables ufw firewalld"
    " apparmor systemd networking syslog console shutdown reboot poweroff halt rescue emergency"
    " quotaon user init adm tty disk dialout fax voice cdrom floppy tape sudo audio dip operator"
    " src shadow utmp video sasl plugdev staff users nogroup kvm render crontab input sgx docker",
    "the folder of ACME challenges": "acme",
    "a file of the host's own": "reboot_window",
    "the group of all hosts": "all",
    "a deploy file that is no app's": "release provision status undo maintenance",
}
RESERVED = _PREFIXES | {name: what for what, names in _OTHERS.items() for name in names.split()}
"""What no app is called, and what is called so instead."""

_APP_NAME = re.compile(r"[a-z][a-z0-9_]{0,25}")
# a dot may come first (.next), but "." and ".." are no names
_NAME = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*"
_RELATIVE = re.compile(rf"{_NAME}(/{_NAME})*")
_NOT_THE_APPS = {
    ".git": "git's own",
    ".venv": "where a release has its Python packages",
    ".changeover": "where Changeover keeps what it knows of a release",
}
MEMORY = re.compile(r"[1-9][0-9]*(\.[0-9]+)?[KMGT]|[1-9][0-9]?%|100%|infinity")
"""A limit of memory in systemd's form."""
_ENVIRONMENT_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Strict(BaseModel):
    """A frozen model that refuses unknown keys and never converts a value silently."""

    # built when first used: a run knows more models than it needs
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Engines(Strict):
    """A part that some engine works by: each engine has a class of its own, which inherits it."""

    @classmethod
    def kinds(cls) -> tuple[type[Self], ...]:
        """Return the class of each engine that Changeover has: those of the same file."""
        return tuple(kind for kind in cls.__subclasses__() if kind.__module__ == cls.__module__)


def _app_name(value: str) -> str:
    if not _APP_NAME.fullmatch(value):
        raise ValueError("expected lower-case letters, digits and _, beginning with a letter")
    if value in RESERVED:
        raise ValueError(f"{value}: {RESERVED[value]} is called so; choose another name")
    first = value.partition("_")[0]
    if first in _PREFIXES:
        raise ValueError(
            f"{value}: {_PREFIXES[first]} has settings that begin with {first}_, as this app's"
            " would; choose another name"
        )
    return value


def _relative_path(value: str) -> str:
    if value != "." and not _RELATIVE.fullmatch(value):
        raise ValueError(
            "expected a relative path of plain names, such as frontend or data/uploads"
        )
    return _own(value)


def _shared_path(value: str) -> str:
    if not _RELATIVE.fullmatch(value.removesuffix("/")):
        raise ValueError("expected a relative path such as playmaker.db or, for a folder, uploads/")
    return _own(value)


def _own(path: str) -> str:
    """Return a path that is the app's to name. Raises ValueError where it is somebody else's."""
    names = path.rstrip("/").split("/")
    for name in names:
        if name in _NOT_THE_APPS:
            raise ValueError(f"{path}: {name} is {_NOT_THE_APPS[name]}; name another path")
    if names[0] == ".env":
        raise ValueError(f"{path}: .env is the app's environment on the host; name another path")
    return path


def _environment_key(value: str) -> str:
    if not _ENVIRONMENT_KEY.fullmatch(value):
        raise ValueError("expected the name of an environment variable, such as DATABASE_URL")
    return value


def _memory(value: str) -> str:
    if not MEMORY.fullmatch(value):
        raise ValueError("expected memory in systemd's form: 512M, 2G, 75% or infinity")
    return value


AppName = Annotated[str, AfterValidator(_app_name)]
RelativePath = Annotated[str, AfterValidator(_relative_path)]
EnvironmentKey = Annotated[str, AfterValidator(_environment_key)]
Memory = Annotated[str, AfterValidator(_memory)]
SharedPath = Annotated[str, AfterValidator(_shared_path)]

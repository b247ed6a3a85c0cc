"""What a part of a host's own configuration is, and what it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from changeover.plans.script import Variable
from changeover.settings.app import App
from changeover.settings.host import HostSettings
from changeover.settings.values import Values

CANNOT = "cannot: "
"""An answer that begins so says why something cannot be set on this host."""


@dataclass(frozen=True)
class Machine:
    """What is given on a host, and not Changeover's to change."""

    system: str = "debian 12"
    """``ID VERSION_ID`` of /etc/os-release."""
    codename: str = "bookworm"
    systemd: bool = True
    uid: int = 0
    """Of the user that the scripts run as."""
    memory_megabytes: int = 1024
    cores: int = 1
    user: str = "root"
    """Whom pyinfra logs in as."""
    ssh_port: int = 22
    """On the host's side of the connection that pyinfra came by."""
    controller: str = ""
    """The address that pyinfra comes from, "" where it does not come by ssh."""


@dataclass(frozen=True)
class Login:
    """How pyinfra got into a host by ssh, as its own end of the connection knows it."""

    key: str = ""
    """The public key in base64 that it got in with; "" where it was none."""
    password: bool = False
    """It got in with a password."""
    host_key: str = ""
    """The type of the key that the host showed, such as ``ssh-ed25519``."""
    known: tuple[str, ...] = ()
    """The types of the host's keys that the controller knows."""


@dataclass(frozen=True)
class Carried:
    """An app that the host carries, with its values there."""

    app: App
    values: Values
    local_server: bool = False
    """Its database is on a PostgreSQL server of this host, as far as the controller knows."""
    packages: tuple[str, ...] = ()
    """Debian packages that it needs, likewise."""


@dataclass(frozen=True)
class HostTarget:
    """What is wanted of one host, and what that depends on."""

    settings: HostSettings
    machine: Machine = Machine()
    apps: tuple[Carried, ...] = ()
    login: Login = Login()


@dataclass(frozen=True)
class File:
    """A file as it should be."""

    content: str
    mode: str = "644"
    owner: str = "root:root"


@dataclass(frozen=True)
class Setting:
    """
    Something that is no file: a command that prints one line, and the line that is wanted.

    The command reads only, runs as root in bash with stderr away, and may print ``CANNOT`` with
    the reason where the host does not let it be set: the part is then as it should be as far as
    that goes, and the reason is shown.
    """

    command: str
    wanted: str


@dataclass(frozen=True)
class Part:
    """
    One subject of a host's configuration, converged by one script.

    A function that makes one raises ValueError, with what to do, where the settings ask for what
    cannot be or would lock the operator out: the host is stopped before anything is changed.

    The script installs the files, removes those that should be absent, and runs
    ``scripts/<apply>.sh``, which checks the new configuration (``sshd -t``, ``nginx -t``),
    puts it in force and sees that it is; it may run any number of times. When the changeover of
    the host is undone, files become what they were, and then ``scripts/<settle>.sh`` puts
    those in force, whatever of the part had been done.
    """

    step: str
    """``<phase>.<what>``, as the line of deploys/provision.py is called."""
    packages: tuple[str, ...] = ()
    """Debian packages that have to be there first; installed with all others, not undone."""
    files: Mapping[str, File] = field(default_factory=dict)
    """Full path to what should be there."""
    absent: tuple[str, ...] = ()
    """Full paths of files and links that should not be there."""
    answers: Mapping[str, Setting] = field(default_factory=dict)
    """What else has to be so, by a name that a person understands."""
    apply: str = ""
    settle: str = ""
    functions: tuple[str, ...] = ()
    """Files of scripts/ with shell functions that both scripts use."""
    variables: Mapping[str, Variable] = field(default_factory=dict)
    """Shell variables of both scripts; no secrets."""
    keep: tuple[str, ...] = ()
    """Further paths that ``apply`` changes and an undo puts back."""
    because: str = ""
    """Why the part has nothing to do on this host, where it has no files and no answers."""

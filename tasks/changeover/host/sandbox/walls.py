"""
The walls around code that is not trusted: who runs it, what it sees, what it may use up.

Every command of a repository or of an app that a release runs goes through here. Three roles:
``fetch`` asks the repository's server, ``build`` installs packages and builds, ``app`` runs the
app's own commands. What each may do is written down in docs/explanation/security.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FETCH, BUILD, APP = "fetch", "build", "app"
FETCH_USER = "changeover"

# the settings of the caller's that reach a sandbox: how to get to the network, and nothing else
NETWORK_SETTINGS = (
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"),
    *("PIP_CERT", "PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
    *("NPM_CONFIG_CAFILE", "NPM_CONFIG_REGISTRY", "npm_config_cafile", "npm_config_registry"),
)

_ALWAYS = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "KeyringMode": "private",
    "ProtectSystem": "strict",
    "ProtectKernelTunables": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectControlGroups": "yes",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "ProtectProc": "invisible",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateMounts": "yes",
    "LimitCORE": "0",
    "TimeoutStopSec": "10",
}
# the names of systemd's groups of system calls: all that programs need, but no debugging of others
_CALLS = ("@system-service", "~@privileged @debug @keyring")
# what starts processes, or whole sessions, outside of the unit that asks: systemd and logind by the
# bus (a user may ask for lingering), others by sockets that all may open; what everybody can fill
CONTROL = (
    *("-/run/dbus", "-/run/systemd/private", "-/run/user"),
    *("-/run/docker.sock", "-/run/containerd", "-/run/podman", "-/run/snapd.socket"),
    *("-/run/snapd-snap.socket", "-/run/lxd.socket", "-/run/incus", "-/run/libvirt"),
    *("-/run/screen", "-/run/tmux", "-/run/lock"),
)
# its own, so that nobody fills that of the host, and nothing is left in it
SHARED_MEMORY = "/dev/shm:rw,nosuid,nodev,size=1G,mode=1777"  # noqa: S108 - the sandbox's own
# nothing of the host's state is there; what is needed is shown by name
_HIDDEN = (
    *("/srv:ro", "/run:ro", "/home:ro", "/root:ro", "/mnt:ro", "/media:ro"),
    *("/var/lib:ro", "/var/cache:ro", "/var/backups:ro", "/var/log:ro", "/var/spool:ro"),
    *("/var/www:ro", "/etc/changeover:ro", "/etc/ssh:ro", "/etc/nginx:ro"),
    SHARED_MEMORY,
)
# where /etc/resolv.conf may lead to
_NAMES_OF_HOSTS = "-/run/systemd/resolve -/run/resolvconf -/run/NetworkManager/resolv.conf"


@dataclass(frozen=True)
class Walls:
    """What one command gets to see and to use."""

    role: str
    app: str
    task: str
    """Names the unit: ``changeover-<app>-<task>``."""
    folder: str
    """Where it runs."""
    read: Sequence[str] = ()
    """Paths that it sees, each ``PATH`` or ``PATH:AS``; beside the system's own."""
    write: Sequence[str] = ()
    """Paths that it may write, in the same form."""
    environment: Sequence[str] = ()
    """Files with its environment; later ones win. systemd reads them, nobody else has to."""
    credentials: Mapping[str, str] | None = None
    """Files that it alone can read, by the name under ``$CREDENTIALS_DIRECTORY``."""
    network: bool = False
    memory: str = "75%"
    """In systemd's form."""
    tasks: int = 2048
    """Most processes and threads at one time."""
    seconds: int = 1800
    """After which it is killed."""

    @property
    def user(self) -> str:
        """Whose rights it has."""
        return {FETCH: FETCH_USER, BUILD: f"{self.app}-build", APP: self.app}[self.role]

    @property
    def unit(self) -> str:
        """The unit in which it runs."""
        return f"changeover-{self.app}-{self.task}"

    def properties(self) -> list[str]:
        """Return systemd's properties, each as ``Key=value``."""
        own = {
            "User": self.user,
            "Group": self.user,
            "WorkingDirectory": self.folder,
            "MemoryMax": self.memory,
            "TasksMax": str(self.tasks),
            "RuntimeMaxSec": str(self.seconds),
        }
        lines = [f"{key}={value}" for key, value in (_ALWAYS | own | self._role()).items()]
        lines += [f"SystemCallFilter={names}" for names in _CALLS]
        lines += [f"BindReadOnlyPaths={path}" for path in self.read]
        lines += [f"BindPaths={path}" for path in self.write]
        lines += [f"EnvironmentFile={path}" for path in self.environment]
        found = (self.credentials or {}).items()
        return lines + [f"LoadCredential={name}:{path}" for name, path in found]

    def _role(self) -> dict[str, str]:
        if self.role == APP:
            # what the app's own unit sees: its folder of all apps' folders, and services' sockets
            return {
                "TemporaryFileSystem": f"/srv:ro {SHARED_MEMORY}",
                "InaccessiblePaths": " ".join(CONTROL),
                "PrivateIPC": "yes",
                "ProtectHome": "yes",
                "UMask": "0027",
            }
        return {
            "TemporaryFileSystem": " ".join(_HIDDEN),
            "UMask": "0022",
            "PrivateIPC": "yes",
            "PrivateNetwork": "no" if self.network else "yes",
            "BindReadOnlyPaths": _NAMES_OF_HOSTS,
            "Nice": "10",
            "CPUWeight": "50",
            "IOWeight": "50",
            "OOMScoreAdjust": "500",
        }

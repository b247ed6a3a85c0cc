"""What sshd takes and offers: keys only, today's algorithms, and limits."""

from collections.abc import Mapping

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.hardening.plans.parts.access import GOOD, MANAGED, operator_of
from changeover.plans.script import Variable, assignments, read

CONFIGURATION = "/etc/ssh/sshd_config.d/00-changeover.conf"
HOST_KEYS = "/etc/ssh/sshd_config.d/00-changeover-host-keys.conf"
MODULI = "/etc/ssh/moduli"
BANNER = (
    "Authorized access only. Use of this private system is monitored, recorded and audited;\n"
    "unauthorized use is prohibited and may be prosecuted under law. Disconnect now if you\n"
    "are not permitted by its owner.\n"
)
NEWEST_CURVES = ("mlkem768x25519-sha256", "sntrup761x25519-sha512")
# the last is what paramiko calls it
CURVES = (
    "sntrup761x25519-sha512@openssh.com",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
)
GOOD_HOST_KEYS = "Ed25519, and RSA of 3072 bits or more"
GOOD_MODULI = "without short groups"

_FUNCTIONS = "access/sshd_functions"
_OPENSSH = {
    "debian 12": (9, 2),
    "ubuntu 24.04": (9, 6),
    "debian 13": (10, 0),
}
_PENALTIES = (9, 8)
_POST_QUANTUM = (9, 9)
_ALWAYS: Mapping[str, str] = {
    "PubkeyAuthentication": "yes",
    "PasswordAuthentication": "no",
    "KbdInteractiveAuthentication": "no",
    "HostbasedAuthentication": "no",
    "GSSAPIAuthentication": "no",
    "KerberosAuthentication": "no",
    "AuthenticationMethods": "publickey",
    "PermitEmptyPasswords": "no",
    "PermitUserEnvironment": "no",
    "IgnoreRhosts": "yes",
    "StrictModes": "yes",
    "MaxAuthTries": "3",
    "MaxSessions": "4",
    "LoginGraceTime": "30",
    "ClientAliveInterval": "120",
    "ClientAliveCountMax": "2",
    "TCPKeepAlive": "no",
    "X11Forwarding": "no",
    "AllowTcpForwarding": "local",
    "AllowStreamLocalForwarding": "no",
    "GatewayPorts": "no",
    "PermitTunnel": "no",
    "Compression": "no",
    "UseDNS": "no",
    "LogLevel": "VERBOSE",
    "Banner": "/etc/issue.net",
    # without ChaCha20, which an old peer lets somebody in the middle take packets from (Terrapin)
    "Ciphers": "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
    "MACs": (
        "hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,umac-128-etm@openssh.com"
    ),
}


def sshd(target: HostTarget) -> Part:
    """Return the configuration of sshd, in force only once it was seen to let us in."""
    wanted = _directives(target)
    users = list(dict.fromkeys((operator_of(target), target.machine.user)))
    variables: dict[str, Variable] = {
        "configuration": CONFIGURATION,
        "host_keys": HOST_KEYS,
        "head": MANAGED,
        "moduli": MODULI,
        "users": users,
        "login": target.machine.user,
        "controller": target.machine.controller or "127.0.0.1",
        "port": target.machine.ssh_port,
        "good": GOOD,
        "good_host_keys": GOOD_HOST_KEYS,
        "good_moduli": GOOD_MODULI,
        "wanted": [_as_told(key, value) for key, value in wanted.items()],
    }
    functions = assignments(variables) + read(_FUNCTIONS)
    return Part(
        step="access.sshd",
        packages=("openssh-server",),
        files={
            CONFIGURATION: File(_text(wanted, _unseen(target), users)),
            "/etc/issue": File(BANNER),
            "/etc/issue.net": File(BANNER),
        },
        answers={
            "sshd's configuration": Setting(f"{functions}say_sshd\n", GOOD),
            "host key offered": Setting(f"{functions}say_host_keys\n", GOOD_HOST_KEYS),
            MODULI: Setting(f"{functions}say_moduli\n", GOOD_MODULI),
        },
        apply="access/sshd",
        settle="access/sshd_settle",
        functions=(_FUNCTIONS,),
        variables=variables,
        keep=(HOST_KEYS, MODULI, "/etc/ssh/sshd_config"),
    )


def _directives(target: HostTarget) -> dict[str, str]:
    """Return what sshd can be asked about, by keyword."""
    wanted = dict(_ALWAYS)
    wanted["PermitRootLogin"] = "prohibit-password" if target.machine.user == "root" else "no"
    wanted["MaxStartups"] = "30:50:100"
    newest = NEWEST_CURVES if _version(target) >= _POST_QUANTUM else ()
    wanted["KexAlgorithms"] = ",".join((*newest, *CURVES))
    if target.settings.operator_keys:  # those, and no others by another way
        wanted["AuthorizedKeysFile"] = ".ssh/authorized_keys"
        wanted["AuthorizedKeysCommand"] = wanted["TrustedUserCAKeys"] = "none"
    return wanted


def _unseen(target: HostTarget) -> dict[str, str]:
    """Return what sshd tells in other words than it is told."""
    unseen = {"DebianBanner": "no", "AllowAgentForwarding": "no"}
    if _version(target) >= _PENALTIES:
        unseen["PerSourcePenalties"] = "crash:90s authfail:5s noauth:1s grace-exceeded:20s max:10m"
        if target.settings.operator_addresses:
            unseen["PerSourcePenaltyExemptList"] = ",".join(target.settings.operator_addresses)
    return unseen


def _version(target: HostTarget) -> tuple[int, int]:
    """Return the version of OpenSSH that the host's system has, or the oldest that is known."""
    return _OPENSSH.get(target.machine.system, min(_OPENSSH.values()))


def _text(wanted: Mapping[str, str], unseen: Mapping[str, str], users: list[str]) -> str:
    lines = [f"{key} {value}" for key, value in {**wanted, **unseen}.items()]
    # the agent of an operator opens private repositories; nobody else's is let through
    for who in (f"User {','.join(users)}", "Group sudo"):
        lines += [f"Match {who}", "    AllowAgentForwarding yes"]
    lines.append("Match all")
    return MANAGED + "".join(f"{line}\n" for line in lines)


def _as_told(key: str, value: str) -> str:
    """Return a directive as ``sshd -T`` says it."""
    told = {"prohibit-password": "without-password"}
    return f"{key.lower()} {told.get(value, value)}"

"""What sshd is told, and what is said of it before it is told so."""

import pytest

from changeover.hardening.plans.part import HostTarget, Machine, Part
from changeover.hardening.plans.parts import access, sshd
from changeover.settings.host import HostSettings
from tests.unit.plans.shell import Shell

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8Vdp1yoH1cYw6bTTkT0qFq0e3yS2wqkNwDgV1x5f0m"
# paramiko 4.0 knows these, and no key exchange that a quantum computer could not undo
PARAMIKO = {
    "KexAlgorithms": {"curve25519-sha256@libssh.org"},
    "Ciphers": {"aes128-ctr", "aes256-ctr", "aes256-gcm@openssh.com"},
    "MACs": {"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"},
}


def made(system: str = "debian 12", user: str = "admin", **settings: object) -> Part:
    wanted = HostTarget(HostSettings.model_validate(settings), Machine(system=system, user=user))
    return sshd.sshd(wanted)


def told(part: Part) -> dict[str, str]:
    lines = part.files[sshd.CONFIGURATION].content.splitlines()
    return dict(line.split(" ", 1) for line in lines if line[0] not in "# ")


@pytest.mark.parametrize(("user", "root"), [("admin", "no"), ("root", "prohibit-password")])
def test_root_logs_in_only_where_pyinfra_does(user: str, root: str) -> None:
    assert told(made(user=user))["PermitRootLogin"] == root


@pytest.mark.parametrize("system", ["debian 12", "ubuntu 24.04", "debian 13", "debian 99"])
def test_pyinfra_itself_has_a_way_in(system: str) -> None:
    for key, known in PARAMIKO.items():
        assert known & set(told(made(system))[key].split(",")), key


@pytest.mark.parametrize(
    ("system", "newest"), [("debian 12", False), ("ubuntu 24.04", False), ("debian 13", True)]
)
def test_each_version_is_told_what_it_knows(system: str, newest: bool) -> None:
    lines = told(made(system, operator_addresses=["192.0.2.0/24", "2001:db8::1"]))

    assert ("mlkem768x25519-sha256" in lines["KexAlgorithms"]) is newest
    assert ("PerSourcePenalties" in lines) is newest
    exempt = lines.get("PerSourcePenaltyExemptList")
    assert exempt == ("192.0.2.0/24,2001:db8::1" if newest else None)
    assert "PerSourcePenaltyExemptList" not in told(made(system))


def test_wanted_keys_are_the_only_way_in() -> None:
    assert "AuthorizedKeysFile" not in told(made())
    lines = told(made(operator_keys=[KEY]))
    assert lines["AuthorizedKeysFile"] == ".ssh/authorized_keys"
    assert lines["AuthorizedKeysCommand"] == lines["TrustedUserCAKeys"] == "none"


def test_only_operators_forward_an_agent() -> None:
    lines = made(user="root", operator="ops").files[sshd.CONFIGURATION].content.splitlines()

    assert "AllowAgentForwarding no" in lines
    assert lines[-5:] == [
        "Match User ops,root",
        "    AllowAgentForwarding yes",
        "Match Group sudo",
        "    AllowAgentForwarding yes",
        "Match all",
    ]


class Sshd:
    """A host on which sshd says what it is told to say."""

    def __init__(self, shell: Shell, part: Part) -> None:
        self.shell, self.part = shell, part
        self.lines = list(part.variables["wanted"])  # type: ignore[arg-type]
        shell.stub("id", "echo people sudo")
        shell.stub("getent", "exit 0")

    def says(self, name: str = "sshd's configuration") -> str:
        self.shell.write("/told", "".join(f"{line}\n" for line in self.lines))
        self.shell.stub("sshd", f"[ $1 = -t ] || cat {self.shell / '/told'}")
        command = self.part.answers[name].command.replace("/usr/sbin/sshd", "sshd")
        return self.moved(command)

    def moved(self, command: str) -> str:
        return self.shell.run(command.replace("/etc/ssh", str(self.shell / "/etc/ssh"))).strip()


@pytest.fixture
def host(shell: Shell) -> Sshd:
    """Have a host whose sshd does what is wanted."""
    return Sshd(shell, made())


def test_a_configuration_that_does_as_wanted_is_well(host: Sshd) -> None:
    assert host.says() == access.GOOD


def test_what_another_file_says_first_is_named_with_its_place(host: Sshd) -> None:
    at = host.lines.index("passwordauthentication no")
    host.lines[at] = "passwordauthentication yes"
    file = host.shell.write("/etc/ssh/sshd_config.d/00-a.conf", "\nPasswordAuthentication yes\n")

    assert host.says() == f"passwordauthentication yes ({file}:2)"


def test_of_a_host_where_nothing_is_as_wanted_only_some_is_named(host: Sshd) -> None:
    count = len(host.lines)
    host.lines = [f"{line.split()[0]} other" for line in host.lines]

    assert host.says().count("other") == 3
    assert host.says().endswith(f"and {count - 3} more")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("allowusers nobody", "AllowUsers does not name admin"),
        ("allowusers adm?n", ""),
        ("allowusers nobody admin", ""),
        ("allowusers admin@192.0.2.1", ""),
        ("allowgroups wheel", "AllowGroups names no group of admin"),
        ("allowgroups sudo", ""),
        ("denyusers adm*", "DenyUsers names admin"),
        ("denyusers admin@192.0.2.1", ""),
        ("denygroups people", "DenyGroups names a group of admin"),
        ("pubkeyauthentication no", "PubkeyAuthentication refuses admin"),
    ],
)
def test_a_configuration_that_refuses_the_operator_is_seen(
    host: Sshd, line: str, says: str
) -> None:
    host.lines.append(line)

    assert host.says() == (f"wrong: {says}" if says else access.GOOD)


def test_a_configuration_that_sshd_refuses_is_named(host: Sshd) -> None:
    host.shell.stub(
        "broken", r"printf '%s\r\n' 'x.conf: line 1: Bad configuration option: x' >&2; exit 255"
    )
    command = host.part.answers["sshd's configuration"].command

    said = host.moved(command.replace("/usr/sbin/sshd", "broken"))

    assert said == "wrong: x.conf: line 1: Bad configuration option: x"


@pytest.mark.parametrize(
    ("bits", "offered"), [(3072, "ssh-ed25519,rsa-sha2-512,rsa-sha2-256"), (2048, "ssh-ed25519")]
)
def test_a_short_host_key_is_only_not_offered(host: Sshd, bits: int, offered: str) -> None:
    name = "host key offered"
    host.shell.stub("ssh-keygen", f"echo {bits} SHA256:x root@host '(RSA)'")
    assert host.says(name) == "no Ed25519 key"
    host.shell.write("/etc/ssh/ssh_host_ed25519_key", "x")
    assert host.says(name) == "of any kind and length"

    functions = host.part.answers[name].command.removesuffix("say_host_keys\n")
    host.shell.write(sshd.HOST_KEYS, host.moved(f"{functions}offered\n") + "\n")
    host.lines.append(f"hostkeyalgorithms {offered}")
    assert host.says(name) == sshd.GOOD_HOST_KEYS

    host.shell.write(sshd.HOST_KEYS, "HostKeyAlgorithms ssh-rsa\n")
    assert host.says(name).endswith("was changed to say")


def test_short_groups_are_counted(host: Sshd) -> None:
    row = "20240101 2 6 100 {bits} 2 ABCDEF\n"
    assert host.says(sshd.MODULI) == sshd.GOOD_MODULI
    host.shell.write(sshd.MODULI, "# x\n" + "".join(row.format(bits=n) for n in (2047, 3071, 4095)))
    assert host.says(sshd.MODULI) == "with 1 groups below 3072 bits"

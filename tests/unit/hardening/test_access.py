"""The operator: who would be locked out, which keys are foreign, who lacks sudo."""

import base64
import getpass
from pathlib import Path

import pytest

from changeover.hardening.plans.part import Carried, HostTarget, Login, Machine, Part, Setting
from changeover.hardening.plans.parts import access
from changeover.settings.host import HostSettings
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

ME = getpass.getuser()


def key(letter: str, comment: str = "") -> str:
    """Return a public key as ssh-keygen would write it."""
    parts = (b"ssh-ed25519", letter.encode() * 32)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}".strip()


def blob(letter: str) -> str:
    return key(letter).split()[1]


def host_target(
    *keys: str, operator: str | None = None, user: str = "admin", login: Login | None = None
) -> HostTarget:
    settings = HostSettings(operator=operator, operator_keys=list(keys))
    return HostTarget(settings, Machine(user=user), login=login or Login())


def test_the_key_that_pyinfra_came_by_has_to_stay() -> None:
    came = Login(key=blob("a"))

    with pytest.raises(ValueError, match="does not hold the key") as refused:
        access.operator(host_target(key("b"), login=came))

    assert f"ssh-ed25519 {blob('a')}" in str(refused.value)
    assert access.operator(host_target(key("b"), key("a", "me@laptop"), login=came))
    # pyinfra's own user is another one, whose keys are nobody's business yet
    assert access.operator(host_target(key("b"), operator="ops", login=came))
    assert access.operator(host_target(login=came))


def test_a_password_alone_would_not_let_in_again() -> None:
    came = Login(password=True)

    with pytest.raises(ValueError, match="with a password, and the host is to take keys only"):
        access.operator(host_target(login=came))

    assert access.operator(host_target(key("a"), login=came))


@pytest.mark.parametrize(
    ("host_key", "known", "refused"),
    [
        ("ecdsa-sha2-nistp256", ("ecdsa-sha2-nistp256",), True),
        ("ecdsa-sha2-nistp256", ("ecdsa-sha2-nistp256", "ssh-ed25519"), False),
        ("ecdsa-sha2-nistp256", (), False),
        ("ssh-ed25519", ("ssh-ed25519",), False),
    ],
)
def test_a_host_known_by_its_ecdsa_key_only_would_not_be_known(
    host_key: str, known: tuple[str, ...], refused: bool
) -> None:
    wanted = host_target(login=Login(host_key=host_key, known=known))
    if not refused:
        assert access.operator(wanted)
        return
    with pytest.raises(ValueError, match="only the ECDSA key of this host"):
        access.operator(wanted)


@pytest.mark.parametrize("user", ["changeover", "playmaker"])
def test_nobody_logs_in_as_a_user_of_an_app(user: str) -> None:
    seen = target()
    settings = HostSettings(operator=user)

    with pytest.raises(ValueError, match="a user that nobody logs in as"):
        access.operator(HostTarget(settings, apps=(Carried(seen.app, seen.values),)))


def test_root_needs_no_sudo_and_everybody_else_keeps_it() -> None:
    assert access.operator(host_target(user="root")).packages == ()
    assert access.operator(host_target(user="root")).variables["sudo_users"] == []
    moving = access.operator(host_target(operator="ops"))
    assert (moving.packages, moving.variables["sudo_users"]) == (("sudo",), ["ops", "admin"])


class Host:
    """A host whose answers of the operator can be asked for."""

    def __init__(self, shell: Shell, part: Part) -> None:
        self.shell, self.part = shell, part
        self.home = shell / "/home/{ME}"
        self.keys = self.home / ".ssh/authorized_keys"

    def moved(self, script: str) -> str:
        home = access.home_of(ME)
        return script.replace(access.SUDOERS, str(self.sudoers)).replace(home, str(self.home))

    @property
    def sudoers(self) -> Path:
        return self.shell / access.SUDOERS

    def says(self, name: str) -> str:
        (answer,) = [one for key, one in self.part.answers.items() if key.startswith(name)]
        return self.shell.run(self.moved(answer.command)).removesuffix("\n")

    def write_keys(self, text: str, mode: int = 0o600) -> None:
        self.keys.parent.mkdir(parents=True, exist_ok=True)
        self.keys.parent.chmod(0o700)
        self.keys.write_text(text)
        self.keys.chmod(mode)


@pytest.fixture
def host(shell: Shell) -> Host:
    """Have a host on which one key may log in."""
    return Host(shell, access.operator(host_target(key("a", "me@laptop"), operator=ME, user=ME)))


def test_exactly_the_wanted_keys_let_in(host: Host) -> None:
    wanted = access.authorized_keys(host_target(key("a", "me@laptop")).settings)
    assert host.says("who") == "nobody"

    host.write_keys(wanted)
    assert host.says("who") == access.GOOD_KEYS

    host.write_keys(f"{wanted}{key('m', 'mallory@evil')}")  # its line does not end
    assert host.says("who").startswith("also SHA256:")
    assert "mallory@evil" in host.says("who")
    assert ";" not in host.says("who")

    host.write_keys(f'{access.MANAGED}command="x" {key("z")}\n')
    assert [word.split()[0] for word in host.says("who").split("; ")] == ["also", "without"]

    host.write_keys(f'{access.MANAGED}command="x" {key("a", "me@laptop")}\n')
    assert host.says("who") == "told with other options or comments"

    host.write_keys(wanted, 0o644)
    assert host.says("who") == f"told by a file of {ME} 644"

    host.write_keys(wanted)
    host.keys.parent.chmod(0o755)
    assert host.says("who") == "told in a folder of others"


def test_what_a_key_is_called_cannot_command_a_terminal(host: Host) -> None:
    host.write_keys(f"{key('m', 'x')}\x1b[2Jcleared\n")

    assert "\x1b" not in host.says("who")
    assert "cleared" in host.says("who")


def test_without_wanted_keys_those_that_are_there_stay(shell: Shell) -> None:
    same = Host(shell, access.operator(host_target(user=ME)))
    assert same.says("who") == access.GOOD_KEYS
    other = Host(shell, access.operator(host_target(operator=ME, user="other")))
    assert other.says("who") == "nobody"
    other.write_keys(f"# none\n{key('a')}\n")
    assert other.says("who") == access.GOOD_KEYS


LINE = f"{ME} ALL=(ALL:ALL) NOPASSWD: ALL\n"
ALLOWED = {
    "nothing": "",
    "all": "    (ALL : ALL) ALL",
    "now": "    (ALL : ALL) ALL\n    (ALL) NOPASSWD: ALL",
    "root": "    (root) NOPASSWD: ALL",
    "some": "    (ALL) NOPASSWD: /usr/bin/apt",
    "taken": "    (ALL) NOPASSWD: ALL\n    (ALL) !ALL",
}


@pytest.mark.skipif(ME != "root", reason="what of sudo is of root has to be made by root")
@pytest.mark.parametrize(
    ("allowed", "password", "there", "says"),
    [
        ("nothing", "L", None, f"not for {ME}"),
        ("some", "P", None, f"not for {ME}"),
        ("all", "L", None, f"not for {ME}"),
        ("all", "P", None, access.GOOD),
        ("now", "L", None, access.GOOD),
        ("root", "L", None, access.GOOD),
        ("taken", "P", None, f"not for {ME}"),
        ("now", "L", access.MANAGED + LINE, access.GOOD),
        ("taken", "L", access.MANAGED + LINE, f"refused to {ME}"),
        ("now", "L", access.MANAGED + LINE + "mallory ALL=(ALL) ALL\n", "changed"),
        ("all", "P", "mallory ALL=(ALL) ALL\n", "which nobody needs"),
    ],
)
def test_only_who_has_no_sudo_is_given_it(
    host: Host, allowed: str, password: str, there: str | None, says: str
) -> None:
    if there is not None:
        host.shell.write(access.SUDOERS, there, 0o440)
    host.shell.stub("sudo", f"cat <<'X'\n{ALLOWED[allowed]}\nX")
    host.shell.stub("passwd", f"echo {ME} {password} 2026-01-01 0 99999 7 -1")
    host.shell.stub("visudo", "exit 0")
    host.part = Part("x", answers=_as_somebody(host.part))

    assert says in host.says("sudo")


def _as_somebody(part: Part) -> dict[str, Setting]:
    """Return the answers of a part with a user who is not root, which the test may run as."""
    return {
        name: Setting(f"{one.command}".replace("sudo_users=()", f"sudo_users=({ME})"), "")
        for name, one in part.answers.items()
    }


@pytest.mark.skipif(ME != "root", reason="as above")
def test_a_broken_sudoers_file_is_named(host: Host) -> None:
    host.shell.stub("visudo", "echo '/etc/sudoers.d/zz:1:17: syntax error' >&2; exit 1")

    assert host.says("sudo") == "broken (/etc/sudoers.d/zz:1:17: syntax error)"

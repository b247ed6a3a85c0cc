"""Who gets into a host: the operator, with which keys, and what sudo lets the operator do."""

import base64

from changeover.hardening.plans.part import HostTarget, Part, Setting
from changeover.plans.paths import FETCH_USER, Paths
from changeover.plans.script import Variable, assignments, read
from changeover.settings.host import HostSettings

MANAGED = "# Managed by Changeover. Changes made here are overwritten.\n"
SUDOERS = "/etc/sudoers.d/changeover-operator"
COMMENT = "Changeover operator"
GOOD = "as it should be"
GOOD_USER = "able to log in"
GOOD_KEYS = "who should"

_FUNCTIONS = "access/operator_functions"


def operator_of(target: HostTarget) -> str:
    """Return the user that operators log in as."""
    return target.settings.operator or target.machine.user


def home_of(user: str) -> str:
    """Return the home that a user is expected to have."""
    return "/root" if user == "root" else f"/home/{user}"


def authorized_keys(settings: HostSettings) -> str:
    """Return the file of the keys that may log in as the operator."""
    return MANAGED + "".join(f"{key}\n" for key in settings.operator_keys)


def _refuse_lock_out(target: HostTarget) -> None:
    """Raise ValueError where the next connection of pyinfra is known to be refused."""
    login, user, operator = target.login, target.machine.user, operator_of(target)
    keys = {key.split()[1] for key in target.settings.operator_keys}
    if login.key and keys and operator == user and login.key not in keys:
        raise ValueError(
            f"host_operator_keys does not hold the key that pyinfra logs in with as {user}, which"
            f" would be refused from then on: add it ({_type(login.key)} {login.key})"
        )
    if login.password and not keys:
        raise ValueError(
            f"pyinfra logs in as {user} with a password, and the host is to take keys only:"
            " give host_operator_keys, and ssh_key in the inventory"
        )
    if login.host_key.startswith("ecdsa-") and login.known and "ssh-ed25519" not in login.known:
        raise ValueError(
            "known_hosts has only the ECDSA key of this host, which is to show its Ed25519 key:"
            " add that one (on the host: /etc/ssh/ssh_host_ed25519_key.pub)"
        )


def _type(key: str) -> str:
    """Return the type that a public key in base64 says it has; it begins with its length."""
    blob = base64.b64decode(key)
    return blob[4 : 4 + int.from_bytes(blob[:4])].decode()


def _ours(target: HostTarget) -> set[str]:
    """Return the users that run apps, build them and fetch them."""
    apps = {carried.app.name for carried in target.apps}
    return {FETCH_USER, *apps, *(Paths(name).build_user for name in apps)}


def operator(target: HostTarget) -> Part:
    """
    Return the operator's user, the keys that let in as that user, and the user's sudo.

    Raises ValueError where pyinfra itself would not get in any more.
    """
    settings, login, user = target.settings, target.machine.user, operator_of(target)
    if user in _ours(target):
        raise ValueError(f"host_operator is {user}, a user that nobody logs in as: name another")
    _refuse_lock_out(target)
    # whom pyinfra comes as keeps its sudo until it comes as somebody else
    sudo_users = [one for one in dict.fromkeys((user, login)) if one != "root"]
    file = f"{home_of(user)}/.ssh/authorized_keys"
    variables: dict[str, Variable] = {
        "operator": user,
        "login": login,
        "home": home_of(user),
        "comment": COMMENT,
        "keys_file": file,
        "keys_text": authorized_keys(settings) if settings.operator_keys else "",
        "sudoers": SUDOERS,
        "sudoers_head": MANAGED,
        "sudo_users": sudo_users,
        "good": GOOD,
        "good_user": GOOD_USER,
        "good_keys": GOOD_KEYS,
    }
    functions = assignments(variables) + read(_FUNCTIONS)
    answers = {
        f"user {user}": Setting(f"{functions}say_user\n", GOOD_USER),
        f"who may log in as {user}": Setting(f"{functions}say_keys\n", GOOD_KEYS),
        "sudo": Setting(f"{functions}say_sudo\n", GOOD),
    }
    return Part(
        step="access.operator",
        packages=("sudo",) if sudo_users else (),
        answers=answers,
        apply="access/operator",
        settle="access/operator_settle",
        functions=(_FUNCTIONS,),
        variables=variables,
        keep=(file, SUDOERS),
    )

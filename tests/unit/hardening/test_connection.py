"""How pyinfra got in, as its own end of the connection knows it."""

from types import SimpleNamespace
from typing import Any

import pytest
from paramiko import ECDSAKey, HostKeys, PKey, RSAKey

from changeover.hardening.operations.connection import login
from changeover.hardening.plans.part import Login

MINE, SHOWN, OTHER = ECDSAKey.generate(), ECDSAKey.generate(), RSAKey.generate(1024)


def host(method: str = "publickey", known: dict[str, list[PKey]] | None = None, **data: Any) -> Any:
    keys = HostKeys()
    for name, found in (known or {}).items():
        for key in found:
            keys.add(name, key.get_name(), key)
    used = SimpleNamespace(auth_method=method, private_key=MINE)
    transport = SimpleNamespace(auth_handler=used, get_remote_server_key=lambda: SHOWN)
    client = SimpleNamespace(get_transport=lambda: transport, get_host_keys=lambda: keys)
    return SimpleNamespace(name="web-1", data=data, connector=SimpleNamespace(client=client))


def test_a_key_is_told_and_a_password_only_that_it_was_one() -> None:
    by_key, by_password = login(host()), login(host("password"))

    assert (by_key.key, by_key.password) == (MINE.get_base64(), False)
    assert (by_password.key, by_password.password) == ("", True)
    assert by_key.host_key == "ecdsa-sha2-nistp256"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("web-1", {}),
        ("192.0.2.1", {"ssh_hostname": "192.0.2.1"}),
        ("[192.0.2.1]:2222", {"ssh_hostname": "192.0.2.1", "ssh_port": 2222}),
    ],
)
def test_the_keys_that_are_known_of_the_host_are_told(name: str, data: dict[str, Any]) -> None:
    assert login(host(known={name: [SHOWN]}, **data)).known == (SHOWN.get_name(),)
    assert set(login(host(known={name: [SHOWN, OTHER]}, **data)).known) == {
        SHOWN.get_name(),
        "ssh-rsa",
    }


def test_of_a_host_whose_name_is_known_otherwise_nothing_is_told() -> None:
    assert login(host(known={"web-1": [OTHER], "web-2": [SHOWN]})).known == ()


def test_nothing_is_known_of_a_host_that_is_not_reached_by_ssh() -> None:
    local: Any = SimpleNamespace(name="@local", data={}, connector=SimpleNamespace())

    assert login(local) == Login()

"""The host's own settings: every problem at once, each with its key as written."""

import pytest
from pydantic import TypeAdapter

from changeover.settings.base import AppName
from changeover.settings.host import HostSettings
from changeover.settings.load import SettingsError, load_host

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8 me@home"


def test_nothing_said_is_enough_and_other_keys_are_not_the_hosts() -> None:
    assert load_host({"playmaker_ref": "main", "ssh_user": "admin"}) == HostSettings()


def test_what_is_said_is_taken() -> None:
    found = load_host(
        {"host_operator_keys": [KEY], "host_open_ports": ["5432/tcp from 10.0.0.0/8", "53/udp"]}
    )

    assert (found.operator_keys, len(found.open_ports)) == ([KEY], 2)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("operator", "Root!", "expected the name of a user"),
        ("operator_keys", ["ssh-ed25519"], "expected a line of a public key file"),
        ("operator_addresses", ["10.0.0.1/8"], "has host bits set"),
        ("open_ports", ["70000/tcp"], "expected a port such as 8443/tcp"),
        ("open_ports", ["443/tcp from anywhere"], "expected an address or a network"),
        ("proxies", ["proxy.example"], "expected an address or a network"),
        ("name", "Web_1", "expected a host name in lower case"),
        ("timezone", "../etc/passwd", "expected a time zone"),
        ("locale", "C", "expected a locale such as C.UTF-8"),
        ("reboot_window", "3-5", "expected a time such as 03:00-05:00"),
        ("acme_email", "me", "expected an e-mail address"),
        ("acme_directory", "http://plain", "expected production, staging or the URL"),
        ("journal_megabytes", 1, "greater than or equal to 50"),
        ("operater", "me", "unknown setting; did you mean host_operator?"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(
    key: str, value: object, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_host({f"host_{key}": value})

    (problem,) = refused.value.problems
    assert problem.startswith(f"host_{key}")
    assert said in problem


def test_no_app_is_called_as_the_host_is() -> None:
    with pytest.raises(ValueError, match="choose another name"):
        TypeAdapter(AppName).validate_python("host")

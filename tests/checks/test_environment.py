"""The app's environment is private and complete."""

import re

from tests.checks.carriers import Carrier


def test_the_environment_is_private(carrier: Carrier) -> None:
    file = carrier.host.file(carrier.paths.env_file)
    assert file.exists, f"{carrier.paths.env_file} is not there"
    assert (file.user, file.group) == ("root", carrier.app.name)
    assert oct(file.mode) == "0o640"


def test_every_required_key_has_a_value(carrier: Carrier) -> None:
    # names only: the values are secret and stay on the host
    keys = carrier.output("sed -nE 's/^([A-Za-z_0-9]+)=.+/\\1/p' %s", carrier.paths.env_file)
    missing = [
        key for key in carrier.app.required_env if key not in re.findall(r"^\w+$", keys, re.M)
    ]
    assert missing == []

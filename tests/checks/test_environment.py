"""The app's environment is private and complete."""

from tasks.plans.paths import PROGRAMS
from tests.checks.carriers import Carrier


def test_the_environment_is_private(carrier: Carrier) -> None:
    file = carrier.host.file(carrier.paths.env_file)
    assert file.exists, f"{carrier.paths.env_file} is not there"
    assert (file.user, file.group) == ("root", carrier.app.name)
    assert oct(file.mode) == "0o640"


def test_every_required_key_has_a_value(carrier: Carrier) -> None:
    # names only: the values are secret and stay on the host
    told = carrier.output(
        f"python3 -IS {PROGRAMS}/environment_file.py look '' '' < %s", carrier.paths.env_file
    )
    filled = {line.removeprefix("filled ") for line in told.splitlines()}
    assert [key for key in carrier.app.required_env if key not in filled] == []

"""The app's environment is private and complete."""

from changeover.checks.carriers import Carrier
from changeover.plans.paths import VERSION


def test_the_environment_is_private(carrier: Carrier) -> None:
    file = carrier.host.file(carrier.paths.env_file)
    assert file.exists, f"{carrier.paths.env_file} is not there"
    found = f"{file.user}:{file.group} {file.mode:04o}"
    wanted = f"root:{carrier.app.name} 0640"
    assert found == wanted, f"{carrier.paths.env_file} is {found} instead of {wanted}"


def test_every_required_key_has_a_value(carrier: Carrier) -> None:
    # names only: the values are secret and stay on the host
    told = carrier.output(
        f"python3 -IS {VERSION}/host/environment_file.py look '' '' < %s", carrier.paths.env_file
    )
    filled = {line.removeprefix("filled ") for line in told.splitlines()}
    missing = [key for key in carrier.app.required_env if key not in filled]
    assert not missing, f"{carrier.paths.env_file} has no value for {', '.join(missing)}"

"""An app's environment."""

from pathlib import Path

from changeover.lab.environment import Secrets, fill

EXAMPLE = """\
# A comment, even with A=<generate>
NAME="PlayMaker lab"

SECRET=<generate>
TOKEN=<generate>
"""


def test_placeholders_become_secrets_that_stay(tmp_path: Path) -> None:
    kept = tmp_path / "secrets" / "app.json"

    first = fill(EXAMPLE, Secrets(kept))
    second = fill(EXAMPLE, Secrets(kept))

    assert first == second
    assert first[0] == 'NAME="PlayMaker lab"'
    values = dict(line.split("=", 1) for line in first)
    assert len(values["SECRET"]) > 30
    assert values["SECRET"] != values["TOKEN"]


def test_only_the_owner_reads_the_secrets(tmp_path: Path) -> None:
    fill(EXAMPLE, Secrets(tmp_path / "app.json"))

    assert (tmp_path / "app.json").stat().st_mode & 0o777 == 0o600

"""Which apps there are, and which cannot be beside each other."""

from pathlib import Path

import pytest
from pyinfra.api import DeployError

from changeover import apps


def made(folder: Path, *names: str) -> None:
    for place in ("deploys", "group_data"):
        (folder / place).mkdir()
        for name in names:
            (folder / place / f"{name}.py").touch()


def test_an_app_whose_settings_begin_as_anothers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "shop", "shop_admin")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DeployError, match="the apps shop and shop_admin: the settings of"):
        apps.names()


def test_names_that_only_begin_with_the_same_letters_are_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "shop", "shopadmin", "admin_shop")
    monkeypatch.chdir(tmp_path)

    assert apps.names() == ("admin_shop", "shop", "shopadmin")


@pytest.mark.parametrize(
    ("app", "inventory"), [("prod", "prod"), ("prod_web", "prod"), ("prod", "all")]
)
def test_an_app_is_not_called_as_an_inventory(
    app: str, inventory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hosts are a group of that name, so each of them would carry the app."""
    made(tmp_path, app)
    (tmp_path / "inventories").mkdir()
    (tmp_path / f"inventories/{inventory}.py").touch()
    monkeypatch.chdir(tmp_path)

    if app != inventory:
        assert apps.names() == (app,)
        return
    with pytest.raises(DeployError, match="prod: an app and an inventory"):
        apps.names()

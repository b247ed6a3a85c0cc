"""The program uv is for the apps that need it."""

import pytest

from changeover.plans.provision.uv import decide_uv
from changeover.settings.app import App
from tests.unit.plans.world import HELLO, PLAYMAKER, fresh, target


@pytest.mark.parametrize(("app", "needed"), [(PLAYMAKER, True), (HELLO, False)])
def test_uv_is_for_the_apps_that_need_it(app: App, needed: bool) -> None:
    assert decide_uv(target(app), fresh()).needed is needed

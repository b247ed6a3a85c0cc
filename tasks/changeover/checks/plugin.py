"""What pytest knows of the checks: which hosts, which apps, read from pyinfra's inventory.

pytest loads it wherever Changeover is installed, so it imports the rest when it is asked for.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --inventory, --limit and --writes."""
    group = parser.getgroup("changeover")
    group.addoption("--inventory", help="pyinfra inventory, such as inventories/prod.py")
    group.addoption("--limit", action="append", help="only this host or group; may be repeated")
    group.addoption("--writes", action="store_true", help="allow checks that write and clean up")
    group.addoption("--backup-max-age-days", type=float, help="how old the newest backup may be")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each check once for each app of each host, or for the module's GROUP, or that it fits."""
    if "carrier" not in metafunc.fixturenames:
        return
    from changeover.checks.carriers import carriers

    inventory = metafunc.config.getoption("--inventory")
    if not inventory:
        pytest.exit(
            "checks need --inventory, such as inventories/prod.py", pytest.ExitCode.USAGE_ERROR
        )
    limits = metafunc.config.getoption("--limit") or []
    wanted = getattr(metafunc.module, "GROUP", None)
    fits = getattr(metafunc.module, "fits", bool)
    try:
        there = carriers(inventory, tuple(limits))
    except pytest.UsageError as error:  # in the middle of a collection it would be a traceback
        pytest.exit(str(error), pytest.ExitCode.USAGE_ERROR)
    found = [c for c in there if wanted in (None, c.app.name)]
    found = [c for c in found if fits(c)]
    metafunc.parametrize("carrier", found, ids=[c.id for c in found])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of an app that no host carries."""
    idle = [item for item in items if _is_idle(item)]
    config.hook.pytest_deselected(items=idle)
    items[:] = [item for item in items if item not in idle]


def _is_idle(item: pytest.Item) -> bool:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    # pytest gives a test that no host is for something of its own in the place of a carrier
    return "carrier" in parameters and not hasattr(parameters["carrier"], "app")


@pytest.fixture
def writes(request: pytest.FixtureRequest) -> None:
    """Skip a check that writes, unless --writes allows it."""
    if not request.config.getoption("--writes"):
        pytest.skip("writes to the app; allow it with --writes")

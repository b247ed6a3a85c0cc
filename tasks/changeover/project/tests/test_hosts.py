"""Checks of your own, beside those of Changeover: ``pytest --pyargs changeover.checks tests``."""

from changeover.checks.carriers import Carrier


def test_the_site_is_the_shops(carrier: Carrier) -> None:
    if carrier.app.name == "shop":
        assert "<title>Shop" in carrier.ask("/").body

"""Between parts the host is looked at anew only where that could make a difference."""

from typing import Any

import pytest

from changeover.facts import run
from changeover.hardening.operations import view as host_view

ELSEWHERE = {("other", True): "seen elsewhere"}


class Place:
    """Stands for pyinfra's current host."""

    name = "web"


def test_only_what_was_outdated_is_refreshed_and_only_on_this_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    views: dict[tuple[str, bool], Any] = {("web", True): "seen", **ELSEWHERE}
    monkeypatch.setattr(host_view, "host", Place())
    monkeypatch.setattr(run, "this", run.Run(host_views=views))

    host_view.refresh()
    assert ("web", True) in views

    host_view.outdate()
    host_view.refresh()
    assert views == ELSEWHERE

    views["web", True] = "seen anew"
    host_view.refresh()
    assert views["web", True] == "seen anew"

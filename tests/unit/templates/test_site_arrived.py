"""What an app is told of a visitor by nginx, and by those who ask it on the host: the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from changeover.host.visitor import site as visitor
from changeover.host.visitor.answer import get
from changeover.plans.site_text import Site
from tests.unit.templates.upstream import App
from tests.unit.templates.web import Web, free_port

HOP = {"Connection", "Accept", "User-Agent", "Accept-Encoding"}


@pytest.fixture(params=[False, True], ids=["plain", "behind https"])
def site(request: pytest.FixtureRequest, tmp_path: Path, play: App) -> Iterator[Web]:
    made = Web(tmp_path, free_port())
    upstream = f"unix:{play.server_address!s}"
    made.add(Site("play", ("play.example",), upstream, proxy_https=request.param))
    with made.running():
        yield made


def told_by_us(web: Web, socket: object) -> dict[str, str]:
    enabled = str(web.root / "sites/play.conf")
    known = visitor.Site("play.example", "", str(socket), enabled, "")
    answer = get(visitor.past_nginx(known, "/api/items"), 9, 1 << 20)
    headers: dict[str, str] = json.loads(answer.body)["headers"]
    return headers


def test_both_tell_an_app_the_same(site: Web, play: App) -> None:
    through = site.ask("/api/items").json["headers"]

    directly = told_by_us(site, play.server_address)

    assert through["Host"] == "play.example"
    assert {name: value for name, value in through.items() if name not in HOP} == {
        name: value for name, value in directly.items() if name not in HOP
    }


LIES: dict[str, Any] = {
    "Forwarded": "for=6.6.6.6;proto=https",
    "X_Forwarded_For": "6.6.6.6",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Port": "666",
    "X_Forwarded_Prefix": "/evil",
    "X_Forwarded_Proto": "gopher",
    "X_Forwarded_Protocol": "ssl",
    "X_Forwarded_Scheme": "https",
    "X_Forwarded_Ssl": "on",
    "X_Real_IP": "6.6.6.6",
}


def test_what_a_visitor_says_of_itself_reaches_no_app(site: Web) -> None:
    honest = site.ask("/api/items").json["headers"]

    assert site.ask("/api/items", **LIES).json["headers"] == honest


def test_a_believed_proxy_says_by_which_name_it_was_asked(site: Web) -> None:
    proxy = "127.0.0.3"
    asked = site.ask(
        "/", source=proxy, X_Forwarded_For="203.0.113.7", X_Forwarded_Host="shop.example:8443"
    )
    odd = site.ask(
        "/", source=proxy, X_Forwarded_For="203.0.113.7", X_Forwarded_Host="a.example, b.example"
    )

    assert asked.json["headers"]["X-Forwarded-Host"] == "shop.example:8443"
    assert odd.json["headers"]["X-Forwarded-Host"] == "play.example"

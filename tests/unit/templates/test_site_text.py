"""The site's text: what is refused, and that nginx takes the rest without a warning."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from changeover.plans.site_text import Files, Site, bypass_cookie, bypass_line, render_site
from tests.unit.templates.conftest import TOKEN
from tests.unit.templates.web import Web, free_port

GOOD: dict[str, Any] = {
    "app": "play",
    "server_names": ("play.example",),
    "upstream": "unix:/run/changeover/play/play.sock",
    "static_root": "/srv/play/current/dist",
    "app_paths": ("/api/",),
}
needs_nginx = pytest.mark.skipif(
    not shutil.which("nginx"), reason="no nginx on PATH: apt-get install nginx (it is in /usr/sbin)"
)


def test_the_file_says_who_wrote_it_and_where_production_has_things() -> None:
    text = render_site(Site(**GOOD))
    first = "# Managed by Changeover for play. Changes made here are overwritten.\n"
    assert text.startswith(first)
    for line in (
        "    listen 80;\n    listen [::]:80;\n",
        "    default /var/lib/changeover/play/maintenance;\n",
        "    include /etc/nginx/changeover/play-bypass.conf;\n",
        "        root /usr/local/share/changeover;\n",
        "    server unix:/run/changeover/play/play.sock;\n",
    ):
        assert line in text


def test_without_a_front_end_all_goes_to_the_app() -> None:
    text = render_site(Site("play", ("play.example",), "127.0.0.1:3000", app_paths=("/api/",)))
    assert "location / {\n        if ($co_socket_play) {\n" in text
    assert "        proxy_pass http://changeover_play;\n" in text
    assert "try_files $uri" not in text


def test_files_alone_need_no_app() -> None:
    text = render_site(Site("play", ("play.example",), static_root="/srv/play/current/dist"))
    assert "location / {\n        try_files $uri" in text
    assert "proxy" not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"app": "Play"}, "app 'Play'"),
        ({"app": "a" * 32}, "app 'a"),
        ({"server_names": ()}, "needs a server name"),
        ({"server_names": ("a.example; include /etc/passwd",)}, "server name"),
        ({"upstream": None, "static_root": None}, "needs upstream"),
        ({"upstream": "localhost:3000"}, "upstream"),
        ({"upstream": "unix:run/x.sock"}, "upstream"),
        ({"upstream": "unix:/run/x;"}, "upstream"),
        ({"static_root": "dist"}, "static_root"),
        ({"static_root": "/srv/../etc"}, "static_root"),
        ({"static_root": "/srv/$host"}, "static_root"),
        ({"app_paths": ("api",)}, "path 'api'"),
        ({"app_paths": ("/a b",)}, "path '/a b'"),
        ({"app_paths": ("/api/", "/api/")}, "given twice"),
        ({"hashed_prefix": "/.assets/"}, "path '/.assets/'"),
        ({"body_limit": "10 MB"}, "body_limit"),
        ({"read_timeout_seconds": 0}, "read_timeout_seconds"),
        ({"websocket_timeout_seconds": 0}, "websocket_timeout_seconds"),
        ({"header_limit": "16"}, "header_limit"),
        ({"header_limit": "3k"}, "header_limit '3k': expected '4k' to '256k'"),
        ({"header_limit": "257k"}, "header_limit"),
        ({"header_limit": "1m"}, "header_limit"),
        ({"include": "../x"}, "include"),
        ({"frame_options": "DENY\n"}, "X-Frame-Options"),
        ({"frame_options": '"DENY"'}, "X-Frame-Options"),
        ({"referrer_policy": "$x"}, "Referrer-Policy"),
        ({"permissions_policy": "usb=(self)$"}, "Permissions-Policy"),
        ({"content_security_policy": "default-src 'self'\n"}, "Content-Security-Policy"),
        ({"content_security_policy": 'default-src "self"'}, "Content-Security-Policy"),
        ({"bypass_addresses": ("here",)}, "bypass address 'here'"),
        ({"bypass_addresses": ("fe80::1%x;",)}, "zones"),
        ({"bypass_addresses": ("10.0.0.1/8",)}, "host bits"),
    ],
)
def test_a_wrong_value_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("$", r"\$")):
        Site(**GOOD | change)


@pytest.mark.parametrize("prefix", ["/", "media/", "/media", "/me dia/", "/../"])
def test_files_need_a_whole_prefix(prefix: str) -> None:
    with pytest.raises(ValueError, match="files prefix"):
        Files(prefix, "/srv/play/shared/media")


@pytest.mark.parametrize("token", ["", "a" * 31, "a" * 47, "A" * 32, "a" * 32 + '" 1; "', "~" * 32])
def test_a_weak_or_special_token_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="bypass token") as error:
        bypass_line(token)
    assert not token or token not in str(error.value)


def test_the_token_is_not_in_the_site() -> None:
    assert bypass_line(TOKEN) == f'"{TOKEN}" 1;\n'
    assert TOKEN not in render_site(Site(**GOOD))
    assert f"$cookie_{bypass_cookie('play')} " in render_site(Site(**GOOD))


@needs_nginx
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"upstream": None},
        {"static_root": None},
        {"content_security_policy": "", "frame_options": "", "permissions_policy": ""},
        {"permissions_policy": 'geolocation=(self "https://x.example"), usb=()'},
        {"header_limit": "4k"},
        {"header_limit": "256k"},
        {"app": "a" * 31, "server_names": ("*.example", "b.example")},
        {"files": (Files("/static/", "/srv/play/s", "hashed"), Files("/f/", "/srv/play/f"))},
    ],
)
def test_nginx_takes_the_site_without_a_warning(tmp_path: Path, change: dict[str, Any]) -> None:
    web = Web(tmp_path, free_port())
    web.add(Site(**GOOD | change), bypass_line("f" * 46))
    web.add(Site("other", ("other.example",), "127.0.0.1:3000"))
    checked = web.check()
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr


@needs_nginx
def test_nginx_refuses_an_empty_token(tmp_path: Path) -> None:
    web = Web(tmp_path, free_port())
    web.add(Site(**GOOD), '"" 1;\n')
    assert "conflicting parameter" in web.check().stderr

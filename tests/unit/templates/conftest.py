"""Two apps side by side in one nginx: one with a front end, one that serves all itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.plans.site_text import Files, Site, bypass_line
from tests.unit.templates import upstream
from tests.unit.templates.web import Web, free_port, stage_pages

TOKEN = "0123456789abcdef" * 2 + "01234567"


def _front_end(root: Path) -> Path:
    for name in ("index.html", "app.js", ".env", "assets/main-1a2b.js", "assets/.git/config"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}")
    return root


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="session")
def play(folder: Path) -> Iterator[upstream.App]:
    with upstream.running(folder / "play.sock") as app:
        yield app


@pytest.fixture(scope="session")
def web(folder: Path, play: upstream.App) -> Iterator[Web]:
    if not shutil.which("nginx"):
        pytest.skip("no nginx on PATH: apt-get install nginx (it is in /usr/sbin)")
    site = Web(folder, free_port(), stage_pages(folder / "pages"))
    uploads = _front_end(folder / "uploads")
    site.add(
        Site(
            app="play",
            server_names=("play.example", "www.play.example"),
            upstream=f"unix:{play.server_address!s}",
            static_root=str(_front_end(folder / "dist")),
            app_paths=("/api/", "/login"),
            files=(Files("/media/", str(uploads), "uploads"),),
            body_limit="1m",
            bypass_addresses=("127.0.0.2", "2001:db8::/32"),
        ),
        bypass_line(TOKEN),
    )
    site.add(Site("stories", ("stories.example",), f"unix:{folder}/stories.sock"))
    with site.running():
        yield site

"""A server that a build makes finds its packages and files, and shows its own release's pages."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import DOMAIN, Run, get
from tests.unit.plans.packages import installs

pytestmark = pytest.mark.lab

APP = "playmaker"
BUILDER = """const fs = require("node:fs");
const made = fs.readFileSync("main.ts", "utf8").replaceAll(": string", "");
fs.mkdirSync("dist", { recursive: true });
fs.writeFileSync("dist/main.js", made);
"""
# like a route cache, a page that was shown once is not made again
SERVER = """const fs = require("node:fs"), path = require("node:path");
const odd = require("is-odd"), settings = require("../settings.json");
const number: string = "NUMBER";
const view = fs.readFileSync(path.join(__dirname, "..", "views", "page.html"), "utf8");
const kept = path.join(__dirname, "cache", "page");
const health = JSON.stringify({ release: process.env.CHANGEOVER_COMMIT, schema: null });
require("node:http").createServer((request, response) => {
    if (request.url === "/api/health") return response.end(health);
    const page = `${view} ${number} ${odd(3)} ${settings.name}`;
    if (!fs.existsSync(kept)) fs.writeFileSync(kept, page);
    response.end(fs.readFileSync(kept));
}).listen({ fd: 3 });
"""
NEXT_SERVER = """const { createServer } = require("node:http");
const next = require("next");
const app = next({ dev: false });
app.prepare().then(() => {
  const handle = app.getRequestHandler();
  createServer((request, response) => handle(request, response)).listen({ fd: 3 });
});
"""
HEALTH = """export const dynamic = "force-dynamic";
export function GET() {
  return Response.json({ release: process.env.CHANGEOVER_COMMIT, schema: null });
}
"""
LAYOUT = """export default function Layout({ children }) {
  return <html><body>{children}</body></html>;
}
"""
PAGE = """export const revalidate = 1;
export default function Page() { return <p>page NUMBER</p>; }
"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which the app is provisioned."""
    yield lab.up("built", groups=[APP], layer=releases.layer(lab, "provisioned"))
    lab.down("built")


def lock(tmp_path: Path, **packages: str) -> dict[str, str]:
    """Return manifest and lock of an app, as its developer writes them."""
    tools = installs.node(tmp_path / "tools")
    manifest = {"name": "built", "private": True, "scripts": {"build": "next build"}}
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(manifest | {"dependencies": packages}))
    subprocess.run(
        [str(tools / "bin/npm"), "install", "--package-lock-only", "--ignore-scripts"],
        cwd=folder,
        env=os.environ | {"PATH": f"{tools}/bin:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    return {name: (folder / name).read_text() for name in ("package.json", "package-lock.json")}


def release(lab: Lab, ref: str, **data: str) -> Run:
    settings = {"playmaker_ref": ref, "playmaker_domain": DOMAIN, **data}
    return releases.pyinfra(lab, "../tests/e2e/built_deploy", "--limit", "built", **settings)


def back(lab: Lab, **data: str) -> Run:
    """Go back to the release before, as a person does."""
    data |= {"rollback": "code", "playmaker_domain": DOMAIN}
    return releases.pyinfra(lab, "../tests/e2e/built_rollback", "--limit", "built", **data)


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout.strip()


@pytest.mark.slow
def test_it_finds_its_packages_and_files_and_no_page_of_another_release(
    lab: Lab, host: LabHost, tmp_path: Path
) -> None:
    files: dict[str, str | None] = {
        **lock(tmp_path, **{"is-odd": "3.0.1"}),
        "server/build.js": BUILDER,
        "server/settings.json": '{"name": "one"}',
        "server/main.ts": SERVER.replace("NUMBER", "1"),
        "server/views/page.html": "page",
        "server/dist/.gitkeep": "",
    }
    lab.origin.push(APP, files, "built-1", branch="built-1", base="v1")
    changed: dict[str, str | None] = {"server/main.ts": SERVER.replace("NUMBER", "2")}
    lab.origin.push(APP, changed, "built-2", branch="built-2", base="built-1")

    first = release(lab, "built-1")
    assert first.status == 0, first.output
    assert get(host, "/") == (200, "page 1 true one")
    current = as_root(host, "readlink -f /srv/playmaker/current")
    assert as_root(host, f"readlink -f {current}/server/dist") == f"{current}/server/dist"

    second = release(lab, "built-2")
    assert second.status == 0, second.output
    assert get(host, "/") == (200, "page 2 true one")
    again = release(lab, "built-2")
    assert (again.status, again.steps(host.name)) == (0, []), again.output

    caches = "/var/cache/changeover-apps/playmaker"
    assert len(as_root(host, f"ls {caches}/built").split()) == 2

    gone = back(lab)

    assert gone.status == 0, gone.output
    assert get(host, "/") == (200, "page 1 true one")
    # a cache that was lost is made again
    as_root(host, f"rm -rf {caches} && systemctl restart playmaker")
    assert get(host, "/") == (200, "page 1 true one")


@pytest.mark.slow
def test_a_next_app_shows_its_own_releases_pages(lab: Lab, host: LabHost, tmp_path: Path) -> None:
    packages = {"next": "^15.5.0", "react": "19.0.0", "react-dom": "19.0.0"}
    files: dict[str, str | None] = {
        **lock(tmp_path, **packages),
        "server.js": NEXT_SERVER,
        "app/layout.js": LAYOUT,
        "app/page.js": PAGE.replace("NUMBER", "1"),
        "app/api/health/route.js": HEALTH,
    }
    lab.origin.push(APP, files, "next-1", branch="next-1", base="v1")
    changed: dict[str, str | None] = {"app/page.js": PAGE.replace("NUMBER", "2")}
    lab.origin.push(APP, changed, "next-2", branch="next-2", base="next-1")

    first = release(lab, "next-1", built="next")
    assert first.status == 0, first.output
    assert "page 1" in _settled(host)

    second = release(lab, "next-2", built="next")
    assert second.status == 0, second.output
    assert "page 2" in _settled(host)
    again = release(lab, "next-2", built="next")
    assert (again.status, again.steps(host.name)) == (0, []), again.output

    gone = back(lab, built="next")
    assert gone.status == 0, gone.output
    assert "page 1" in _settled(host)
    assert "EROFS" not in as_root(host, "journalctl -u playmaker --no-pager")


def _settled(host: LabHost) -> str:
    """Return the page after it was made anew: the one that is asked for first may be an old one."""
    for _ in range(3):
        host.run("sleep 1.5")
        status, body = get(host, "/")
        assert status == 200, body
    return body

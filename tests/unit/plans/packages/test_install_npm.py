"""node_modules are installed where their manifests are, workspaces and all, by real npm."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from changeover.settings.app import App
from changeover.settings.node import Node
from changeover.settings.processes import Web
from tests.unit.plans.packages import installs
from tests.unit.plans.packages.installs import Installs
from tests.unit.plans.shell import Shell

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")

APP = App(
    name="playmaker", node=Node(version="22"), processes=(Web("node server.js", listens="fd"),)
)
ODD = {"is-odd": "3.0.1"}
ROOT: dict[str, object] = {"name": "shop", "private": True, "dependencies": ODD}
MONOREPO = {
    "package.json": json.dumps(ROOT | {"workspaces": ["packages/*"]}),
    "server.js": "console.log(require('@shop/prices'), require('is-odd')(3))\n",
    "packages/prices/package.json": json.dumps(
        {
            "name": "@shop/prices",
            "version": "1.0.0",
            "bin": {"prices": "cli.js"},
            # another version than that of the root: it lies beside this package
            "dependencies": {"@shop/tax": "1.0.0", "is-number": "7.0.0"},
        }
    ),
    "packages/prices/index.js": "module.exports = 'prices 1 ' + require('@shop/tax')\n"
    " + require('is-number/package.json').version\n",
    "packages/prices/cli.js": "#!/usr/bin/env node\nconsole.log('cli')\n",
    "packages/tax/package.json": json.dumps({"name": "@shop/tax", "version": "1.0.0"}),
    "packages/tax/index.js": "module.exports = 'tax 1 '\n",
}
SAYS = "prices 1 tax 1 7.0.0 true"


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installs.node(tmp_path_factory.mktemp("node"))


@pytest.fixture
def host(shell: Shell, tools: Path) -> Installs:
    """Return a host on which Node is, and what it has downloaded for other tests."""
    found = Installs(shell, APP)
    found.has("/opt/changeover/node/22", tools)
    found.has("/var/cache/changeover/playmaker/npm", tools)
    return found


def lock(host: Installs, tools: Path, directory: str = ".") -> None:
    """Write the lock, as a developer does."""
    host.commit({})
    subprocess.run(
        [str(tools / "bin/npm"), "install", "--package-lock-only", "--ignore-scripts"],
        cwd=host.repository / directory,
        env=os.environ | {"npm_config_cache": str(tools)},
        check=True,
        capture_output=True,
    )


def served(host: Installs, tools: Path, release: Path) -> str:
    return host.run(release, str(tools / "bin/node"), "server.js")


def test_workspaces_are_the_releases_own(host: Installs, tools: Path) -> None:
    host.commit({**MONOREPO, "packages/prices/cli.js": MONOREPO["packages/prices/cli.js"]})
    (host.repository / "packages/prices/cli.js").chmod(0o755)
    lock(host, tools)
    one = host.commit({})
    first = host.install(one)

    assert served(host, tools, first) == SAYS
    assert host.run(first, "node_modules/.bin/prices") == "cli"

    two = host.commit({"packages/tax/index.js": "module.exports = 'tax 2 '\n"})
    assert two.node_key == one.node_key
    second = host.release(two)
    assert served(host, tools, second) == SAYS.replace("tax 1", "tax 2")
    assert served(host, tools, first) == SAYS


@pytest.mark.slow
def test_a_folder_that_a_lock_names_outside_of_its_own_is_the_releases_own(
    host: Installs, tools: Path
) -> None:
    host.app = APP.model_copy(update={"node": Node(version="22", directory="web")})
    library = {"name": "shared", "version": "1.0.0"}
    files = {
        "web/package.json": json.dumps(ROOT | {"dependencies": {"shared": "file:../shared"} | ODD}),
        "web/server.js": "console.log(require('shared'), require('is-odd')(3))\n",
        "shared/package.json": json.dumps(library),
        "shared/index.js": "module.exports = 'shared 1'\n",
    }
    host.commit(files)
    lock(host, tools, "web")
    host.install(host.commit({}))

    second = host.release(host.commit({"shared/index.js": "module.exports = 'shared 2'\n"}))

    assert host.run(second / "web", str(tools / "bin/node"), "server.js") == "shared 2 true"


def test_settings_of_the_repository_count(host: Installs, tools: Path) -> None:
    host.commit({"package.json": json.dumps(ROOT), "server.js": ""})
    lock(host, tools)
    plain = host.commit({})

    wanted = host.commit({".npmrc": "registry=http://127.0.0.1:9/\nfetch-retries=0\n"})

    assert wanted.node_key != plain.node_key
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1:9"):
        host.install(wanted)


SCRIPT = "node -e \"fs.writeFileSync('made.json', fs.readFileSync('data/in.json'))\""


def test_scripts_of_the_app_find_all_of_it_and_what_they_make_is_shown(
    host: Installs, tools: Path
) -> None:
    server = "console.log(require('./made.json'), require('is-odd')(3))\n"
    manifest = json.dumps(ROOT | {"scripts": {"postinstall": SCRIPT}})
    host.commit({"package.json": manifest, "server.js": server, "data/in.json": "1"})
    lock(host, tools)
    first = host.install(host.commit({}))
    assert served(host, tools, first) == "1 true"

    second = host.install(host.commit({"data/in.json": "2"}))

    assert served(host, tools, second) == "2 true"
    assert served(host, tools, first) == "1 true"
    # what the commit has stays its own
    assert not (second / "data/in.json").is_symlink()


@pytest.mark.slow
def test_what_such_scripts_read_can_be_named(host: Installs, tools: Path) -> None:
    node = Node(version="22", reads=("data",))
    host.app = APP.model_copy(update={"node": node})
    manifest = json.dumps(ROOT | {"scripts": {"postinstall": SCRIPT}})
    host.commit({"package.json": manifest, "server.js": "", "data/in.json": "1"})
    lock(host, tools)
    one = host.commit({})
    host.install(one)

    assert host.commit({"server.js": "1"}).node_key == one.node_key
    assert host.commit({"data/in.json": "2"}).node_key != one.node_key


@pytest.mark.slow
def test_a_package_that_is_only_used_to_build_puts_nothing_among_the_apps_files(
    host: Installs, tools: Path
) -> None:
    host.app = APP.model_copy(update={"node": Node(version="22", directory="web")})
    script = "node -e \"fs.writeFileSync('../gunicorn.conf.py', 'evil'); fs.mkdirSync('out')\""
    manifest = json.dumps(ROOT | {"scripts": {"postinstall": script}})
    host.commit({"web/package.json": manifest, "app.py": ""})
    lock(host, tools, "web")

    release = host.install(host.commit({}))

    assert not (release / "gunicorn.conf.py").is_symlink()
    assert (release / "web/out").is_symlink()


@pytest.mark.slow
def test_code_that_no_lock_takes_in_changes_no_environment(host: Installs, tools: Path) -> None:
    host.commit({"package.json": json.dumps(ROOT), "server.js": "1"})
    lock(host, tools)
    one = host.commit({})

    two = host.commit({"server.js": "2", "lib/x.js": "3"})

    assert two.node_key == one.node_key

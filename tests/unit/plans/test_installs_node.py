"""node_modules are installed where their manifests are, workspaces and all, by real npm."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tasks.settings.app import App, Build, Node, Service
from tests.unit.plans import installs
from tests.unit.plans.installs import Installs
from tests.unit.plans.shell import Shell

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")

APP = App(name="playmaker", node=Node(version="22"), service=Service(command="node server.js"))
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

    wished = host.commit({".npmrc": "registry=http://127.0.0.1:9/\nfetch-retries=0\n"})

    assert wished.node_key != plain.node_key
    with pytest.raises(AssertionError, match=r"127\.0\.0\.1:9"):
        host.install(wished)


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


def test_a_build_of_one_workspace_follows_the_others(host: Installs, tools: Path) -> None:
    build = Build(directory="packages/prices", command="node build.js", output="dist")
    host.app = APP.model_copy(update={"build": build})
    text = "fs = require('fs'); fs.mkdirSync('dist')\nfs.writeFileSync('dist/x', require('.'))\n"
    host.commit({**MONOREPO, "packages/prices/build.js": text})
    lock(host, tools)
    one = host.commit({})
    host.install(one)
    assert (host.build(one) / "x").read_text() == "prices 1 tax 1 7.0.0"

    two = host.commit({"packages/tax/index.js": "module.exports = 'tax 2 '\n"})
    host.release(two)

    assert (host.build(two) / "x").read_text() == "prices 1 tax 2 7.0.0"


@pytest.mark.slow
def test_a_build_reads_what_it_is_said_to_and_nothing_else(host: Installs) -> None:
    def app(*reads: str) -> App:
        build = Build(directory="web", command="mkdir out; cat ../VERSION > out/x", output="out")
        return APP.model_copy(
            update={"node": None, "build": build.model_copy(update={"reads": reads})}
        )

    host.app = app()
    wished = host.commit({"web/index.html": "", "VERSION": "3\n"})
    host.install(wished)
    with pytest.raises(AssertionError, match="it saw only: web"):
        host.build(wished)

    host.app = app("VERSION")
    three = host.known("main")
    assert (host.build(three) / "x").read_text() == "3\n"
    four = host.commit({"VERSION": "4\n"})
    host.install(four)
    assert (host.build(four) / "x").read_text() == "4\n"


COMPILED = {
    "server/build.js": "fs = require('fs'); fs.mkdirSync('dist', { recursive: true })\n"
    "fs.writeFileSync('dist/main.js', fs.readFileSync('main.ts'))\n",
    "server/main.ts": "const path = require('path'), fs = require('fs')\n"
    "const view = fs.readFileSync(path.join(__dirname, '..', 'views', 'page'), 'utf8')\n"
    "console.log(view, require('is-odd')(3), require('../settings.json').name)\n",
    "server/views/page": "view",
    "server/settings.json": '{"name": "shop"}',
}


def test_a_built_server_finds_its_packages_and_the_files_beside_it(
    host: Installs, tools: Path
) -> None:
    build = Build(directory="server", command="node build.js", output="dist")
    host.app = APP.model_copy(update={"build": build})
    host.commit({"package.json": json.dumps(ROOT), **COMPILED})
    lock(host, tools)
    one = host.commit({})
    first = host.install(one)
    host.build(one)

    def says(release: Path) -> str:
        return host.run(release, str(tools / "bin/node"), "server/dist/main.js")

    assert says(first) == "view true shop"

    two = host.commit({"server/views/page": "other"})
    second = host.install(two)
    host.build(two)
    assert says(second) == "other true shop"
    assert says(first) == "view true shop"


def test_what_the_commit_has_where_the_output_goes_is_there_for_the_build(host: Installs) -> None:
    """As compiled messages lie beside their sources."""
    build = Build(directory=".", command="cat words/de.po > words/de.mo", output="words")
    host.app = APP.model_copy(update={"node": None, "build": build})
    one = host.commit({"words/de.po": "Wort"})
    first = host.install(one)

    host.build(one)

    assert {path.name for path in (first / "words").iterdir()} == {"de.po", "de.mo"}
    assert not (first / "words").is_symlink()
    two = host.commit({"words/de.po": "Satz"})
    second = host.install(two)
    host.build(two)
    assert (second / "words/de.mo").read_text() == "Satz"
    assert (first / "words/de.mo").read_text() == "Wort"


def test_a_build_that_makes_nothing_beside_what_the_commit_has_says_so(host: Installs) -> None:
    build = Build(directory="web", command="true", output="dist")
    host.app = APP.model_copy(update={"node": None, "build": build})
    wished = host.commit({"web/dist/.gitkeep": ""})
    host.install(wished)

    with pytest.raises(AssertionError, match="made nothing in web/dist, which is as the commit"):
        host.build(wished)


def test_a_build_that_sees_all_of_the_app_is_not_said_to_see_some(host: Installs) -> None:
    build = Build(directory=".", command="false", output="dist")
    host.app = APP.model_copy(update={"node": None, "build": build})
    wished = host.commit({"README": ""})
    host.install(wished)

    with pytest.raises(AssertionError, match=r"the build failed: false \(in \.\)\n"):
        host.build(wished)


def test_what_was_built_is_no_input_of_what_is_made_later(host: Installs) -> None:
    """The public values change, so the same release is built anew."""
    made = "[ ! -e dist ] && mkdir dist && touch dist/page"
    build = Build(directory=".", command=made, output="dist")
    host.app = APP.model_copy(update={"node": None, "build": build})
    wished = host.commit({"README": ""})
    folder = host.install(wished)
    host.build(wished)
    assert (folder / "dist/page").is_file()

    host.app = host.app.model_copy(
        update={"build": build.model_copy(update={"command": f"{made} # again"})}
    )
    again = host.known("main")
    host.build(again)

    assert again.build_key({}) != wished.build_key({})
    assert str((folder / ".changeover/build").readlink()).endswith(again.build_key({}) or "")

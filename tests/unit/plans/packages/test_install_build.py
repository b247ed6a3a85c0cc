"""What a build is made from, and what of it a release shows, by real npm."""

import json
import os
from pathlib import Path

import pytest

from changeover.settings.app import App
from changeover.settings.build import Build
from tests.unit.plans.packages.installs import Installs
from tests.unit.plans.packages.test_install_npm import APP, MONOREPO, ROOT, host, lock, tools

__all__ = ["host", "tools"]
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


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
    wanted = host.commit({"web/index.html": "", "VERSION": "3\n"})
    host.install(wanted)
    with pytest.raises(AssertionError, match="it saw only: web"):
        host.build(wanted)

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
    wanted = host.commit({"web/dist/.gitkeep": ""})
    host.install(wanted)

    with pytest.raises(AssertionError, match="made nothing in web/dist, which is as the commit"):
        host.build(wanted)


def test_a_build_that_sees_all_of_the_app_is_not_said_to_see_some(host: Installs) -> None:
    build = Build(directory=".", command="false", output="dist")
    host.app = APP.model_copy(update={"node": None, "build": build})
    wanted = host.commit({"README": ""})
    host.install(wanted)

    with pytest.raises(AssertionError, match=r"the build failed: false \(in \.\)\n"):
        host.build(wanted)


def test_what_was_built_is_no_input_of_what_is_made_later(host: Installs) -> None:
    """The public values change, so the same release is built anew."""
    made = "[ ! -e dist ] && mkdir dist && touch dist/page"
    build = Build(directory=".", command=made, output="dist")
    host.app = APP.model_copy(update={"node": None, "build": build})
    wanted = host.commit({"README": ""})
    folder = host.install(wanted)
    host.build(wanted)
    assert (folder / "dist/page").is_file()

    host.app = host.app.model_copy(
        update={"build": build.model_copy(update={"command": f"{made} # again"})}
    )
    again = host.known("main")
    host.build(again)

    assert again.build_key({}) != wanted.build_key({})
    assert str((folder / ".changeover/build").readlink()).endswith(again.build_key({}) or "")

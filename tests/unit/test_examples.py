"""The whole apps that pages show: the tutorial's, and the one that shows how to add one."""

import re
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.exceptions import InventoryError

from changeover import project
from changeover.plans import databases
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.load import load_host, load_values
from tests.blocks import Block, blocks
from tests.unit.test_deploys import breaches

ROOT = Path(__file__).parents[2]
DEPLOY = "deploys/shop.py"
VALUES = "group_data/{}.py"
# commands that need no host and no network
_LOCAL = ("mkdir ", "sed ", "cp ", "touch ", "install ", "git ")


@dataclass(frozen=True)
class Page:
    """A page, and the files that it has somebody write."""

    path: str

    @property
    def blocks(self) -> list[Block]:
        return blocks((ROOT / "docs" / self.path).read_text())

    @property
    def files(self) -> dict[str, str]:
        return {one.path: one.text for one in self.blocks if one.path}

    @property
    def app(self) -> App:
        app = _named(DEPLOY, self.files[DEPLOY])["app"]
        assert isinstance(app, App)
        return app

    def settings(self, *names: str) -> dict[str, Any]:
        """Return what the inventory and these files of values say of the app's only host."""
        inventory = self.files["inventories/prod.py"].replace("203.0.113.10", "10.0.0.1")
        ((_, data),) = _named("inventories/prod.py", inventory)["shop"]
        for name in names:
            path = VALUES.format(name)
            data = _named(path, self.files[path]) | data
        return {key: value for key, value in data.items() if not key.startswith("__")}


def _named(path: str, text: str) -> dict[str, Any]:
    named: dict[str, Any] = {"__file__": path}
    exec(compile(text, path, "exec"), named)  # noqa: S102 - the page's own
    return named


TUTORIAL = Page("tutorial/first-app.md")
ADDED = Page("how-to/add-an-app.md")


@pytest.mark.parametrize("page", [TUTORIAL, ADDED], ids=["tutorial", "add-an-app"])
def test_the_deploy_file_of_a_page_has_the_lines_of_its_parts_in_their_order(page: Page) -> None:
    assert page.app.name == "shop"
    phases = r"(?m)^\w+\.\w+\(app\)$"
    usual = re.findall(phases, (ROOT / "deploys/playmaker.py").read_text())
    lines = re.findall(phases, page.files[DEPLOY])

    assert lines == [line for line in usual if line in lines]
    assert breaches([line.removesuffix("(app)") for line in lines]) == []
    assert ("migrate.forward(app)" in lines) == bool(page.app.migrations)


def test_every_output_of_the_tutorial_follows_commands() -> None:
    found = TUTORIAL.blocks

    assert [one.text for one in found if one.is_output]
    assert not found[0].is_output
    for before, one in pairwise(found):
        assert not (one.is_output and (before.is_output or before.path)), one.text


def test_the_tutorials_inventory_is_a_projects_own(tmp_path: Path) -> None:
    project.write(tmp_path / "servers")

    written = (tmp_path / "servers/inventories/prod.py").read_text()
    assert TUTORIAL.files["inventories/prod.py"] == re.sub(r"(?m)^#.*\n", "", written)


def test_the_tutorials_host_has_to_be_filled_in_and_its_settings_are_good() -> None:
    with pytest.raises(InventoryError, match=r"203\.0\.113\.10 only stands for an address"):
        _named("inventories/prod.py", TUTORIAL.files["inventories/prod.py"])

    settings = TUTORIAL.settings("prod")
    assert load_values("shop", settings).domain == "shop.example.com"
    assert load_host(settings).acme_email == "you@example.com"


def test_the_tutorial_runs_only_deploy_files_that_a_project_has() -> None:
    commands = "".join(one.text for one in TUTORIAL.blocks if not one.path)

    named = set(re.findall(r"(?:deploys|inventories)/\w+\.py", commands))
    assert named - {DEPLOY, "inventories/prod.py"} <= {*project.SAME, "inventories/lab.py"}


def test_the_tutorials_versions_and_repository_are_what_it_says(tmp_path: Path) -> None:
    project.write(tmp_path / "servers")
    subprocess.run(["git", "init", "-q", "--bare", "shop.git"], cwd=tmp_path, check=True)
    replaced = {
        "~/shop-packages/bin/pip freeze >": "touch",
        "~": f"{tmp_path}",
        "https://git.example.com/you/shop.git": f"{tmp_path}/shop.git",
    }
    for block in TUTORIAL.blocks:
        if block.path:
            (tmp_path / "servers" / block.path).write_text(block.text)
            continue
        text = block.text
        for word, meant in replaced.items():
            text = text.replace(word, meant)
        local = "".join(line for line in text.splitlines(True) if line.startswith(_LOCAL))
        command = ["bash", "-ec", local]
        subprocess.run(command, cwd=tmp_path / "servers", check=True, capture_output=True)

    versions = tmp_path / "servers/tests/apps/shop"
    assert "Welcome back" in (versions / "v2/shop.py").read_text()
    assert "return 1 / 0\n" in (versions / "v3/shop.py").read_text()
    shown = [_git(tmp_path, "show", f"main:{name}") for name in ("shop.py", "requirements.txt")]
    assert shown == [(versions / "v4/shop.py").read_text(), ""]
    assert "<h1>Hello</h1>" in shown[0]
    assert (tmp_path / "servers/secrets/prod/shop.env").stat().st_mode & 0o777 == 0o600


def _git(folder: Path, *words: str) -> str:
    command = ["git", "--git-dir", f"{folder}/shop.git", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_an_app_that_is_added_has_a_database_that_outlives_its_releases() -> None:
    target = Target(ADDED.app, load_values("shop", ADDED.settings("shop")), None)
    (url,) = re.findall(r'"DATABASE_URL=(.+)" >>', "".join(one.text for one in ADDED.blocks))

    located = databases.locate(url, target)
    assert (located.problem, located.name) == (None, "/srv/shop/shared/shop.db")
    assert "start empty" in str(databases.locate("sqlite:///shop.db", target).problem)


def test_the_lines_that_every_app_has_and_those_of_its_parts_are_all_there_are() -> None:
    page = (ROOT / "docs" / ADDED.path).read_text()
    section = page.partition("### Which lines")[2].partition("## 3.")[0]
    usual = re.findall(r"(?m)^(\w+\.\w+)\(app\)$", (ROOT / "deploys/playmaker.py").read_text())
    always = re.findall(r"(?m)^ {4}(\w+\.\w+)\(app\)$", section)
    parts = re.findall(r"`(\w+\.\w+)\(app\)`", section)

    assert sorted(always + parts) == sorted(usual)
    assert always == [phase for phase in usual if phase in always]

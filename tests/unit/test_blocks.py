"""How a page's code blocks are read, and the tutorial as far as that needs no host."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api.exceptions import InventoryError

from changeover import project
from changeover.settings.app import App
from changeover.settings.load import load_host, load_values
from tests.blocks import Block, blocks, missing

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs/tutorial/first-app.md"
PAGE = """\
# A page

Some words.

## First

Do this:

    mkdir a
    cd a

`a/b.py`:

    def one():
        return 1


    def two():
        return 2

The file.

- an item
  that goes on

## Second

    run it

The run fails. It prints:

    no such ...

The end.
"""


def test_blocks_have_their_order_and_what_stands_around_them() -> None:
    found = blocks(PAGE)

    assert [one.text for one in found] == [
        "mkdir a\ncd a\n",
        "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
        "run it\n",
        "no such ...\n",
    ]
    assert [one.section for one in found] == ["First", "First", "Second", "Second"]
    assert [one.path for one in found] == ["", "a/b.py", "", ""]
    assert [one.is_output for one in found] == [False, False, False, True]
    assert [one.fails for one in found] == [False, False, True, False]


def test_a_page_without_blocks_has_none() -> None:
    assert blocks("# A page\n\nWords.\n") == []


def test_what_is_printed_is_found_in_any_line() -> None:
    known: dict[str, str] = {}
    output = "before\n\x1b[32m[shop] shop is up at 10.0.0.1\x1b[0m\nfrom r2 back to r1 (abc)\n"

    assert missing("shop is up at ADDRESS\nfrom RELEASE back to RELEASE\n", output, known) == []
    assert known == {"ADDRESS": "10.0.0.1", "RELEASE": "r1"}
    assert missing("  from ... (COMMIT)\n\nnowhere (x)\n", output, known) == ["nowhere (x)"]


def test_dots_stand_for_anything_and_other_signs_for_themselves() -> None:
    assert missing("took ... s\n", "it took 3.5 s", {}) == []
    assert missing("a.b\n", "axb", {}) == ["a.b"]


def tutorial() -> list[Block]:
    return blocks(TUTORIAL.read_text())


def files() -> dict[str, str]:
    """Return the files that the tutorial writes, by path."""
    return {one.path: one.text for one in tutorial() if one.path}


def test_every_output_of_the_tutorial_follows_commands() -> None:
    found = tutorial()

    assert [one.text for one in found if one.is_output]
    assert not found[0].is_output
    for before, one in pairwise(found):
        assert not (one.is_output and (before.is_output or before.path)), one.text


def test_the_tutorials_deploy_file_is_one_with_phases_in_their_order() -> None:
    text = files()["deploys/shop.py"]
    named: dict[str, object] = {}
    exec(compile(text, "deploys/shop.py", "exec"), named)  # noqa: S102 - nobody runs it: no host

    app = named["app"]
    assert isinstance(app, App)
    assert app.name == "shop"
    phases = r"(?m)^\w+\.\w+\(app\)$"
    usual = re.findall(phases, (ROOT / "deploys/playmaker.py").read_text())
    lines = re.findall(phases, text)
    assert lines == [line for line in usual if line in lines]


def test_the_tutorials_inventory_is_a_projects_own(tmp_path: Path) -> None:
    project.write(tmp_path / "servers")

    written = (tmp_path / "servers/inventories/prod.py").read_text()
    assert _without_comments(files()["inventories/prod.py"]) == _without_comments(written)


def test_the_tutorials_host_has_to_be_filled_in_and_its_settings_are_good() -> None:
    inventory = files()["inventories/prod.py"]
    with pytest.raises(InventoryError, match=r"203\.0\.113\.10 only stands for an address"):
        _named("inventories/prod.py", inventory)

    filled = inventory.replace("203.0.113.10", "10.0.0.1")
    ((_, data),) = _named("inventories/prod.py", filled)["shop"]
    values = _named("group_data/prod.py", files()["group_data/prod.py"])
    settings = {key: one for key, one in (values | data).items() if not key.startswith("__")}
    assert load_values("shop", settings).domain == "shop.example.com"
    assert load_host(settings).acme_email == "you@example.com"


def test_the_tutorial_runs_only_deploy_files_that_a_project_has() -> None:
    commands = "".join(one.text for one in tutorial() if not one.path)

    named = set(re.findall(r"(?:deploys|inventories)/\w+\.py", commands)) - {*files()}
    assert named - {"deploys/shop.py"} <= {*project.SAME, "inventories/lab.py"}


def _without_comments(text: str) -> str:
    return re.sub(r"(?m)^#.*\n", "", text)


def _named(path: str, text: str) -> dict[str, Any]:
    named: dict[str, Any] = {"__file__": path}
    exec(compile(text, path, "exec"), named)  # noqa: S102 - the page's own
    return named

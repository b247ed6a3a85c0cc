"""Environments are shared by releases and linked from each."""

import pytest

from changeover.plans import dependencies
from changeover.settings.node import Node
from tests.unit.plans.world import PLAYMAKER, release, target


def test_the_links_that_are_looked_for_are_those_that_scripts_make() -> None:
    wanted = target()
    links = release(wanted).links

    assert links[dependencies.NODE_PIVOT] == f"../../../environments/{wanted.node_key}"
    assert links[".venv"] == f"../../environments/{wanted.python_key}"


@pytest.mark.parametrize(
    ("directory", "path"), [(".", "node_modules"), ("web/app", "web/app/node_modules")]
)
def test_node_modules_are_beside_their_lock(directory: str, path: str) -> None:
    app = PLAYMAKER.model_copy(update={"node": Node(directory=directory)})

    assert dependencies.node_path(target(app)) == path


def test_scripts_name_the_environment_and_the_interpreter() -> None:
    wanted = target()

    python, node = dependencies.python_script(wanted), dependencies.node_script(wanted)

    assert f"environment=/srv/playmaker/environments/{wanted.python_key}\n" in python
    assert "version=3.11\n" in python
    assert f"environment=/srv/playmaker/environments/{wanted.node_key}\n" in node
    assert "node=/opt/changeover/node/22\n" in node

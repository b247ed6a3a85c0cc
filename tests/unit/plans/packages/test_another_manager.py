"""A package manager that Changeover does not have: one class, one settings type, one line."""

from dataclasses import replace

import pytest

from changeover.host.registry import Registry, UnknownError
from changeover.plans import dependencies, packages
from changeover.plans.digest import digest
from changeover.plans.inputs.tree import Inputs, Tree, join
from changeover.plans.preflight import problems
from changeover.plans.script import Variable
from changeover.plans.target import Target, source
from changeover.settings.node import Node
from tests.unit.plans.world import NOW, OBJECTS, PLAYMAKER, V2, fresh, target

LOCK = "pnpm-lock.yaml"
COMMIT = replace(V2, objects=OBJECTS | {f"frontend/{LOCK}": "lock0002"})


class Pnpm(Node):
    """Packages of another lock file."""


class PnpmManager:
    """It, as a deploy file declares it."""

    script = "packages/npm/install"  # it has none of its own here

    def __init__(self, declared: Pnpm, tree: Tree) -> None:
        self._lock = join(declared.directory, LOCK)
        self._tree = tree

    @property
    def inputs(self) -> Inputs:
        return Inputs(paths=(self._lock,), asked=(self._lock,))

    @property
    def required(self) -> tuple[str, ...]:
        return (self._lock,)

    def key(self, _release: str) -> str:
        return f"node-{digest(self.inputs.objects(self._tree))}"

    def variables(self) -> dict[str, Variable]:
        return {"store": "/store"}


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = {kind: packages.MANAGERS[kind] for kind in packages.MANAGERS}
    monkeypatch.setattr(packages, "MANAGERS", Registry("package manager", lines))
    packages.MANAGERS.add(Pnpm, PnpmManager)


def wanted(declared: Node | None = None) -> Target:
    node = declared or Pnpm(directory="frontend")
    return target(PLAYMAKER.model_copy(update={"node": node}), COMMIT)


def test_what_is_installed_and_asked_for_is_as_the_manager_says() -> None:
    one = wanted()
    script = dependencies.node_script(one)

    assert f"environment=/srv/playmaker/environments/{one.node_key}\n" in script
    assert f"inputs=(./frontend/{LOCK})\n" in script
    assert "store=/store\n" in script
    asked = source(one.app, one.values, one.commit)
    assert f"frontend/{LOCK}" in asked.paths
    assert f"frontend/{LOCK}" in one.build_inputs.asked
    other = replace(COMMIT, objects={**COMMIT.objects, f"frontend/{LOCK}": "lock0003"})
    assert replace(one, commit=other).node_key != one.node_key


def test_a_commit_without_its_lock_is_refused() -> None:
    found = problems(replace(wanted(), commit=V2), fresh(), now=NOW, database_url=None)

    assert [line for line in found if LOCK in line] == [
        f"frontend/{LOCK}: not in commit {V2.id[:12]} (main); commit it"
    ]


def test_what_nobody_installs_is_an_error_and_no_default() -> None:
    class Other(Node):
        """Declared, and nobody's."""

    with pytest.raises(UnknownError, match="Other: no such package manager; there are: Python"):
        wanted(Other()).node_packages  # noqa: B018 - asked for the first time

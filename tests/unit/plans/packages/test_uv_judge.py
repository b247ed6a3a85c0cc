"""Packages built from the tree are judged before anything leads to them."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from changeover.plans.script import program


@dataclass
class Local:
    """A Python environment whose packages are there by their metadata alone."""

    uv: Path
    folder: Path

    def has(self, name: str, version: str, *requires: str, path: str = "", **how: bool) -> None:
        """Have a package; one with a path was made of that in the tree."""
        (packages,) = self.folder.glob("environment/lib/*/site-packages")
        about = packages / f"{name}-{version}.dist-info"
        about.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {x}" for x in requires)]
        (about / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines, ""]))
        (about / "RECORD").write_text("")
        if path:
            found = {"url": (self.folder / path).as_uri(), "dir_info": how}
            (about / "direct_url.json").write_text(json.dumps(found))

    def judged(self, *extras: str, alone: str = "yes", in_place: str = "") -> list[str]:
        """Return what is said of them."""
        python, uv = self.folder / "environment/bin/python", self.uv / "bin/uv"
        words = [str(uv), "lock.txt", alone, in_place, *extras]
        command = [str(python), "-I", "-c", program("packages/uv/judge"), *words]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (done.stderr == "")
        return done.stderr.splitlines()


@pytest.fixture
def local(uv: Path, tmp_path: Path) -> Local:
    made = [str(uv / "bin/uv"), "-q", "venv", "--python", sys.executable, "environment"]
    subprocess.run(made, cwd=tmp_path, check=True)
    return Local(uv, tmp_path)


@pytest.mark.parametrize(
    ("requires", "extras"),
    [
        (["six"], ()),
        (["six >=1.16,<2 ; python_version > '3'"], ()),
        (["gone ; python_version < '3'", "gone ; sys_platform == 'win32'"], ()),
        (["gone ; extra == 'fast'", "gone>1; 'fast' == extra and python_version > '3'"], ()),
        (["six ; extra == 'Fast_X'"], ("libs/shop[fast-x]",)),
        (["new>=2"], ()),
        (["tax @ file:///elsewhere/tax ; python_version > '3'"], ()),
        (["tax[eu]"], ()),
    ],
)
def test_a_package_of_the_tree_that_has_what_it_needs_is_not_refused(
    local: Local, requires: list[str], extras: tuple[str, ...]
) -> None:
    # what others lack, and how old they are, is not asked
    local.has("six", "1.17.0", "gone", "six<1")
    local.has("new", "2.1rc1")
    local.has("tax", "1", "six ; extra == 'eu'", path="libs/tax")
    local.has("shop", "1", *requires, path="libs/shop")

    assert local.judged(*extras) == []


@pytest.mark.parametrize(
    ("requires", "extras"),
    [
        (["gone"], ()),
        (["six<1"], ()),
        (["gone; python_version > '3'"], ()),
        (["gone ; extra == 'fast_x' and python_version > '3'"], ("libs/shop[other, Fast.X]",)),
        (["gone[more] @ https://example.org/gone.whl"], ()),
    ],
)
def test_one_that_has_not_is_named(
    local: Local, requires: list[str], extras: tuple[str, ...]
) -> None:
    local.has("six", "1.17.0")
    local.has("shop", "1", "six", *requires, path="libs/shop")

    (said,) = local.judged(*extras)

    assert said.startswith(f"shop, of the tree, requires {requires[0]}, which is not installed, or")
    assert local.judged(*extras, alone="") == []


def test_extras_that_one_package_of_the_tree_asks_of_another_count(local: Local) -> None:
    local.has("tax", "1", "gone ; extra == 'eu'", path="libs/tax")
    local.has("shop", "1", "tax[EU]", path="libs/shop")

    (said,) = local.judged()

    assert said.startswith("tax, of the tree, requires gone ; extra == 'eu'")


def test_what_would_be_used_where_no_release_has_it_is_named(local: Local) -> None:
    local.has("shop", "1", path="libs/shop", editable=True)

    (said,) = local.judged(alone="")

    assert said.startswith("shop: it is used where it lies (")
    assert local.judged(alone="", in_place="yes") == []

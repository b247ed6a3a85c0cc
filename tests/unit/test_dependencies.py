"""What the package imports is what it declares: nobody else brings it, or keeps it."""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# where a distribution is called otherwise than what it is imported as
CALLED = {"dotenv": "python-dotenv", "testinfra": "pytest-testinfra"}
# put together for the Python of a release, which has what the app brings
FOREIGN = "scripts"
# run by a host's own Python, to which provisioning gives this and nothing else
HOST, DEBIAN = "host", {"psycopg"}
# what is run by pytest alone
CHECKS = ("checks", "project/tests")


def undeclared(package: Path, project: Mapping[str, object]) -> list[str]:
    """Return a line for each import that is not declared, and each declared one that is not."""
    runs = _names(project.get("dependencies"))
    optional = project.get("optional-dependencies")
    checks = _names(optional.get("checks")) if isinstance(optional, dict) else set()
    found, used = [], set()
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package)
        if name.parts[0] == FOREIGN:
            continue
        known = DEBIAN if name.parts[0] == HOST else runs
        known = known | checks if name.as_posix().startswith(CHECKS) else known
        for one in set(_imports(ast.parse(path.read_text()))):
            used.add(one)
            if one not in known:
                found.append(f"{name} imports {one}, which is not declared")
    return found + [
        f"{one} is declared, and nothing imports it" for one in sorted((runs | checks) - used)
    ]


def _names(declared: object) -> set[str]:
    """Return the names of distributions in a list of requirements."""
    listed = declared if isinstance(declared, list) else []
    return {one.translate(str.maketrans("[<>=~!; ", "        ")).split()[0] for one in listed}


def _imports(module: ast.Module) -> Iterator[str]:
    """Yield the distribution of each import that is neither Python's nor the package's own."""
    for node in ast.walk(module):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for top in {name.partition(".")[0] for name in names}:
            if top not in sys.stdlib_module_names and top != "changeover":
                yield CALLED.get(top, top.replace("_", "-"))


def test_everything_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert undeclared(ROOT / "tasks/changeover", project) == []


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("cli.py", "import click.testing", ["cli.py imports click, which is not declared"]),
        (
            "host/x.py",
            "def f():\n    from dotenv import y",
            ["host/x.py imports python-dotenv, which is not declared"],
        ),
        ("host/x.py", "import psycopg", []),
        (
            "host/x.py",
            "import typing_extensions",
            ["host/x.py imports typing-extensions, which is not declared"],
        ),
        ("cli.py", "import testinfra", ["cli.py imports pytest-testinfra, which is not declared"]),
        ("checks/test_x.py", "import testinfra, typing_extensions", []),
        ("scripts/alembic/x.py", "import alembic", []),
        ("cli.py", "import json\nfrom changeover import x\nfrom .y import z", []),
    ],
)
def test_an_import_that_is_not_declared_is_seen(
    file: str, text: str, says: list[str], tmp_path: Path
) -> None:
    used = {"a.py": "import typing_extensions", "checks/test_a.py": "import testinfra"}
    for name, content in (used | {file: text}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    project = {
        "dependencies": ["typing-extensions>=4"],
        "optional-dependencies": {"checks": ["pytest-testinfra>=10"]},
    }

    assert undeclared(tmp_path, project) == says


def test_what_nothing_imports_is_seen(tmp_path: Path) -> None:
    assert undeclared(tmp_path, {"dependencies": ["psycopg[binary]>=3.2"]}) == [
        "psycopg is declared, and nothing imports it"
    ]

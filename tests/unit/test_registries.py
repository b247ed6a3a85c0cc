"""Registries: what is forgotten is an error when it is loaded, and no unknown name is a default."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any, get_args

import pytest

from changeover.facts.program import program_files
from changeover.hardening.plans import parts
from changeover.hardening.plans.part import HostTarget
from changeover.host.expect import data
from changeover.host.postgres import places
from changeover.host.program import package_of
from changeover.host.registry import Registry, UnknownError
from changeover.plans import databases, migrations, packages, processes, rollback_methods
from changeover.plans.databases import postgres
from changeover.plans.paths import PROGRAMS
from changeover.settings.expect import Expectation
from changeover.settings.host import HostSettings
from tests.unit.package import PACKAGE


@dataclass(frozen=True)
class Case:
    """A registry of this package, a line of it, and what is said where that is forgotten."""

    entries: Registry[Any, Any]
    file: str
    line: str
    forgotten: str
    loaded_by: str
    """The module of the controller that looks at it."""

    @property
    def folder(self) -> str:
        """Where the files of its entries are; "" where others are there too."""
        return self.file.removesuffix("__init__.py") if "__init__" in self.file else ""


CASES = [
    Case(
        processes.ENGINES,
        "plans/processes/__init__.py",
        "Systemd: SystemdEngine",
        "Systemd, systemd",
        "changeover.plans.processes",
    ),
    Case(
        migrations.ENGINES,
        "plans/migrations/__init__.py",
        "Django: DjangoEngine",
        "Django, django",
        "changeover.plans.migrations",
    ),
    Case(
        packages.MANAGERS,
        "plans/packages/__init__.py",
        "Node: Npm",
        "Node, npm",
        "changeover.plans.packages",
    ),
    Case(
        databases.KINDS,
        "plans/databases/__init__.py",
        '"SQLite": SQLITE',
        "sqlite",
        "changeover.plans.databases",
    ),
    Case(
        postgres.PLACES,
        "plans/databases/postgres/__init__.py",
        '"elsewhere": ELSEWHERE',
        "elsewhere, elsewhere",
        "changeover.plans.databases.postgres",
    ),
    Case(
        places.PLACES,
        "host/postgres/places.py",
        '"elsewhere": ELSEWHERE',
        "elsewhere",
        "changeover.plans.databases.postgres",
    ),
    Case(
        rollback_methods.METHODS,
        "plans/rollback_methods/__init__.py",
        "DOWNGRADE: downgrade",
        "downgrade",
        "changeover.plans.rollback_methods",
    ),
    Case(
        parts.PARTS,
        "hardening/plans/parts/__init__.py",
        '"system.swap": swap.swap',
        "swap",
        "changeover.hardening.plans.parts",
    ),
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the package, to be changed."""
    return copytree(PACKAGE, tmp_path / "changeover")


def load(copy: Path, module: str) -> str:
    """Load a module; return what is said of it, "" where all is well."""
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env={"PYTHONPATH": str(copy.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr.splitlines()[-1]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_forgotten_line_is_an_error_when_it_is_loaded(copy: Path, case: Case) -> None:
    registry = copy / case.file
    text = registry.read_text()
    less = text.replace(f"        {case.line},\n", "")
    assert less != text
    registry.write_text(less)

    said = load(copy, case.loaded_by)

    assert said.startswith(f"ImportError: {case.forgotten}: no line in the registry of changeover.")


@pytest.mark.parametrize("case", [one for one in CASES if one.folder], ids=lambda case: case.file)
def test_a_file_of_an_entry_has_its_line(copy: Path, case: Case) -> None:
    assert load(copy, case.loaded_by) == ""
    (copy / case.folder / "other.py").write_text("class Other: ...\n")

    assert load(copy, case.loaded_by).startswith("ImportError: other: no line in the registry of")


@pytest.mark.parametrize(
    ("file", "line", "more", "module", "lacks"),
    [
        ("app.py", "node: Node | None", "node: Node | Site | None", "packages", "Site"),
        (
            "processes.py",
            "class Systemd(ProcessEngine):",
            "class Other(ProcessEngine): ...\n\n\nclass Systemd(ProcessEngine):",
            "processes",
            "Other",
        ),
    ],
)
def test_what_a_deploy_file_may_declare_has_its_line(
    copy: Path, file: str, line: str, more: str, module: str, lacks: str
) -> None:
    settings = copy / "settings" / file
    text = settings.read_text()
    assert line in text
    settings.write_text(text.replace(line, more))

    said = load(copy, f"changeover.plans.{module}")

    assert said.startswith(f"ImportError: {lacks}: no line in the registry of")


@pytest.mark.parametrize("entries", [*(one.entries for one in CASES), data.KINDS])
def test_an_unknown_name_says_which_ones_there_are(entries: Registry[Any, Any]) -> None:
    known = ", ".join(getattr(one, "__name__", str(one)) for one in entries)
    with pytest.raises(UnknownError) as raised:
        entries["odd"]
    assert str(raised.value).startswith("odd: no such ")
    assert str(raised.value).endswith(f"; there are: {known}")
    assert "odd" not in entries


def test_a_name_that_is_taken_is_refused() -> None:
    entries = Registry("kind of thing", {"a": 1})
    entries.add("a", 1)
    with pytest.raises(ValueError, match="a: there is a kind of thing of that name already"):
        entries.add("a", 2)
    entries.add("b", 2)
    assert (list(entries), list(entries.values())) == (["a", "b"], [1, 2])


def test_every_expectation_of_data_is_known_on_the_host() -> None:
    assert sorted(data.KINDS) == sorted(kind.__name__ for kind in get_args(Expectation))


def test_every_command_line_of_the_hosts_programs_is_started_by_its_name() -> None:
    there = {path.parent.name for path in (PACKAGE / "host").glob("*/cli.py")}
    called = {Path(path).name for path in program_files() if Path(path).parent == Path(PROGRAMS)}
    # the probe is sent with each question
    assert there - {package_of(name) for name in called} == {"probe"}


def test_a_part_is_called_as_its_line() -> None:
    wish = HostTarget(HostSettings())
    assert [make(wish).step for make in parts.PARTS.values()] == list(parts.PARTS)

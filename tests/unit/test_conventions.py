"""The project keeps to its conventions, and each check would see a breach."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit import conventions

ROOT = Path(__file__).parents[2]
Check = Callable[[Path], list[str]]
CHECKS: list[Check] = [
    conventions.upward_imports,
    conventions.impure_imports,
    conventions.circles,
    conventions.deploys_that_compute,
    conventions.confusable_apps,
    conventions.operations_undocumented,
    conventions.operations_unnamed,
    conventions.operations_without_task,
    conventions.facts_undocumented,
    conventions.long_files,
    conventions.shells,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_project_keeps_to(check: Check) -> None:
    assert check(ROOT) == []


def test_no_tracked_file_names_a_registry_or_this_machine() -> None:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")

    assert conventions.local_addresses(ROOT, listed.stdout.split("\0")[:-1]) == []


def test_the_checks_look_at_something() -> None:
    names = {name for name, _ in conventions.modules(ROOT)}

    assert {
        "deploys.release",
        "changeover.fetch",
        "changeover.operations.fetch",
        "changeover.plans",
    } <= names
    assert conventions.layer("changeover.fetch") == "changeover"
    assert conventions.layer("changeover.hardening.plans.parts.sshd") == "changeover.hardening"
    assert conventions.layer("changeover.plans") == conventions.layer("changeover.plans.fetch")
    assert conventions.layer("changeover.plans.migrations.alembic") == "changeover.plans"
    edges = conventions.graph(ROOT)
    assert "changeover.plans.fetch" in edges["changeover.operations.fetch"]
    assert "pyinfra.api" in edges["changeover.operations.fetch"]


@dataclass(frozen=True)
class Breach:
    """A project in miniature that breaks one convention."""

    check: Check
    file: str
    text: str
    says: str


OPERATION = '''"""
Module.

{example}
"""
@operation()
def act({parameters}):
    """
    Act.

{text}
    """
'''


def operation(parameters: str, text: str, example: str = 'stem.act(name="Act", app=app)') -> str:
    return OPERATION.format(parameters=parameters, text=text, example=f"    {example}")


FACT = 'class Answer(FactBase[int]):\n    """Returns.{text}"""\n    def command(self, app): ...\n'
BREACHES = [
    Breach(
        conventions.upward_imports,
        "tasks/changeover/plans/one.py",
        "from changeover.facts import two",
        "changeover.plans.one imports changeover.facts.two",
    ),
    Breach(
        conventions.upward_imports,
        "tasks/changeover/settings/one.py",
        "from changeover.operations.two import x",
        "changeover.settings.one imports changeover.operations.two",
    ),
    Breach(
        conventions.impure_imports,
        "tasks/changeover/templates/one.py",
        "def late():\n    from pyinfra.api import deploy",
        "changeover.templates.one imports pyinfra.api",
    ),
    Breach(
        conventions.circles,
        "tasks/changeover/plans/one.py",
        "from changeover.plans.two import x",
        "changeover.plans.one imports itself",
    ),
    Breach(conventions.deploys_that_compute, "deploys/one.py", "x = 1\n", "no docstring"),
    Breach(conventions.deploys_that_compute, "deploys/one.py", '"""D."""\n' * 121, "121 lines"),
    *(
        Breach(conventions.deploys_that_compute, "deploys/one.py", f'"""D."""\n{text}\n', says)
        for text, says in [
            ("def f(): ...", "FunctionDef"),
            ("class C: ...", "ClassDef"),
            ("for x in y: ...", "For"),
            ("while x: ...", "While"),
            ("if x: ...", "If"),
            ("x = [y for y in z]", "ListComp"),
            ("x = lambda: 1", "Lambda"),
        ]
    ),
    Breach(
        conventions.operations_undocumented,
        "tasks/changeover/operations/stem.py",
        operation("app, why, how", "    + how: x\n    + why: y\n"),
        "stem.act: parameters",
    ),
    Breach(
        conventions.operations_undocumented,
        "tasks/changeover/operations/stem.py",
        operation("app", "", 'stem.other(name="Act", app=app)'),
        "stem: example",
    ),
    Breach(
        conventions.operations_undocumented,
        "tasks/changeover/operations/stem.py",
        operation("app", "", "stem.act(app=app)"),
        "stem: example",
    ),
    Breach(
        conventions.operations_undocumented,
        "tasks/changeover/operations/stem.py",
        operation("name", "    + name: y\n"),
        "stem.act: name is pyinfra's",
    ),
    Breach(
        conventions.operations_undocumented,
        "tasks/changeover/operations/stem.py",
        operation("_sudo", "    + _sudo: y\n"),
        "stem.act: _sudo is pyinfra's",
    ),
    Breach(
        conventions.operations_unnamed,
        "tasks/changeover/stem.py",
        "from changeover.operations import stem\nstem.act(app=app)",
        "changeover.stem: stem.act",
    ),
    Breach(
        conventions.operations_without_task,
        "tasks/changeover/operations/stem.py",
        operation("", ""),
        "no tasks/changeover/stem.py",
    ),
    Breach(
        conventions.facts_undocumented,
        "tasks/changeover/facts/stem.py",
        FACT.format(text="\n\n    .. code:: python\n\n        7\n"),
        "changeover.facts.stem.Answer: parameters",
    ),
    Breach(
        conventions.facts_undocumented,
        "tasks/changeover/facts/stem.py",
        FACT.format(text="\n\n    + app: x\n"),
        "changeover.facts.stem.Answer: no literal value",
    ),
    Breach(conventions.long_files, "tests/unit/long.py", "\n" * 301, "301 lines"),
    Breach(conventions.shells, "tests/x.py", "run('x', shell=True)", "a shell in line 1"),
    *(
        Breach(
            lambda root: conventions.local_addresses(root, ["docs/x.md"]),
            "docs/x.md",
            f"see https://{address}/x",
            address,
        )
        for address in conventions.REGISTRIES
    ),
    Breach(
        lambda root: conventions.local_addresses(root, ["docs/x.md"]),
        "docs/x.md",
        "kept in /home/" + "somebody/x",
        "/home/" + "s",
    ),
]


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: breach.says)
def test_a_breach_is_seen(breach: Breach, tmp_path: Path) -> None:
    for name in ("facts/two", "operations/two"):
        file = tmp_path / f"tasks/changeover/{name}.py"
        file.parent.mkdir(parents=True)
        file.touch()
    circle = tmp_path / "tasks/changeover/plans/two.py"
    circle.parent.mkdir()
    circle.write_text("from changeover.plans import one\n")
    file = tmp_path / breach.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(breach.text)

    found = breach.check(tmp_path)

    assert any(breach.says in line for line in found), found


def test_settings_of_two_apps_that_could_be_confused_are_seen(tmp_path: Path) -> None:
    for folder in ("deploys", "group_data"):
        (tmp_path / folder).mkdir()
        for app in ("play", "playmaker", "play_maker"):
            (tmp_path / folder / f"{app}.py").touch()
    (tmp_path / "deploys/play_all.py").touch()

    assert conventions.confusable_apps(tmp_path) == ["play and play_maker"]


def test_the_checkouts_own_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(f"cd {tmp_path}\n")

    assert conventions.local_addresses(tmp_path, ["x.md"]) == [f"x.md: {tmp_path}"]


def test_what_keeps_to_the_conventions_is_left_alone(tmp_path: Path) -> None:
    files = {
        "deploys/one.py": '"""Compose."""\n\nfrom changeover import stem\n\nstem.go(app)\n',
        "tasks/changeover/stem.py": (
            'from changeover.operations import stem\nstem.act(name="Act", app=app)\n'
        ),
        "tasks/changeover/operations/stem.py": operation("app", ""),
        "tasks/changeover/facts/stem.py": FACT.format(
            text="\n\n    + app: x\n\n    .. code:: python\n\n        7\n"
        ),
    }
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)

    assert [line for check in CHECKS for line in check(tmp_path)] == []

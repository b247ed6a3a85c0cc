"""What docstrings and comments name is there, and what is not would be seen."""

from pathlib import Path

import pytest

from tests.unit.references import unknown_references

ROOT = Path(__file__).parents[2]
ONE = '''
"""{said}"""

from changeover.plans import three as other_three


def one(given_word: int) -> None:
    """Do."""
'''
TWO = "class Two:\n    three: int = 3\n\n\ndef four() -> None: ...\n"


def test_what_docstrings_and_comments_name_is_there() -> None:
    assert unknown_references(ROOT) == []


def project(root: Path, said: str) -> list[str]:
    """Return what is unknown in a small project where a docstring says something."""
    plans = root / "tasks/changeover/plans"
    plans.mkdir(parents=True)
    (plans / "one.py").write_text(ONE.format(said=said))
    (plans / "two.py").write_text(TWO)
    (plans / "three.py").write_text(
        "from changeover.plans import two as alias_elsewhere\n\n\ndef five() -> None: ...\n"
    )
    (plans / "six.sh").write_text(f"true # {said}\n")
    found = unknown_references(root)
    return [one.partition(": ")[2] for one in found if "six.sh" not in one]


@pytest.mark.parametrize(
    "said",
    [
        *("plans/two.py", "tasks/changeover/plans/six.sh", "``two.Two``", "``two.three``"),
        *("``two.four()``", "``other_three.five``", "``given_word``", "``plans.two.four``"),
        *("``shop.orders``", "``pyproject.toml``", "``two.py``", "/etc/no/file.py", "a_word"),
    ],
)
def test_what_is_there_is_found(tmp_path: Path, said: str) -> None:
    assert project(tmp_path, said) == []


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("see plans/gone.py", "plans/gone.py"),
        ("``two.Gone``", "two.Gone"),
        ("``other_three.four``", "other_three.four"),
        ("``plans.two.gone``", "two.gone"),
        ("``gone.py``", "gone.py"),
        ("``given_words``", "given_words"),
        ("``alias_elsewhere``", "alias_elsewhere"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, said: str, lost: str) -> None:
    assert project(tmp_path, said) == [lost]


def test_comments_of_shell_are_read(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/run.sh").write_text("# what host/tree.py says\n")

    assert unknown_references(tmp_path) == ["tasks/run.sh: host/tree.py"]

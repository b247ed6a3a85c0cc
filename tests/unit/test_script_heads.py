"""Every script file says what it does and what it is given, and that is so."""

import re
from pathlib import Path

import pytest

from changeover.plans import script
from tests.unit.script_heads import Head, head
from tests.unit.test_scripts import FILES, GIVEN, PATHS, assigned, by_file, unassigned

# files that say it in other words
_OTHERS = ("hardening/",)
SAYING = [file for file in FILES if not file.startswith(_OTHERS)]


@pytest.mark.parametrize("other", _OTHERS)
def test_what_says_it_in_other_words_is_there_and_does(other: str) -> None:
    assert [file for file in FILES if file.startswith(other) and head(PATHS[file]) is None]


def said(file: str) -> Head:
    """Return what a file says, which it does."""
    found = head(PATHS[file])
    assert found, f'{file}: expected "# What it does.", then "# Given: app, root."'
    return found


@pytest.mark.parametrize("file", SAYING)
def test_a_script_says_which_variables_it_uses(file: str) -> None:
    found = said(file)
    used = unassigned(PATHS[file].read_text(), GIVEN)

    assert {*found.given, *found.before} == used
    assert list(found.given) == sorted(set(found.given) - {*found.before})


@pytest.mark.parametrize("file", SAYING)
def test_a_plan_gives_a_script_what_it_says(file: str) -> None:
    assert {*said(file).given} <= values(by_file()[file])


@pytest.mark.parametrize("file", sorted({*FILES} - {*SAYING}))
def test_a_script_that_says_nothing_is_given_what_it_uses(file: str) -> None:
    text, body = by_file()[file], PATHS[file].read_text()
    before = text[: text.index(body)].replace(script.read("prelude"), "")
    found = set(re.findall(r"(?m)^([a-z_]+)=", before))

    assert unassigned(body, found | GIVEN) == set()


@pytest.mark.parametrize("file", SAYING)
def test_what_a_function_sets_for_a_script_is_set_by_that_function(file: str) -> None:
    for name, by in said(file).before.items():
        if re.fullmatch(r"[a-z]+_[a-z_]+", by):
            text = by_file()[file]
            body = re.search(rf"(?ms)^{by}\(\) {{.*?^}}", text)
            assert body, f"no function {by} stands before it"
            assert name in assigned(body[0])


def values(text: str) -> set[str]:
    """Return the variables that a plan gives: they stand between prelude and first file."""
    given = text.partition(script.read("prelude"))[2] or text  # not all of them have it
    files = (given.find(path.read_text()) for path in PATHS.values())
    return set(re.findall(r"(?m)^([a-z_]+)=", given[: min(at for at in files if at >= 0)]))


def test_what_a_plan_gives_is_not_what_a_function_sets() -> None:
    text = script.script("undo/release", functions="fetch/login", current="c", release="r")

    assert values(text) == {"current", "release"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Does it.\n# Given: nothing.\nrun\n", Head("Does it.", (), {})),
        (
            "# Does it,\n# and more. Or not.\n# Given: app,\n#   root.\n# a remark\nrun\n",
            Head("Does it, and more. Or not.", ("app", "root"), {}),
        ),
        (
            "# Does it.\n# Given: app.\n# Set before: new (by begin_folder), it (by the host).\n",
            Head("Does it.", ("app",), {"new": "begin_folder", "it": "the host"}),
        ),
        ("# does it\nrun\n", None),
        ("# Does it.\nrun\n# Given: nothing.\n", None),
        ("run\n", None),
    ],
)
def test_a_head_is_read(tmp_path: Path, text: str, expected: Head | None) -> None:
    (tmp_path / "one.sh").write_text(text)

    assert head(tmp_path / "one.sh") == expected

"""What of a commit a Python environment is made from, and what is refused by name."""

from collections.abc import Mapping

import pytest

from changeover.plans.commit import Commit
from changeover.plans.inputs.tree import Tree
from changeover.plans.packages.uv.inputs import PythonInputs, inputs
from changeover.settings.python import Python

PROJECT = "[project]\nname = 'x'\n"


def found(
    files: Mapping[str, str | None],
    lock: str = "requirements.txt",
    reads: tuple[str, ...] = (),
    links: frozenset[str] = frozenset(),
    directory: str = ".",
) -> PythonInputs:
    """Ask until nothing new has to be asked, as a run does; a file with None is no text."""
    folders = {
        "/".join(path.split("/")[:at]) for path in files for at in range(path.count("/") + 1)
    }
    objects = {path: f"id of {path}" for path in (*files, *folders, "")}
    commit, python = Commit("1" * 40, 0, {}), Python(lock=lock, reads=reads)
    for _ in range(9):
        seen = inputs(python, Tree(commit, directory))
        asked = {Tree(None, directory).in_repository(path) for path in (*seen.asked, *seen.texts)}
        texts = {Tree(None, directory).in_repository(path) for path in seen.texts}
        commit = Commit(
            commit.id,
            0,
            {path: objects.get(path) for path in asked},
            links & asked,
            {path: files.get(path) for path in texts},
        )
    return seen


def test_of_a_plain_lock_it_is_the_lock_alone() -> None:
    seen = found({"requirements.txt": "six==1\n", "pyproject.toml": PROJECT, "app.py": ""})

    assert (seen.paths, seen.problems, seen.in_place) == (("requirements.txt",), (), False)


def test_files_that_name_one_another_are_all_read() -> None:
    files = {
        "requirements.txt": "-r more/one.txt\n-c limits.txt\n",
        "more/one.txt": "-r two.txt\n",
        "more/two.txt": "./libs/shop\n-r ../requirements.txt\n--find-links wheels\n",
        "limits.txt": "six==1\n",
        "libs/shop/setup.py": "",
        "more/wheels/x.whl": "",
    }

    seen = found(files)

    assert set(seen.paths) == {
        *("requirements.txt", "limits.txt", "more/one.txt", "more/two.txt"),
        *("libs/shop", "more/wheels"),
    }
    assert not seen.problems


def test_a_project_names_others() -> None:
    shop = (
        PROJECT + "dependencies = ['tax @ file:../tax']\n"
        "[tool.uv.sources]\nunits = { path = '../units', editable = true }\n"
        "[tool.poetry.dependencies]\nmoney = { path = '../money' }\n"
    )
    files = {
        "requirements.txt": "./libs/shop\n",
        "libs/shop/pyproject.toml": shop,
        "libs/tax/pyproject.toml": "[build-system]\nrequires = ['b @ file:../b']\n",
        "libs/units/x": "",
        "libs/money/x": "",
        "libs/b/x": "",
    }

    seen = found(files)

    named = ("b", "money", "shop", "tax", "units")
    assert seen.paths == (*(f"libs/{name}" for name in named), "requirements.txt")
    assert seen.in_place
    assert not seen.problems


@pytest.mark.parametrize(
    ("source", "in_place"),
    [
        ("{ workspace = true }", True),
        ("[{ workspace = true, marker = 'x' }]", True),
        ("{ workspace = true, editable = true }", True),
        ("{ workspace = true, editable = false }", False),
    ],
)
def test_a_project_of_a_workspace_takes_in_the_whole_app(source: str, in_place: bool) -> None:
    shop = PROJECT + f"[tool.uv.sources]\ntax = {source}\n"

    seen = found({"requirements.txt": "./shop", "shop/pyproject.toml": shop})

    assert (seen.paths, seen.in_place, seen.problems) == ((".",), in_place, ())


def test_what_the_root_of_a_workspace_says_counts_for_its_members() -> None:
    root = "[tool.uv.workspace]\nmembers = ['libs/*']\n[tool.uv.sources]\n"
    files = {"requirements.txt": "./libs/shop", "libs/shop/pyproject.toml": PROJECT, "tax/x": ""}

    member = found({**files, "pyproject.toml": root + "tax = { workspace = true }"})
    path = found({**files, "pyproject.toml": root + "tax = { path = 'tax' }"})
    alone = found({**files, "pyproject.toml": "[tool.uv.sources]\ntax = { workspace = true }"})

    assert (member.paths, member.in_place) == ((".",), True)
    assert path.paths == ("libs/shop", "pyproject.toml", "requirements.txt", "tax")
    assert not path.in_place
    assert (alone.paths, alone.in_place) == (
        ("libs/shop", "pyproject.toml", "requirements.txt"),
        False,
    )


@pytest.mark.parametrize(
    ("line", "extras"),
    [
        ("./libs/shop", ()),
        ("./libs/shop[fast, x] ; python_version > '3'", ("libs/shop[fast, x]",)),
        ("-e ./libs/shop[fast]", ("libs/shop[fast]",)),
        ("shop[fast] @ file:./libs/shop ; x == 'y'", ("libs/shop[fast]",)),
        ("shop @ file:./libs/shop", ()),
    ],
)
def test_extras_of_what_is_built_are_known(line: str, extras: tuple[str, ...]) -> None:
    seen = found({"requirements.txt": line, "libs/shop/setup.py": ""})

    assert (seen.extras, seen.problems) == (extras, ())


def test_a_lock_that_is_a_project_names_what_the_project_does() -> None:
    text = PROJECT + "[tool.uv.sources]\ntax = { path = 'tax' }\n"

    seen = found({"pyproject.toml": text, "tax/setup.py": ""}, lock="pyproject.toml")

    assert seen.paths == ("pyproject.toml", "tax")


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("uv.toml", "", True),
        ("pyproject.toml", "[tool.uv]\nindex-url = 'x'\n", True),
        ("pyproject.toml", "[tool.ruff]\n", False),
    ],
)
def test_settings_of_uv_count(name: str, text: str, counts: bool) -> None:
    seen = found({"requirements.txt": "six", name: text})

    assert (name in seen.paths) == counts


def test_an_app_in_a_folder_of_its_repository_is_read_there() -> None:
    files = {"play/requirements.txt": "./libs/shop", "play/libs/shop/setup.py": ""}

    seen = found(files, directory="play")

    assert (seen.paths, seen.problems) == (("libs/shop", "requirements.txt"), ())


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"requirements.txt": "six\n./gone\n"}, "requirements.txt: line 2: ./gone: is not in the"),
        ({"requirements.txt": "-r gone.txt"}, "requirements.txt: line 1: gone.txt: is not in the"),
        ({"requirements.txt": "-f gone"}, "requirements.txt: line 1: gone: is not in the commit"),
        ({"requirements.txt": "../x"}, "line 1: ../x: leads out of the app's folder"),
        ({"requirements.txt": "x @ file:///opt/x"}, "line 1: /opt/x: leads out of the app's"),
        ({"requirements.txt": "-f /opt/x"}, "line 1: /opt/x: leads out of the app's folder"),
        ({"requirements.txt": "-r ../x"}, "line 1: ../x: leads out of the app's folder"),
        ({"requirements.txt": "-e 'x"}, "requirements.txt: line 1: a quote is not closed"),
        ({"requirements.txt": None}, "requirements.txt: is no text in UTF-8, or over 8 MB"),
        ({"requirements.txt": "./a", "a/pyproject.toml": "["}, "a/pyproject.toml: "),
        ({"requirements.txt": "./a", "a/pyproject.toml": "a=" + "[" * 9999}, "nested too deep"),
        (
            {
                "requirements.txt": "./a",
                "a/pyproject.toml": "project.dependencies=['x @ file:../..']",
            },
            "a/pyproject.toml: ../..: leads out of the app's folder",
        ),
        (
            {"requirements.txt": "six==1 --hash=sha256:a\n.\nother==1\n", "setup.py": ""},
            "requirements.txt: line 3: has no --hash, and others have",
        ),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    files: Mapping[str, str | None], problem: str
) -> None:
    (said,) = found(files).problems

    assert said.startswith(problem) or problem in said


def test_a_link_of_the_commit_is_refused_as_its_object_says_nothing_of_what_it_means() -> None:
    seen = found(
        {"requirements.txt": "", "real.txt": "", "more.txt": ""},
        links=frozenset({"requirements.txt"}),
    )
    also = found({"requirements.txt": "-r more.txt", "more.txt": ""}, links=frozenset({"more.txt"}))

    assert seen.problems == (
        "requirements.txt: is a symbolic link in the commit: name what it leads to",
    )
    assert "more.txt: is a symbolic link" in also.problems[0]


def test_what_is_read_beside_has_to_be_there() -> None:
    assert found({"requirements.txt": "", "VERSION": ""}, reads=("VERSION",)).paths == (
        *("VERSION", "requirements.txt"),
    )
    (said,) = found({"requirements.txt": ""}, reads=("VERSION",)).problems
    assert said == "Python(reads=...): VERSION: is not in the commit; commit it"

"""Python environments hold the code of the commit that they are for, whatever the lock names."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.processes import Web
from changeover.settings.python import Python
from tests.unit.plans.packages.installs import Installs
from tests.unit.plans.shell import Shell

SLOW = pytest.mark.slow
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")

APP = App(
    name="playmaker", python=Python(version="3.11"), processes=(Web("python app.py", listens="fd"),)
)
PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "{name}"
version = "1"
"""
LIBRARY = {
    "libs/shop/pyproject.toml": PROJECT.format(name="shop"),
    "libs/shop/src/shop/__init__.py": "NUMBER = 1\n",
}
WHOLE = {"pyproject.toml": PROJECT.format(name="shop"), "src/shop/__init__.py": "NUMBER = 1\n"}
ASK = "import shop; print(shop.NUMBER, shop.__file__)"


@pytest.fixture
def host(shell: Shell, uv: Path) -> Installs:
    """Return a host on which uv is, and what it has downloaded for other tests."""
    found = Installs(shell, APP)
    found.has("/opt/changeover/uv", uv)
    found.has("/var/cache/changeover/playmaker/uv", uv)
    return found


def asked(host: Installs, release: Path) -> tuple[str, Path]:
    """Return what the code says that a release runs, and where it is."""
    number, file = host.run(release, ".venv/bin/python", "-c", ASK).split(" ")
    return number, Path(file)


@pytest.mark.parametrize(
    ("files", "lock"),
    [
        (WHOLE, "-e .\n"),
        (WHOLE, ".\n"),
        pytest.param(WHOLE, "shop @ file:.\n", marks=SLOW),
        pytest.param(LIBRARY, "./libs/shop\n", marks=SLOW),
        pytest.param(LIBRARY, "-e libs/shop\n", marks=SLOW),
        (LIBRARY, "shop @ file:./libs/shop ; python_version > '3'\n"),
        pytest.param(LIBRARY, "shop @ file:///${PROJECT_ROOT}/libs/shop\n", marks=SLOW),
        (LIBRARY | {"more/of.txt": "./libs/shop\n"}, "-r more/of.txt\n"),
    ],
    ids=lambda value: value.strip() if isinstance(value, str) else "",
)
def test_a_release_runs_its_own_code(host: Installs, files: Mapping[str, str], lock: str) -> None:
    name = next(path for path in files if path.endswith("__init__.py"))
    first = host.install(host.commit({**files, "requirements.txt": lock}))
    assert asked(host, first)[0] == "1"

    second = host.install(host.commit({name: "NUMBER = 2\n"}))

    number, file = asked(host, second)
    assert number == "2"
    assert first not in file.parents
    assert asked(host, first)[0] == "1"


def test_what_is_used_where_it_lies_is_the_releases_own(host: Installs) -> None:
    release = host.install(host.commit({**WHOLE, "requirements.txt": "-e .\n"}))

    _, file = asked(host, release)

    assert file == release / "src/shop/__init__.py"
    assert sorted(path.name for path in release.iterdir()) == [
        *(".changeover", ".venv", "REVISION", "pyproject.toml", "requirements.txt", "src")
    ]


def test_what_a_link_in_a_package_leads_to_counts_and_is_there(host: Installs) -> None:
    data = '[tool.setuptools.package-data]\nshop = ["*.txt"]\n'
    files = {
        "libs/shop/pyproject.toml": PROJECT.format(name="shop") + data,
        "libs/shop/shop/__init__.py": "NUMBER = open(__file__[:-11] + 'words.txt').read()\n",
        "libs/shop/shop/words.txt": "-> ../../more/words.txt",
        "libs/more": "-> ../common",
        "common/words.txt": "1",
        "requirements.txt": "./libs/shop\n",
    }
    wanted = host.commit(files)

    assert asked(host, host.install(wanted))[0] == "1"

    assert host.commit({"app.py": "2"}).python_key == wanted.python_key
    assert host.commit({"common/words.txt": "2"}).python_key != wanted.python_key


@pytest.mark.parametrize("root", [False, pytest.param(True, marks=SLOW)])
def test_a_member_of_a_workspace_is_the_releases_own(host: Installs, root: bool) -> None:
    source = "[tool.uv.sources]\ntax = { workspace = true }\n"
    shop = PROJECT.format(name="shop") + 'dependencies = ["tax"]\n'
    files = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["libs/*"]\n' + source * root,
        "libs/shop/pyproject.toml": shop + source * (not root),
        "libs/shop/shop/__init__.py": "from tax import NUMBER\n",
        "libs/tax/pyproject.toml": PROJECT.format(name="tax"),
        "libs/tax/tax/__init__.py": "NUMBER = 1\n",
        "requirements.txt": "./libs/shop\n",
    }
    wanted = host.commit(files)

    release = host.install(wanted)

    assert asked(host, release)[0] == "1"
    where = host.run(release, ".venv/bin/python", "-c", "import tax; print(tax.__file__)")
    assert Path(where) == release / "libs/tax/tax/__init__.py"
    assert host.commit({"libs/tax/tax/__init__.py": ""}).python_key != wanted.python_key


@pytest.mark.slow
def test_what_a_package_used_where_it_lies_has_built_is_shown_beside_it(host: Installs) -> None:
    setup = (
        "from setuptools import Extension, setup\n"
        'setup(ext_modules=[Extension("shop.quick", ["src/shop/quick.c"])])\n'
    )
    code = (
        "#include <Python.h>\n"
        'static struct PyModuleDef m = {PyModuleDef_HEAD_INIT, "quick"};\n'
        "PyMODINIT_FUNC PyInit_quick(void) { return PyModule_Create(&m); }\n"
    )
    extended = {**WHOLE, "setup.py": setup, "src/shop/quick.c": code}

    release = host.install(host.commit({**extended, "requirements.txt": "-e .\n"}))

    host.run(release, ".venv/bin/python", "-c", "import shop.quick")
    assert not (release / "build").exists()


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["six==1.17.0\n", "six==1.17.0\n./libs/shop\n"])
def test_code_that_the_lock_does_not_take_in_changes_no_environment(
    host: Installs, lock: str
) -> None:
    first = host.commit({**LIBRARY, "requirements.txt": lock, "app.py": "1"})
    host.install(first)

    second = host.commit({"app.py": "2"})

    assert second.python_key == first.python_key
    host.install(second)


@pytest.mark.slow
def test_packages_that_lie_in_the_tree_are_found_and_change_the_environment(
    host: Installs, uv: Path
) -> None:
    wheels = host.shell.root / "wheels"
    source = host.shell.root / "source"
    for number in ("1", "2"):
        for path, text in WHOLE.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text.replace("NUMBER = 1", f"NUMBER = {number}"))
        built = wheels / number
        host.run(source, f"{uv}/bin/uv", "build", "-q", "--wheel", "-o", str(built), ".")
    first = _with_wheel(host, wheels / "1", {"requirements.txt": "--find-links ./wheels\nshop\n"})
    assert asked(host, host.install(first))[0] == "1"

    second = _with_wheel(host, wheels / "2", {})

    assert asked(host, host.install(second))[0] == "2"


def _with_wheel(host: Installs, folder: Path, files: Mapping[str, str | None]) -> Target:
    host.commit(files)
    (host.repository / "wheels").mkdir(exist_ok=True)
    for wheel in folder.glob("*.whl"):
        (host.repository / "wheels" / wheel.name).write_bytes(wheel.read_bytes())
    return host.commit({})


def test_a_build_sees_what_the_lock_names_and_nothing_else(host: Installs) -> None:
    reading = "from setuptools import setup\nsetup(version=open('../../VERSION').read())\n"
    project = PROJECT.format(name="shop").replace('version = "1"', 'dynamic = ["version"]')
    files = {**LIBRARY, "libs/shop/pyproject.toml": project, "libs/shop/setup.py": reading}
    wanted = host.commit({**files, "VERSION": "3", "requirements.txt": "./libs/shop\n"})

    with pytest.raises(AssertionError) as failed:
        host.install(wanted)

    said = str(failed.value)
    assert "No such file or directory: '../../VERSION'" in said
    assert "it saw only: libs/shop requirements.txt" in said
    host.app = APP.model_copy(update={"python": Python(version="3.11", reads=("VERSION",))})
    assert asked(host, host.install(host.commit({"a": "b"})))[0] == "1"
    before = host.commit({})
    assert host.commit({"VERSION": "4"}).python_key != before.python_key


@pytest.mark.slow
def test_hashes_count_beside_a_package_of_the_tree(host: Installs) -> None:
    digest = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
    lock = f"-e libs/shop\nsix==1.17.0 \\\n    --hash=sha256:{digest}\n"
    wanted = host.commit({**LIBRARY, "requirements.txt": lock})

    assert asked(host, host.install(wanted))[0] == "1"

    bad = host.commit({"requirements.txt": lock.replace("4721", "4722")})
    with pytest.raises(AssertionError, match="Hash mismatch"):
        host.install(bad)


def test_what_a_package_of_the_tree_lacks_is_named(host: Installs) -> None:
    """Where packages have hashes, the lock alone says what is installed."""
    digest = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"
    shop = PROJECT.format(name="shop") + (
        "dependencies = ['six>=1.16', 'idna']\n"
        "[project.optional-dependencies]\nfast_x = ['certifi']\n"
    )
    lock = f"./libs/shop[fast.x]\nsix==1.17.0 --hash=sha256:{digest}\n"
    files = LIBRARY | {"libs/shop/pyproject.toml": shop, "requirements.txt": lock}

    with pytest.raises(AssertionError) as failed:
        host.install(host.commit(files))

    said = [line for line in str(failed.value).splitlines() if "of the tree" in line]
    assert [line.partition(" which")[0] for line in said[:2]] == [
        "shop, of the tree, requires idna,",
        'shop, of the tree, requires certifi; extra == "fast-x",',
    ]
    assert "add it to requirements.txt, with its hash" in said[0]
    assert "packages of the tree would not run as requirements.txt has them" in said[2]
    assert not list((host.shell / "/srv/playmaker/environments").glob("*/.complete"))

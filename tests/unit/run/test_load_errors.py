"""What is refused while files are loaded, through pyinfra's own command line: never a traceback."""

import re
import runpy
from pathlib import Path

import pytest

from changeover.run import diagnostics
from tests.unit.fleet import ROOT, Fleet
from tests.unit.plans.world import serving

HELLO = (ROOT / "deploys/hello.py").read_text()
APP = 'app = App(name="hello", processes=(Web("/usr/bin/python3 app.py", listens="fd"),))'
WRONG = """\
app = App(
    name="hello",
    node=Node(version=22, directry="web"),
    build=Build(output="../dist", command="make"),
    health=Health(expect=(Http(path="news"),)),
    migrations="django",
    processes=(Web(),),
    sites=None,
)"""


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """Return a host that is well, below deploy files that a test may write."""
    fleet = Fleet(tmp_path)
    fleet.host("greet", {"hello": serving(fleet.target("hello"))})
    for name in ("deploys", "group_data"):
        (fleet.checkout / name).unlink()
        (fleet.checkout / name).mkdir()
        for path in (ROOT / name).glob("*.py"):
            (fleet.checkout / name / path.name).write_text(path.read_text())
    return fleet


def write(fleet: Fleet, app: str, *, extra: str = "") -> None:
    """Write the deploy file of hello with another app in it."""
    imports = "from changeover.settings.app import *\nfrom changeover.settings.expect import *\n"
    text = HELLO.replace(APP, f"{imports}{extra}{app}")
    assert text != HELLO
    (fleet.checkout / "deploys/hello.py").write_text(text)


def refused(fleet: Fleet, deploy: str, *options: str) -> list[str]:
    """Return the lines of the problems; nothing was done, and there is no traceback."""
    done = fleet.run(deploy, *options)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert done.returncode == 1, text
    assert "Traceback" not in text
    assert "exception" not in text.lower()
    assert fleet.executed() == []
    _, _, said = text.partition("--> refused: nothing was touched:\n")
    assert said, text
    return [line.strip() for line in said.splitlines() if line.strip()]


@pytest.mark.parametrize("deploy", ["hello", "release", "provision", "status", "rollback"])
def test_all_problems_of_a_deploy_file_come_at_once(fleet: Fleet, deploy: str) -> None:
    write(fleet, WRONG)
    first = 1 + (fleet.checkout / "deploys/hello.py").read_text().split("\n").index("app = App(")

    said = refused(fleet, deploy)

    at = [f"deploys/hello.py line {first + n}: " for n in range(8)]
    assert said == [
        f"{at[2]}Node(version=...): Input should be a valid string, found int",
        f"{at[2]}Node(directry=...): unknown setting; did you mean directory?",
        f"{at[3]}Build(output=...): expected a relative path of plain names, such as frontend or"
        " data/uploads",
        f"{at[4]}Http(path=...): expected a path such as /accounts/login/",
        f"{at[6]}Web(command=...): missing; give it (see docs/reference/settings.md)",
        f"{at[0]}App(migrations=...): expected Alembic(...) or Django(...)",
        f"{at[0]}App(sites=...): unknown setting; did you mean site?",
    ]


def test_a_rule_of_the_whole_app_is_one_line(fleet: Fleet) -> None:
    write(fleet, APP.replace("/usr/bin/python3", "python3"))

    (said,) = refused(fleet, "release")

    assert re.fullmatch(
        r"deploys/hello\.py line \d+: App\(\.\.\.\): 'python3 app\.py' needs a full path, as the"
        r" app has no python=",
        said,
    )


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (APP.replace("Web(", "Wep("), "NameError: name 'Wep' is not defined"),
        (APP + ")", "unmatched ')'"),
        (APP + "\nimport no_such_module_here", "ModuleNotFoundError: No module named"),
        (APP + "\nopen('no-such-file')", "FileNotFoundError: "),
        (
            APP
            + "\nfrom changeover.settings.load import SettingsError\nraise SettingsError(['a: b'])",
            "",
        ),
    ],
)
def test_what_python_says_of_a_deploy_file_is_one_line(fleet: Fleet, app: str, said: str) -> None:
    write(fleet, app)

    (line,) = refused(fleet, "release")

    assert re.match(r"deploys/hello\.py line \d+: ", line) or line == "a: b"
    assert said in line


@pytest.mark.parametrize("file", ["inventory", "group_data/hello.py"])
def test_so_is_what_an_inventory_and_values_get_wrong(fleet: Fleet, file: str) -> None:
    fleet.write_inventory()
    path = fleet.inventory if file == "inventory" else fleet.checkout / file
    path.write_text(path.read_text() + "\nhello_domain = nothing\n")

    (line,) = refused(fleet, "release")

    assert f"{path.name} line " in line
    assert "NameError: name 'nothing' is not defined" in line


def test_what_we_got_wrong_ourselves_is_a_traceback_with_its_reason(fleet: Fleet) -> None:
    """A bug needs its place, also where one file loads another."""
    write(fleet, APP + "\nfrom changeover.settings.load import load_host\nload_host(None)")

    done = fleet.run("release")

    assert done.returncode == 1
    assert "AttributeError" in done.stderr
    assert "exception str() failed" not in done.stderr


def test_a_refusal_of_pyinfras_kind_names_no_line_of_ours(fleet: Fleet) -> None:
    fleet.groups["helo"] = fleet.groups.pop("hello")

    done = fleet.run("release")

    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr)
    assert done.returncode == 1
    assert "--> pyinfra error: nothing was touched:\n    @fake/greet: the group helo is no" in text


@pytest.mark.parametrize(("folder", "ours"), [("changeover", True), ("other", False)])
def test_a_line_of_ours_is_known_where_pip_has_put_it(
    folder: str, ours: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    monkeypatch.setattr(diagnostics, "_PACKAGE", packages / "changeover")
    file = packages / folder / "told.py"
    file.parent.mkdir(parents=True)
    file.write_text("raise ValueError('no')\n")

    with pytest.raises(ValueError, match="no") as raised:
        runpy.run_path(str(file))

    assert diagnostics.is_raised_here(raised.value) is ours


def test_migrations_for_which_there_is_no_engine_are_refused(fleet: Fleet) -> None:
    odd = "from changeover.settings.migrations import *\nclass Odd(Migrations): pass\n"
    declared = "database=Database(), migrations=Odd(), processes="
    write(fleet, APP.replace("processes=", declared), extra=odd)

    done = fleet.run("hello")

    assert (done.returncode, fleet.executed()) == (1, [])
    said = done.stdout + done.stderr
    assert "] migrations by Odd: no such migration engine; there are: Alembic, Django" in said
    assert "Traceback" not in said

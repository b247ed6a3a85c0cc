"""Alembic itself, by the programs that releases use: what it has, and all steps in one process."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from changeover.plans.migrations.alembic import AlembicEngine
from changeover.plans.migrations.steps import kept
from changeover.settings.migrations import Alembic
from tests.unit.plans.migrations.project import ENVIRONMENT, INI, MARK, Known, Project


def revision(name: str, after: Any = None, upgrade: str = "pass", **more: Any) -> str:
    """Return the text of a revision."""
    lines = [f'"""Step {name}."""', "from alembic import op", f"revision = {name!r}"]
    lines += [f"down_revision = {after!r}", *(f"{key} = {told!r}" for key, told in more.items())]
    return "\n".join([*lines, "def upgrade():", f"    {upgrade}", "def downgrade(): pass", ""])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path, AlembicEngine(Alembic()))
    made.write("alembic.ini", INI)
    made.write("alembic/env.py", ENVIRONMENT)
    add(made, "a1", upgrade="op.execute('CREATE TABLE a (x)'); print('words of a migration')")
    add(made, "a2", "a1", "op.execute('CREATE TABLE b (x)')")
    return made


def add(
    project: Project, name: str, *told: Any, folder: str = "alembic/versions", **more: Any
) -> None:
    project.write(f"{folder}/{name}.py", revision(name, *told, **more))


def versions(project: Project) -> set[str]:
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        return {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}


def test_a_history_is_told_without_a_database(project: Project) -> None:
    project.environment["DATABASE_URL"] = "none://"
    steps = project.history()["steps"]
    assert [(step["id"], step["after"], step["title"]) for step in steps] == [
        ("a1", [], "Step a1."),
        ("a2", ["a1"], "Step a2."),
    ]
    assert project.history()["here"]


def test_all_steps_are_taken_and_told_one_by_one(project: Project) -> None:
    told, done = project.upgrade()
    assert (done.returncode, told) == (0, ["a1", "a2"])
    assert "words of a migration" in done.stderr
    assert versions(project) == {"a2"}
    add(project, "a3", "a2")
    assert project.upgrade()[0] == ["a3"]


def test_what_came_before_a_step_that_fails_stays_and_it_is_told(project: Project) -> None:
    add(project, "a3", "a2", "op.execute('nonsense')")
    told, done = project.upgrade()
    assert done.returncode != 0
    assert told[-1] == "a3"
    assert "nonsense" in done.stderr
    assert versions(project) == {"a2"}


def test_a_step_that_says_that_it_is_another_is_noticed(project: Project) -> None:
    add(project, "a3", "a2", "op.execute(\"INSERT INTO alembic_version VALUES ('zz')\")")
    done = project.upgrade()[1]
    assert done.returncode != 0
    assert "after a3 the database says revision 'a3 zz' instead of 'a3'" in done.stderr


def test_who_looks_between_steps_is_waited_for(project: Project) -> None:
    with project.watched("a1", "a2") as (child, to, told):
        assert told.readline() == "\n"
        assert told.readline() == f"@@step {MARK} a1\n"
        to.write("\n")
        assert told.readline() == "\n"
        assert told.readline() == f"@@step {MARK} a2\n"
        assert versions(project) == {"a1"}
        with closing(sqlite3.connect(project.root / "app.db", timeout=0)) as connection:
            connection.execute("INSERT INTO a VALUES (1)")  # nothing is locked meanwhile
            connection.commit()
        to.write("\n")
        assert told.readline() == ""
    assert child.returncode == 0


def test_of_what_a_step_wrote_nothing_stays_in_the_log(project: Project) -> None:
    """Else it could not leave it where the next step fills the disk, and would take its room."""
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    log = f"{project.root}/app.db-wal"
    add(project, "a3", "a2", f"import os; print('log', os.path.getsize({log!r}))")
    done = project.upgrade()[1]
    assert done.returncode == 0, done.stderr
    assert "log 0\n" in done.stderr


def test_an_environment_that_says_how_a_transaction_begins_is_no_obstacle(project: Project) -> None:
    begins = "event.listen(engine, 'begin', lambda c: c.exec_driver_sql('BEGIN IMMEDIATE'))"
    engine = "create_engine(os.environ['DATABASE_URL'], connect_args={'isolation_level': None})"
    text = ENVIRONMENT.replace("import create_engine", "import create_engine, event")
    text = text.replace("with create_", f"engine = {engine}\n{begins}\nwith create_")
    project.write(
        "alembic/env.py", text.replace('create_engine(os.environ["DATABASE_URL"])', "engine")
    )
    test_of_what_a_step_wrote_nothing_stays_in_the_log(project)


def test_several_heads_and_what_depends_on_others_are_taken(project: Project) -> None:
    add(project, "b1", None, depends_on="a1", branch_labels=("b",))
    add(project, "b2", "b1", depends_on="a2")
    add(project, "c1", None, branch_labels=("c",))
    engine, history = project.engine, kept(project.history()).steps
    moves = engine.forward(history, ())
    told, done = project.upgrade()
    assert done.returncode == 0, done.stderr
    assert [move.step for move in moves] == told
    assert versions(project) == {"b2", "c1"}
    assert engine.forward(history, ("b2", "c1")) == ()
    assert engine.unknown(history, ("b2", "c1")) == ()


@pytest.mark.parametrize(
    ("line", "folder"),
    [
        (
            "version_locations = %(here)s/alembic/versions %(here)s/plugin/versions",
            "plugin/versions",
        ),
        ("script_location = moved", "moved/versions"),
    ],
)
def test_what_lies_outside_of_the_folder_is_told_and_holds_for_this_commit_alone(
    project: Project, line: str, folder: str
) -> None:
    project.write("moved/env.py", ENVIRONMENT)
    key = line.split(" = ")[0]
    kept = [one for one in INI.splitlines() if not one.startswith(key)]
    project.write("alembic.ini", "\n".join([*kept, line, "path_separator = space", ""]))
    add(project, "p1", None, folder=folder)
    found = project.history()
    assert "p1" in [step["id"] for step in found["steps"]]
    assert not found["here"]


@pytest.mark.parametrize(
    ("link", "to"),
    [
        ("alembic", "db/alembic"),
        ("alembic", "deep/er/alembic"),
        ("alembic/versions", "db/versions"),
        ("alembic/versions/a2.py", "db/a2.py"),
        ("alembic.ini", "db/alembic.ini"),
        ("pyproject.toml", "db/pyproject.toml"),
    ],
)
def test_what_links_lead_to_holds_for_this_commit_alone(
    project: Project, link: str, to: str
) -> None:
    """Of a link git's object ids say nothing but where it leads."""
    project.write("pyproject.toml", "")
    place, moved = project.root / link, project.root / to
    moved.parent.mkdir(parents=True)
    place.rename(moved)
    place.symlink_to(moved)

    found = project.history()

    assert len(found["steps"]) == 2
    assert not found["here"]


def test_below_a_link_everything_holds_for_this_commit_alone(tmp_path: Path) -> None:
    project = Project(tmp_path, AlembicEngine(Alembic(config="db/a.ini", scripts="db/alembic")))
    project.write("real/a.ini", "[alembic]\nscript_location = db/alembic\n")
    project.write("real/alembic/env.py", ENVIRONMENT)
    add(project, "a1", folder="real/alembic/versions")
    (tmp_path / "db").symlink_to("real")

    assert not project.history()["here"]


def test_settings_in_pyproject_are_read(project: Project) -> None:
    project.write("alembic.ini", "[alembic]\n")
    project.write("pyproject.toml", '[tool.alembic]\nscript_location = "alembic"\n')
    assert len(project.history()["steps"]) == 2
    assert project.upgrade()[1].returncode == 0


def test_an_ini_file_of_flask_migrate_is_called_so(project: Project) -> None:
    """It names no folder: Flask-Migrate adds that to what is read."""
    project.write("alembic.ini", "[alembic]\n")

    done = project.run("tell_program", *project.words)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("alembic.ini: No 'script_location' key found in configuration")
    assert "(is it Flask-Migrate's? see docs/how-to/migrations.md, Flask-Migrate)" in line


def test_each_step_has_the_outer_transaction_that_an_environment_opens(project: Project) -> None:
    project.write("alembic/env.py", ENVIRONMENT.replace(".connect()", ".begin()"))
    told, done = project.upgrade()
    assert (done.returncode, told) == (0, ["a1", "a2"])
    assert versions(project) == {"a2"}


def test_a_folder_of_scripts_that_is_a_package_hides_no_alembic(project: Project) -> None:
    project.write("alembic/__init__.py")
    assert len(project.history()["steps"]) == 2
    assert project.upgrade()[1].returncode == 0


def commit(**changed: str) -> Known:
    return Known({"alembic.ini": "i1", "alembic": "s1", ".": "t1", **changed})


def test_a_history_is_known_by_all_that_may_change_it() -> None:
    engine = AlembicEngine(Alembic())
    before = engine.history_key(commit())
    assert engine.history_key(commit(**{".": "t2"})) == before
    for path in ("alembic.ini", "alembic", "pyproject.toml"):
        assert engine.history_key(commit(**{path: "new"})) != before

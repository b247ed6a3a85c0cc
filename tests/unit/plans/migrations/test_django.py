"""Django itself, by the programs that releases use: what it has, and all steps in one process."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from changeover.plans.migrations.django import DjangoEngine
from changeover.settings.migrations import Django
from tests.unit.plans.migrations.project import Project

MANAGE = """\
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """\
SECRET_KEY = "x"
INSTALLED_APPS = ["shop", "packaged"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
import sys
sys.path.append("PACKAGES")
"""
MODELS = "from django.db import models\nclass {name}(models.Model):\n    {fields}\n"
FIRST = """\
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    key = models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )
    operations = [migrations.CreateModel("{name}", [("id", key)])]
"""
NEXT = """\
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("{app}", "{after}")]
    operations = [{operation}]
"""
TITLE = 'migrations.AddField("thing", "title", models.TextField(default=""))'


def make(root: Path, *, may_differ: bool = False) -> Project:
    """Return a project with an app of its own, and one of a package."""
    made = Project(root, DjangoEngine(Django(models_may_differ=may_differ)), "manage.py", "shell")
    packages = root.parent / f"{root.name}-packages"
    packages.mkdir(exist_ok=True)
    made.write("manage.py", MANAGE)
    made.write("site_settings.py", SETTINGS.replace("PACKAGES", str(packages)))
    for app, name, folder in (("shop", "Thing", root), ("packaged", "Part", packages)):
        there = Project(folder, made.engine)
        there.write(f"{app}/__init__.py")
        there.write(f"{app}/models.py", MODELS.format(name=name, fields="pass"))
        there.write(f"{app}/migrations/__init__.py")
        there.write(f"{app}/migrations/0001_initial.py", FIRST.format(name=name))
    return made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make(tmp_path)


def add(project: Project, name: str, after: str, operation: str = "") -> None:
    text = NEXT.format(app="shop", after=after, operation=operation)
    project.write(f"shop/migrations/{name}.py", text)


def rows(project: Project) -> list[str]:
    with closing(sqlite3.connect(project.root / "app.db")) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM django_migrations")]


def test_a_history_is_told_without_a_database(project: Project) -> None:
    found = project.history()
    assert [step["id"] for step in found["steps"]] == ["packaged.0001_initial", "shop.0001_initial"]
    assert not (project.root / "app.db").exists()
    assert found["says"] == ""


def test_code_from_elsewhere_holds_for_this_commit_alone(project: Project, tmp_path: Path) -> None:
    """Else it could bring migrations that nobody asks for."""
    (project.root.parent / f"{project.root.name}-packages" / "packaged").rename(
        tmp_path / "packaged"
    )
    assert project.history()["here"]
    moved = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    (tmp_path / "shop").rename(moved)
    (tmp_path / "shop").symlink_to(moved)
    assert not project.history()["here"]


def test_all_steps_are_taken_and_told_one_by_one(project: Project) -> None:
    speaks = "migrations.RunPython(lambda *_: print('words of a migration'))"
    add(project, "0002_more", "0001_initial", speaks)
    told, done = project.upgrade()
    assert done.returncode == 0, done.stderr
    steps = ("packaged.0001_initial", "shop.0001_initial", "shop.0002_more")
    assert tuple(told) == steps
    assert "words of a migration" in done.stderr
    assert rows(project) == ["0001_initial", "0001_initial", "0002_more"]
    assert project.upgrade()[0] == []


def test_what_came_before_a_step_that_fails_stays_and_it_is_told(project: Project) -> None:
    add(project, "0002_more", "0001_initial", 'migrations.RunSQL("nonsense")')
    told, done = project.upgrade()
    assert done.returncode != 0
    assert told[-1] == "shop.0002_more"
    assert rows(project) == ["0001_initial", "0001_initial"]


def test_a_step_that_is_not_noted_in_the_database_is_noticed(project: Project) -> None:
    away = "DELETE FROM django_migrations WHERE name = '0002_more'"
    trigger = f"CREATE TRIGGER t AFTER INSERT ON django_migrations BEGIN {away}; END"
    add(project, "0002_more", "0001_initial", f'migrations.RunSQL("{trigger}")')
    done = project.upgrade()[1]
    assert done.returncode != 0
    assert "after shop.0002_more the database says revision '' instead of" in done.stderr


def differ(app: str, folder: Path) -> None:
    field = "title = models.TextField(default='')"
    name = {"shop": "Thing", "packaged": "Part"}[app]
    (folder / app / "models.py").write_text(MODELS.format(name=name, fields=field))


def test_models_that_no_migration_makes_are_shown_and_refused(project: Project) -> None:
    differ("shop", project.root)
    done = project.run("tell_program")
    assert done.returncode == 4
    assert "Add field title to thing" in done.stderr
    assert "the models of shop differ from the commit's migrations" in done.stderr
    assert "Django(models_may_differ=True)" in done.stderr


def test_where_models_may_differ_it_is_said(tmp_path: Path) -> None:
    project = make(tmp_path, may_differ=True)
    differ("shop", project.root)
    found = project.history()
    assert "Add field title to thing" in found["says"]
    assert len(found["steps"]) == 2


def test_only_migrations_of_the_commit_are_judged(project: Project) -> None:
    differ("packaged", project.root.parent / f"{project.root.name}-packages")
    assert len(project.history()["steps"]) == 2


def test_migrations_of_a_package_that_the_commit_keeps_are_judged(project: Project) -> None:
    settings = (project.root / "site_settings.py").read_text()
    project.write("site_settings.py", settings + 'MIGRATION_MODULES = {"packaged": "kept"}\n')
    project.write("kept/__init__.py")
    project.write("kept/0001_initial.py", FIRST.format(name="Part"))
    assert len(project.history()["steps"]) == 2
    differ("packaged", project.root.parent / f"{project.root.name}-packages")
    assert "Add field title to part" in project.run("tell_program").stderr


def test_an_app_without_migrations_is_not_asked_for_any(project: Project) -> None:
    project.write("plain/__init__.py")
    project.write("plain/models.py", MODELS.format(name="Plain", fields="pass"))
    settings = (project.root / "site_settings.py").read_text()
    project.write("site_settings.py", settings.replace('"shop"', '"plain", "shop"'))
    assert len(project.history()["steps"]) == 2


def test_a_conflict_is_said_in_djangos_words(project: Project) -> None:
    add(project, "0002_more", "0001_initial")
    add(project, "0002_other", "0001_initial")
    done = project.run("tell_program")
    assert done.returncode == 4
    assert "Conflicting migrations detected" in done.stderr

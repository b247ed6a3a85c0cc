"""What an env.py sets up holds for each step, as with Alembic's own command; PostgreSQL is real."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.plans.migrations.alembic import AlembicEngine
from changeover.settings.migrations import Alembic
from tests.unit.host.postgres.cluster import QUOTED, Cluster
from tests.unit.plans.migrations.project import ENVIRONMENT, INI, Project
from tests.unit.plans.migrations.test_alembic import add, versions

NAMES = ("a", "b", "c", "d")
RUN = "        context.run_migrations()\n"
BEGIN = "    with context.begin_transaction():\n"
TENANTS = """\
import os
from alembic import context
from sqlalchemy import create_engine, text
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    for schema in SCHEMAS:
        connection.execute(text(f"SET search_path TO {schema}"))
        connection.commit()
        connection.dialect.default_schema_name = schema
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.close()


@pytest.fixture
def project(tmp_path: Path, cluster: Cluster) -> Iterator[Project]:
    cluster.sql("postgres", "CREATE DATABASE app OWNER shop")
    cluster.sql("app", "CREATE SCHEMA tenant AUTHORIZATION shop")
    made = Project(tmp_path, AlembicEngine(Alembic()))
    url = f"postgresql+psycopg://shop:{QUOTED}@/app?host={cluster.folder}"
    made.environment["DATABASE_URL"] = url
    made.write("alembic.ini", INI)
    made.write("alembic/env.py", ENVIRONMENT)
    for name, after in zip(NAMES, (None, *NAMES), strict=False):
        add(made, name, after, f"op.execute('CREATE TABLE {name} (x int)')")
    yield made
    cluster.sql("postgres", "DROP DATABASE app WITH (FORCE)")


def tables(cluster: Cluster) -> set[str]:
    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^pg_|^info'"
    return set(cluster.sql("app", query).split())


@pytest.mark.parametrize("word", ["SET LOCAL", "SET"])
@pytest.mark.parametrize(
    "way", ["context.execute({})", "connection.connection.cursor().execute({})"]
)
def test_what_is_set_in_the_transaction_holds_for_each_step(
    project: Project, cluster: Cluster, word: str, way: str
) -> None:
    does = way.format(f"'{word} search_path TO tenant'")
    where = "connection=connection, version_table_schema='tenant'"
    text = ENVIRONMENT.replace(BEGIN, f"{BEGIN}        {does}\n")
    project.write("alembic/env.py", text.replace("connection=connection", where))

    told, done = project.upgrade(*NAMES)

    assert (done.returncode, tuple(told)) == (0, NAMES), done.stderr
    assert {f"tenant.{name}" for name in NAMES} < tables(cluster)


def test_what_comes_after_the_steps_belongs_to_each(project: Project, cluster: Cluster) -> None:
    after = "        context.execute('CREATE TABLE IF NOT EXISTS last (x int)')\n"
    counts = "        context.execute('INSERT INTO last VALUES (1)')\n"
    project.write("alembic/env.py", ENVIRONMENT.replace(RUN, RUN + after + counts))

    assert project.upgrade(*NAMES)[1].returncode == 0

    assert cluster.sql("app", "SELECT count(*) FROM last") == "4"


def test_an_environment_that_sets_up_nothing_connects_twice(
    project: Project, cluster: Cluster
) -> None:
    """A connection for each of 200 steps would take longer than the steps."""
    runs = project.root / "runs"
    project.write("alembic/env.py", f"{ENVIRONMENT}\nopen({str(runs)!r}, 'a').write('.')\n")

    told, done = project.upgrade(*NAMES)

    assert (done.returncode, tuple(told)) == (0, NAMES), done.stderr
    assert runs.read_text() == ".."
    assert {f"public.{name}" for name in NAMES} < tables(cluster)


def test_many_steps_leave_no_connection_open(project: Project) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = current_user"
    shows = f"print('open:', op.get_bind().exec_driver_sql({query!r}).scalar())"
    text = ENVIRONMENT.replace("with create_engine", "engine = create_engine")
    text = text.replace(".connect() as", "\nwith engine.connect() as")
    text = text.replace(BEGIN, f"{BEGIN}        context.execute('SELECT 1')\n")
    project.write("alembic/env.py", text)
    add(project, "e", "d", shows)

    done = project.upgrade(*NAMES, "e")[1]

    assert done.returncode == 0, done.stderr
    assert "open: 1\n" in done.stderr


def test_what_an_environment_does_not_commit_is_no_step(project: Project) -> None:
    text = ENVIRONMENT.replace(
        "    context.configure", "    connection.exec_driver_sql('SELECT 1')\n    context.configure"
    )
    project.write("alembic/env.py", text)

    done = project.upgrade(*NAMES)[1]

    assert done.returncode == 1
    assert "a: was taken, and is not there: does env.py commit?" in done.stderr


@pytest.mark.parametrize("schemas", [("public", "tenant"), ("tenant", "public")])
def test_a_step_is_taken_in_each_schema_and_one_that_is_behind_catches_up(
    project: Project, cluster: Cluster, schemas: tuple[str, ...]
) -> None:
    project.write("alembic/env.py", TENANTS.replace("SCHEMAS", "['public']"))
    add(project, "z", None, "op.execute('CREATE TABLE z (x int)')")
    assert project.upgrade("a", "b", "z")[1].returncode == 0
    project.write("alembic/env.py", TENANTS.replace("SCHEMAS", repr(schemas)))

    told, done = project.upgrade("c", "d")

    assert (done.returncode, told) == (0, ["c", "d"]), done.stderr
    wanted = {f"{schema}.{name}" for schema in schemas for name in (*NAMES, "z")}
    assert wanted < tables(cluster)


def test_who_looks_between_steps_sees_each_schema_at_the_step(
    project: Project, cluster: Cluster
) -> None:
    project.write("alembic/env.py", TENANTS.replace("SCHEMAS", "['tenant', 'public']"))
    query = "SELECT (SELECT version_num FROM public.alembic_version), (SELECT version_num FROM"
    with project.watched(*NAMES) as (child, to, told):
        for before, _ in zip((None, *NAMES), NAMES, strict=False):
            assert told.readline() == "\n"
            assert told.readline().startswith("@@step ")
            if before:
                found = cluster.sql("app", f"{query} tenant.alembic_version)")
                assert found == f"{before}|{before}"
            to.write("\n")
    assert child.returncode == 0


def test_several_sqlite_files_are_migrated_alike(tmp_path: Path) -> None:
    project = Project(tmp_path, AlembicEngine(Alembic()))
    project.write("alembic.ini", INI)
    loop = "import os\nfor url in (os.environ['DATABASE_URL'], 'sqlite:///two.db'):\n"
    body = ENVIRONMENT.replace('os.environ["DATABASE_URL"]', "url").replace("\n", "\n    ")
    project.write("alembic/env.py", f"{loop}    {body}")
    add(project, "a")
    add(project, "b", "a")

    told, done = project.upgrade()

    assert (done.returncode, told) == (0, ["a", "b"]), done.stderr
    assert versions(project) == {"b"}
    (tmp_path / "app.db").unlink()
    (tmp_path / "two.db").rename(tmp_path / "app.db")
    assert versions(project) == {"b"}

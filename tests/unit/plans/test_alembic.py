"""Alembic is asked for its history without a database."""

from tasks.plans import alembic
from tests.unit.plans.world import target


def test_the_history_is_kept_beside_the_code() -> None:
    wished = target()

    text = alembic.read_script(wished)

    assert f"release_path={wished.release_path}\n" in text
    assert f"history={wished.release_path}/.changeover/migrations.json\n" in text
    assert "config=alembic.ini\n" in text

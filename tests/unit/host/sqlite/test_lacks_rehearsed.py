"""A rehearsal on a healthy database that this host's SQLite does not understand in full."""

import sys
from pathlib import Path

import pytest

from tests.unit.host.odd_sqlite import KINDS, make
from tests.unit.host.rehearsing import Rehearsal

ROOT = Path(__file__).resolve().parents[4]
# the app has its own functions and collations; of newer syntax it is enough that nothing is parsed
AS_THE_APP = f"""
. FOLDER/environment
export PYTHONPATH={ROOT}
exec {sys.executable} -c '
import sys
from tests.unit.host.odd_sqlite import connect
app = connect(sys.argv[1])
app.execute("pragma writable_schema = on")
app.executescript(sys.argv[2])
' "${{DATABASE_URL#sqlite:///}}" "$1"
"""


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_is_told(tmp_path: Path, kind: str) -> None:
    database = tmp_path / "shared" / "app.db"
    database.parent.mkdir()
    make(kind, database, "pragma journal_mode = wal")
    rehearsal = Rehearsal(
        tmp_path, ["--sqlite", str(database)], AS_THE_APP, f"sqlite:///{database}"
    )
    expected = {"kind": "NoRows", "title": "none", "query": "select x from plain", "since": None}
    rehearsal.expectations, rehearsal.revisions = [expected], ["b2"]

    if kind == "table":  # which its own SQLite alone could write
        (first,) = rehearsal.seen("delete from plain")
    else:
        first, second = rehearsal.seen("delete from plain", "delete from t")
        assert second["destructive"] == ["t: all 2 rows were deleted"]
    assert first["destructive"] == ["plain: all 1 row was deleted"]

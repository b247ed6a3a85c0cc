"""Runs in a row are written down, those that fail too."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests import repeated

DAY = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_a_row_has_what_pytest_counted_and_the_exit_status() -> None:
    last = "==== 1 failed, 20 passed in 70.12s (0:01:10) ===="

    text = repeated.row(DAY, "abc", 2, 1.2, last, 1)

    assert text == "| 2026-01-02 03:04 | abc | 2 | 1 | 1 failed, 20 passed | 1 |\n"


@pytest.mark.parametrize(("statuses", "code"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 1)])
def test_each_run_has_a_row_and_one_that_fails_fails_all(
    statuses: tuple[int, int], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, count = tmp_path / "page.md", tmp_path / "count"
    words = " ".join(map(str, statuses))
    text = f"n=$(cat {count} 2> /dev/null || echo 0); echo $((n + 1)) > {count}; set -- {words}; "
    monkeypatch.setattr(repeated, "PAGE", page)
    monkeypatch.setattr(repeated, "COMMAND", ("sh", "-c", f'{text} shift $n; nproc; exit "$1"'))

    done = CliRunner().invoke(repeated.main, ["2", "--cores", "1"])

    assert done.exit_code == code
    rows = page.read_text().splitlines()[-2:]
    # nproc counts what a process may use
    assert [row.split(" | ")[2:][0:1] + row.split(" | ")[4:] for row in rows] == [
        ["1", "1", f"{status} |"] for status in statuses
    ]

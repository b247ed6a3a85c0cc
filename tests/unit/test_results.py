"""What a whole run showed is written down, failures first."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests import results
from tests.results import Ended, Results, page, told_again

DAY = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_a_page_names_what_failed_and_counts_the_rest() -> None:
    found = Results()
    found.tests |= {
        "tests/e2e/test_a.py::test_slow": Ended("failed", 90),
        "tests/unit/plans/test_b.py::test_quick[x|y]": Ended("passed", 1.2),
        "tests/unit/plans/test_c.py::test_other": Ended("skipped", 0),
    }
    found.broken.append("tests/unit/test_d.py")

    text = page(found, "commit abc, 2 cores", DAY, 31.4, 1)

    assert "2026-01-02 03:04 UTC, commit abc, 2 cores: **did not pass** (pytest's exit" in text
    assert "in 31 minutes." in text
    assert "3 tests: 1 failed, 1 passed, 1 skipped." in text
    failures = text.split("## Failures\n\n")[1].split("\n\n")[0]
    assert failures == "- `tests/e2e/test_a.py::test_slow`\n- `tests/unit/test_d.py`"
    assert "| tests/e2e/test_a.py | 1 | 0 | 1 | 0 | 1.5 |" in text
    assert "| tests/unit/plans | 2 | 1 | 0 | 1 | 0.0 |" in text
    assert "| 90 | `tests/e2e/test_a.py::test_slow` |\n| 1 | `tests" in text
    assert "test_quick[x/y]" in text


def test_a_run_in_which_all_is_well_says_so() -> None:
    text = page(Results(), "commit abc", DAY, 1, 0)

    assert "commit abc: passed in 1 minutes." in text
    assert "## Failures\n\nNone.\n" in text


def test_what_is_run_again_is_added_and_hides_no_failure() -> None:
    first, second = Results(), Results()
    first.tests |= {"t.py::a": Ended("failed", 1), "t.py::b": Ended("failed", 1)}
    second.tests |= {"t.py::a": Ended("passed", 1), "t.py::c": Ended("passed", 1)}
    text = page(first, "commit abc", DAY, 1, 1)

    once = told_again(text, second, "def", DAY)

    line = "- `t.py::a`: later passed, at def, 2026-01-02 03:04"
    assert once == text.replace("- `t.py::a`", line)
    assert told_again(once, second, "123", DAY) == once.replace("def", "123")


TESTS = """
import pytest

@pytest.fixture
def broken():
    yield
    raise ValueError("at its end")

def test_well(): pass
def test_fails(): assert 0
def test_skipped(): pytest.skip("not here")
def test_ends_badly(broken): pass
@pytest.mark.xfail
def test_known(): assert 0
"""


def run(folder: Path, written: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the tests of a folder, and have written down what they showed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.results", *options]
    command += ["--rootdir", str(folder), "--results", str(written), str(folder)]
    return subprocess.run(command, cwd=results.ROOT, capture_output=True, text=True, check=False)


def test_a_run_of_two_workers_is_written_down_once(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / "test_broken.py").write_text("import nothing_of_this_name")
    written = tmp_path / "results.md"
    workers = ["-p", "no:cacheprovider", "-n", "2", "--continue-on-collection-errors"]
    done = run(tmp_path, written, *workers)

    assert done.returncode == 1, done.stdout
    text = written.read_text()
    assert "5 tests: 1 expected to fail, 2 failed, 1 passed, 1 skipped." in text
    assert text.count("- `") == 3, text
    assert "test_ends_badly" in text
    assert "test_broken" in text


def test_only_what_failed_is_run_again(tmp_path: Path) -> None:
    file, written = tmp_path / "test_some.py", tmp_path / "results.md"
    file.write_text("def test_a(): assert 0\ndef test_b(): pass\n")
    assert run(tmp_path, written).returncode == 1
    before = written.read_text()
    file.write_text("def test_a(): pass\ndef test_b(): assert 0\n")
    assert run(tmp_path, written, "--last-failed").returncode == 0

    assert written.read_text().startswith(before.split("- `")[0])
    assert "2 tests: 1 failed, 1 passed." in written.read_text()
    assert "- `test_some.py::test_a`: later passed, at" in written.read_text()


def test_a_test_that_fails_is_not_asked_again(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    (tmp_path / "test_some.py").write_text(
        f"def test_a():\n    calls = open({str(calls)!r}, 'a+')\n    calls.write('x')\n"
        "    calls.seek(0)\n    assert len(calls.read()) > 1, 'the first time'\n"
    )
    ours = ["-c", str(results.ROOT / "pyproject.toml"), "-n", "2"]

    assert run(tmp_path, tmp_path / "results.md", *ours).returncode == 1
    assert calls.read_text() == "x"

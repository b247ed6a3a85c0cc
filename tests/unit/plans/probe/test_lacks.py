"""The probe reads a healthy SQLite database that this host's SQLite does not understand in full."""

import pytest

from changeover.plans.probe import probe_script
from changeover.plans.probe_answer import parse_snapshot
from tests.unit.host.odd_sqlite import KINDS, make
from tests.unit.plans.probe.test_probe import PATHS, QUESTION
from tests.unit.plans.shell import Shell


@pytest.fixture(autouse=True)
def quiet(shell: Shell) -> None:
    """Let the probe ask nothing else."""
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")


@pytest.mark.parametrize("kind", KINDS)
def test_its_revision_is_read(shell: Shell, kind: str) -> None:
    make(kind, shell.write(f"{PATHS.shared}/playmaker.db"))
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///playmaker.db\n")
    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).database
    assert found
    assert found.error is None
    assert found.revisions == ("b2",)


def test_one_whose_pages_are_damaged_is_told(shell: Shell) -> None:
    file = make("view", shell.write(f"{PATHS.shared}/playmaker.db"))
    with file.open("r+b") as opened:
        opened.seek(100)  # the schema itself
        opened.write(b"\xff" * 40)
    shell.write(PATHS.env_file, "DATABASE_URL=sqlite:///playmaker.db\n")
    found = parse_snapshot(shell.probe(probe_script(QUESTION)).splitlines()).database
    assert found
    assert "malformed" in (found.error or "")

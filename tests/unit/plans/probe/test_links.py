"""What the probe reads of a release's links."""

import json

import pytest

from changeover.plans.probe import probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V2, target

RELEASE = f"{target().paths.releases}/r1"


@pytest.mark.parametrize(
    "between", ["\t", "\n", "\r", "\x1c", "\x85", "\u2028", "\udcff", "\udcff\n"]
)
def test_no_link_of_a_commit_is_taken_for_one_of_ours(shell: Shell, between: str) -> None:
    shell.write(f"{RELEASE}/.changeover/release.json", json.dumps({"commit": V2.id}))
    (shell / f"{RELEASE}/.env").symlink_to("../../shared/.env")
    (shell / f"{RELEASE}/.venv{between}media").symlink_to("../../shared/x")
    (shell / f"{RELEASE}/data").symlink_to(f"../../shared/data{between}link r1\tmedia\t../x")

    found = parse_snapshot(shell.probe(probe_script(question(target()))).splitlines())

    assert found.releases["r1"].links == {".env": "../../shared/.env"}

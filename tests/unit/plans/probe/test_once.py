"""What the probe reads of one-time commands in the ledger."""

import json

from changeover.plans.probe import probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

LEDGER = "/var/lib/changeover/playmaker/ledger.jsonl"
RELEASED = {
    "id": "c0",
    "kind": "release",
    "outcome": "committed",
    "ended": "monday",
    "from": None,
    "to": {"release": "r0"},
}


def record(name: str, outcome: str, number: int = 1) -> dict[str, str]:
    known = {"id": f"o{number}", "kind": f"once {name}", "once": name, "began": f"at {number}"}
    return {**known, "outcome": outcome, "ended": f"end {number}"}


def test_the_last_word_on_each_counts_and_none_of_them_is_a_release(shell: Shell) -> None:
    lines = [
        *(RELEASED, record("greet", "began"), record("greet", "failed")),
        *(record("greet", "done", 2), record("thank", "began")),
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines) + '{"once": "torn'
    shell.write(LEDGER, text)

    found = parse_snapshot(shell.probe(probe_script(question(target()))).splitlines())

    assert found.once == {
        "greet": {"outcome": "done", "began": "at 2", "ended": "end 2"},
        "thank": {"outcome": "began", "began": "at 1", "ended": "end 1"},
    }
    assert found.generation == "c0"

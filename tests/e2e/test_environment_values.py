"""Values of any kind: read by all as they were written, refused, changed and taken away."""

import base64
import json
import re

import pytest

from changeover.lab import Lab
from tests.e2e.conftest import NewHost
from tests.e2e.values import (
    ENV_FILE,
    Values,
    process_environment,
    release,
    run_release,
    sees_no_changes,
    starts,
    text_of,
    values,
)
from tests.odd_values import CARRIED, PEM

__all__ = ["values"]
pytestmark = pytest.mark.lab

HOSTILE = {f"ODD_{key}": value for key, value in CARRIED.items()}
PYTHON = "/srv/playmaker/current/.venv/bin/python"
NODE = "/opt/changeover/node/22/bin/node"
# each a program's own words for: print KEY's value, of the file that is given
ASK = {
    "dash": """dash -euc 'set -a; . "$1"; printf %s "$KEY"' sh "$FILE" """,
    "bash": """bash -euc 'set -a; . "$1"; printf %s "$KEY"' sh "$FILE" """,
    "python-dotenv": f"""{PYTHON} -c 'import dotenv, os, sys
sys.stdout.write(dotenv.dotenv_values(os.environ["FILE"])["KEY"])'""",
    "node": f"{NODE} --env-file=$FILE -e 'process.stdout.write(process.env.KEY)'",
    "systemd": "systemd-run -q --wait --pipe -p EnvironmentFile=$FILE printenv -0 KEY"
    " | tr -d '\\0'",
}


def test_every_reader_of_the_host_finds_every_odd_value(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-readers", "v2")
    values.write(**HOSTILE)
    release(lab, host)
    whole = text_of(host, ENV_FILE)

    for program, command in ASK.items():
        asked = "".join(
            f"printf '%s ' {key}; ({command.replace('KEY', key)}) | base64 -w0; echo;"
            for key in HOSTILE
        )
        told = host.run(f"set -eu; export FILE={ENV_FILE}; {asked}").stdout.splitlines()
        found = {key: base64.b64decode(coded).decode() for key, _, coded in map(_parted, told)}
        assert found == HOSTILE, program
    assert text_of(host, ENV_FILE) == whole


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


@pytest.mark.slow
def test_a_key_is_taken_away_and_an_undo_brings_it_back(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-removed", "v2")
    values.write(OLD=PEM, KEPT="1")
    release(lab, host)
    whole, before = text_of(host, ENV_FILE), starts(host)
    del values.values["OLD"]
    values.write()
    gone = '["OLD"]'
    ends = lab.origin.push(
        "playmaker", {"app/main.py": "raise SystemExit(3)\n"}, "Ends", branch="ends", base="v2"
    )

    planned = run_release(lab, host, "--dry", playmaker_env_remove=gone)
    assert "Environment | Prepare the environment" in planned.planned()
    assert "-OLD" in planned.output
    soon = "3"
    undone = run_release(
        lab, host, ref=ends, playmaker_env_remove=gone, playmaker_health_timeout_seconds=soon
    )
    assert undone.status == 1
    assert text_of(host, ENV_FILE) == whole
    assert process_environment(host)["OLD"] == PEM

    done = run_release(lab, host, playmaker_env_remove=gone)
    assert done.status == 0, done.output
    assert "-OLD" in done.output
    assert PEM not in done.output
    assert "OLD" not in process_environment(host)
    assert process_environment(host)["KEPT"] == "1"
    assert starts(host) > before
    again = run_release(lab, host, playmaker_env_remove=gone)
    assert (again.status, again.steps(host.name)) == (0, [])
    for key in ("KEPT", "SESSION_SECRET"):
        refused = run_release(lab, host, playmaker_env_remove=json.dumps([key]))
        assert refused.status == 1
        assert f"playmaker_env_remove: names {key}, " in refused.output


@pytest.mark.slow
def test_hostile_values_reach_the_app_unchanged_after_one_restart(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-hostile", "v2")
    values.write(**dict.fromkeys(HOSTILE, "tame"))
    release(lab, host)
    values.write(**HOSTILE)
    names = " ".join(HOSTILE)
    before = starts(host)
    unnamed = release(lab, host)
    assert unnamed.steps(host.name) == []

    changed = release(lab, host, update=names)

    assert starts(host) == before + 1
    assert changed.steps(host.name) == [
        "Environment | Prepare the environment",
        "Activate | Activate the release",
        "Service | Restart the app",
        "Health | Ask for pages and look through the log",
        "Changeover | Commit",
    ]
    given = process_environment(host)
    assert {key: given[key] for key in HOSTILE} == HOSTILE
    assert "tame" not in text_of(host, ENV_FILE)
    sees_no_changes(lab, host, update=names)
    assert starts(host) == before + 1


@pytest.mark.slow
def test_a_value_that_readers_would_understand_differently_is_refused_unseen(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-refused", "v2")
    before = text_of(host, ENV_FILE)
    values.write(AMBIGUOUS="it's $5")

    refused = run_release(lab, host)

    assert refused.status == 1
    assert re.search(
        rf"{re.escape(str(values.path))}: line \d+: AMBIGUOUS: its value has a ' beside",
        refused.output,
    )
    assert "$5" not in refused.output
    assert text_of(host, ENV_FILE) == before

"""From a fresh machine to v3, with everything that the runbook asks for on the way."""

import json

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra, request

pytestmark = pytest.mark.lab


def release(lab: Lab, host: LabHost, ref: str, *options: str) -> Run:
    """Release a version of PlayMaker on one host."""
    return pyinfra(
        lab,
        "release",
        "--limit",
        host.name,
        *options,
        playmaker_ref=ref,
        playmaker_domain=DOMAIN,
    )


def test_a_fresh_machine_serves_v1_then_v2_then_v3_and_each_second_run_changes_nothing(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("first", groups=["playmaker"])
    for ref, schema in (("v1", None), ("v2", "0001"), ("v3", "0002")):
        if ref == "v3":
            status, body = request(host, "/api/playlists", body=b'{"name": "kept"}')
            assert status == 201, body
        first = release(lab, host, ref)
        assert first.status == 0, first.output
        assert first.steps(host.name), first.output
        second = release(lab, host, ref)
        assert second.status == 0, second.output
        assert second.steps(host.name) == []
        assert len(second.steps(host.name, "No changes")) == len(
            [line for line in second.output.splitlines() if "noop: " in line]
        )
        status, health = get(host, "/api/health")
        assert status == 200
        assert json.loads(health)["schema"] == schema
    assert [row["name"] for row in json.loads(get(host, "/api/playlists")[1])] == ["kept"]


@pytest.mark.slow
def test_dry_says_what_the_run_then_does(lab: Lab, new_host: NewHost) -> None:
    host = new_host("dry", "v2")
    planned = release(lab, host, "v3", "--dry")
    assert planned.status == 0, planned.output
    assert "Migrate | Apply migrations" in planned.planned()
    done = release(lab, host, "v3")
    assert done.status == 0, done.output
    assert planned.planned() == done.steps(host.name)

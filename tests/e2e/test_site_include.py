"""A file of the operator's in the site: it counts when nginx takes it, and goes as it came."""

from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.load import records
from tests.e2e.releases import DOMAIN, Run, get, pyinfra

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PLACE = "/etc/nginx/changeover/sites"
PUBLISH = "Site | Publish the site"
Release = Callable[..., Run]


def included(host: LabHost) -> list[str]:
    """Return mode, owner and text of each file that sites include."""
    shown = f"find {PLACE} -name '*.conf' -printf '%m %u ' -exec cat {{}} \\;"
    return host.run(f"[ ! -d {PLACE} ] || {shown}").stdout.splitlines()


def says(word: str) -> str:
    return f"location = /own {{ return 200 {word}; }}\n"


@pytest.fixture
def host(new_host: NewHost) -> LabHost:
    return new_host("site-include", "v2")


@pytest.fixture
def release(lab: Lab, host: LabHost, tmp_path: Path) -> Release:
    """Return what releases with a text as the site's own file, or with none."""

    def run(text: str | None, ref: str = "v2", **data: str) -> Run:
        file = tmp_path / "own.conf"
        file.write_text(text or "")
        settings = {"playmaker_site_include": str(file)} if text else {}
        settings |= {"playmaker_ref": ref, "playmaker_domain": DOMAIN, **data}
        return pyinfra(lab, "release", "--limit", host.name, **settings)

    return run


def test_an_own_file_comes_changes_and_goes_with_the_site(
    lab: Lab, host: LabHost, release: Release
) -> None:
    first = release(says("first"))
    assert first.status == 0, first.output
    assert PUBLISH in first.steps(host.name)
    assert included(host) == [f"600 root {says('first').strip()}"]
    assert get(host, "/own") == (200, "first")
    assert release(says("first")).steps(host.name) == []

    refused = release("nonsense on;\n")
    assert refused.status == 1
    assert 'unknown directive "nonsense"' in refused.output
    ends = lab.origin.push(
        "playmaker", {"app/main.py": "raise SystemExit(3)\n"}, "Ends", branch="own", base="v2"
    )
    undone = release(says("second"), ends, playmaker_health_timeout_seconds="3")
    assert undone.status == 1
    assert included(host) == [f"600 root {says('first').strip()}"]
    assert get(host, "/own") == (200, "first")

    second = release(says("second"))
    assert second.status == 0, second.output
    assert PUBLISH in second.steps(host.name)
    assert included(host) == [f"600 root {says('second').strip()}"]
    assert get(host, "/own") == (200, "second")
    host.run(f"echo '# by hand' >> {PLACE}/playmaker-*.conf")
    assert PUBLISH in release(says("second")).steps(host.name)
    assert included(host) == [f"600 root {says('second').strip()}"]

    gone = release(None)
    assert gone.status == 0, gone.output
    assert included(host) == []
    assert get(host, "/own")[1] != "second"
    assert release(None).steps(host.name) == []


def test_a_file_that_is_not_there_is_named_before_anything_is_touched(
    lab: Lab, host: LabHost, tmp_path: Path
) -> None:
    settings = {"playmaker_site_include": str(tmp_path / "none.conf"), "playmaker_domain": DOMAIN}

    refused = pyinfra(lab, "release", "--limit", host.name, playmaker_ref="v2", **settings)

    assert refused.status == 1
    assert f"playmaker_site_include: {tmp_path}/none.conf: No such file" in refused.output
    assert refused.steps(host.name) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # nginx takes it, and the app is well: what a visitor gets is not the app's
        ("location = /api/health { return 200 '{}'; }\n", f"{DOMAIN} is not healthy after 3 s"),
        # nginx -t takes it too, and nginx goes on with what it has
        pytest.param(
            "listen 127.0.0.1:22;\n", "bind() to 127.0.0.1:22 failed", marks=pytest.mark.slow
        ),
    ],
    ids=["hides the app", "is not in force"],
)
def test_a_site_that_does_not_lead_to_the_app_is_never_committed(
    host: LabHost, release: Release, text: str, said: str
) -> None:
    before = included(host)

    run = release(text, playmaker_health_timeout_seconds="3")

    assert run.status == 1
    assert said in run.output
    assert records(host)[-1]["outcome"] == "undone"
    assert included(host) == before
    assert get(host, "/api/health")[0] == 200
    assert release(None).status == 0

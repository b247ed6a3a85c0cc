"""What apps are told of visitors, and that their health is asked so: Django and uvicorn."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.jersey import APP, FIRST, FLAVOURS, SITE, Deployed
from tests.e2e.values import Values, process_environment, run_release, values

__all__ = ["values"]
pytestmark = [pytest.mark.lab, pytest.mark.slow]

SETTINGS = "events/settings.py"
REDIRECT = (
    "curl -sk -o /dev/null -w '%{redirect_url}' --resolve playmaker.test:443:127.0.0.1"
    " https://playmaker.test/api/health/"
)


@pytest.fixture(scope="module")
def strict(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Return a host for an app that knows its own name alone, and serves by https alone."""
    host = lab.up("strict", groups=[APP], layer=releases.layer(lab, "provisioned", APP))
    made = Deployed(lab, host, FLAVOURS["sqlite"].environment(lab, tmp_path_factory.mktemp("env")))
    lines = made.environment.read_text().replace("ALLOWED_HOSTS=*", f"ALLOWED_HOSTS={SITE.domain}")
    made.environment.write_text(lines)
    yield made
    lab.down(host.name)


def by_https_alone(lab: Lab, name: str, **more: str) -> str:
    """Push a commit of v1 that redirects whoever does not come by https; return its id."""
    settings = Path(releases.ROOT, f"tests/apps/{APP}/v1", SETTINGS).read_text()
    changes: dict[str, str | None] = {SETTINGS: f"{settings}\nSECURE_SSL_REDIRECT = True\n", **more}
    return lab.origin.push(APP, changes, name, branch=name, base="v1")


@pytest.mark.parametrize(
    "how",
    [{"tls": "self-signed"}, pytest.param({"proxy_https": "true"}, marks=pytest.mark.slow)],
    ids=str,
)
def test_django_that_redirects_to_https_and_knows_one_name_is_healthy(
    lab: Lab, strict: Deployed, how: dict[str, str]
) -> None:
    commit = by_https_alone(lab, "strict")
    settings = {f"{APP}_ref": commit, **{f"{APP}_{key}": value for key, value in how.items()}}

    done = strict.run("release", **settings)
    again = strict.run("release", **settings)

    assert done.status == 0, done.output
    assert (again.status, again.steps(strict.host.name)) == (0, [])
    ends = by_https_alone(lab, "strict-ends", **{"events/wsgi.py": "raise SystemExit(3)\n"})
    undone = strict.run("release", **settings | {f"{APP}_ref": ends})
    assert undone.status == 1
    assert "nothing serves" not in undone.output
    # what was undone goes, and nothing else is to be done
    gone = strict.run("release", **settings).steps(strict.host.name)
    assert gone == ["Prune | Remove old releases"]
    told = strict.manage(
        "-c", "import pathlib; print(pathlib.Path('REVISION').read_text().strip())"
    )
    assert told.strip() == commit
    assert FIRST in strict.manage("manage.py", "showmigrations", "--plan")


def test_an_app_that_does_not_know_its_sites_name_is_refused(strict: Deployed, lab: Lab) -> None:
    other = dataclasses.replace(strict, environment=strict.environment.with_name("other.env"))
    lines = strict.environment.read_text().replace(SITE.domain, "nowhere.test")
    other.environment.touch(0o600)
    other.environment.write_text(lines)

    refused = other.run(
        "release",
        **{
            f"{APP}_ref": by_https_alone(lab, "strict"),
            f"{APP}_tls": "self-signed",
            f"{APP}_env_update": '["ALLOWED_HOSTS"]',
            f"{APP}_health_timeout_seconds": "5",
        },
    )

    assert refused.status == 1
    assert "is not healthy after 5 s: status 400" in refused.output


def test_uvicorn_knows_how_visitors_come_unless_the_app_says_otherwise(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("uvicorn", "v2")
    https = "self-signed"

    done = run_release(lab, host, playmaker_tls=https)
    assert done.status == 0, done.output
    assert process_environment(host)["FORWARDED_ALLOW_IPS"] == "*"
    assert host.run(REDIRECT).stdout == "https://playmaker.test/api/health"

    values.write(FORWARDED_ALLOW_IPS="192.0.2.1")
    own = run_release(lab, host, playmaker_tls=https)
    assert own.status == 0, own.output
    assert process_environment(host)["FORWARDED_ALLOW_IPS"] == "192.0.2.1"
    assert host.run(REDIRECT).stdout == "http://playmaker.test/api/health"

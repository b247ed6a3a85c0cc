"""A database's URL on a host: after an undone first release, wrong, and with another password."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from changeover.lab import Lab
from tests.e2e.jersey import APP, FIRST, FLAVOURS, SECRET, Deployed
from tests.e2e.matrix.flavours import POSTGRES
from tests.e2e.releases import Run

pytestmark = [pytest.mark.lab, pytest.mark.slow]

ENV = f"/srv/{APP}/shared/.env"
# the app refuses every name that a visitor may say, so health fails after the backup
DEAF = {"ALLOWED_HOSTS": "nowhere.test"}


@pytest.fixture(scope="module")
def deployed(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Return a provisioned host on which nothing was released."""
    host = lab.up("database-url", groups=[APP], layer=POSTGRES.layer(lab, "provisioned"))
    folder = tmp_path_factory.mktemp("environment")
    yield Deployed(lab, host, FLAVOURS["postgres"].environment(lab, folder))
    lab.down(host.name)


@pytest.fixture
def serving(deployed: Deployed) -> Deployed:
    """Return the host with v1 in service, whichever of these tests ran before."""
    run = deployed.release("v1")
    assert run.status == 0, run.output
    return deployed


def url(deployed: Deployed) -> str:
    """Return the URL that the controller has."""
    lines = deployed.environment.read_text().splitlines()
    return next(line for line in lines if line.startswith("DATABASE_URL=")).partition("=")[2]


def with_values(deployed: Deployed, folder: Path, **values: str) -> Deployed:
    """Return the same with other values on the controller."""
    file = folder / "other.env"
    file.touch(0o600)
    kept = deployed.environment.read_text().splitlines()
    kept = [line for line in kept if line.partition("=")[0] not in values]
    changed = [f"{key}={value}" for key, value in values.items()]
    file.write_text("\n".join([*kept, *changed]) + "\n")
    return replace(deployed, environment=file)


def update(deployed: Deployed, *keys: str, ref: str = "v1") -> Run:
    """Release with values that replace those of the host."""
    named = ", ".join(f'"{key}"' for key in keys)
    return deployed.run("release", **{f"{APP}_ref": ref, f"{APP}_env_update": f"[{named}]"})


def serves_after_a_restart(deployed: Deployed) -> bool:
    """Tell whether the app comes in to its database with what is in force."""
    deployed.host.run(f"systemctl restart {APP}.service", user="root")
    return deployed.serves("v1", FIRST)


def test_an_undone_first_release_can_be_repeated(deployed: Deployed, tmp_path: Path) -> None:
    failed = with_values(deployed, tmp_path, **DEAF).release("v1")
    assert failed.status != 0
    assert "undone: nothing served before, and nothing serves now" in failed.output
    assert deployed.host.run(f"ls /var/backups/changeover/{APP}/*.json", user="root").stdout
    status = deployed.run("status").output
    assert "nobody knows" in status

    run = deployed.release("v1")

    assert run.status == 0, run.output
    assert deployed.serves("v1", FIRST)


def test_a_new_password_reaches_the_role_and_an_undo_takes_it_back(
    serving: Deployed, tmp_path: Path
) -> None:
    other = url(serving).replace(SECRET, f"other-{SECRET}")
    rotated = with_values(serving, tmp_path, DATABASE_URL=other)

    failed = update(
        with_values(serving, tmp_path, DATABASE_URL=other, **DEAF), "DATABASE_URL", *DEAF
    )
    assert failed.status != 0
    assert "serves as before" in failed.output
    assert serves_after_a_restart(serving)

    rotated = with_values(serving, tmp_path, DATABASE_URL=other)
    run = update(rotated, "DATABASE_URL")
    assert run.status == 0, run.output
    assert serves_after_a_restart(serving)
    again = update(rotated, "DATABASE_URL")
    assert again.steps(serving.host.name) == []

    assert update(serving, "DATABASE_URL").status == 0
    assert serves_after_a_restart(serving)


def test_a_wrong_new_url_is_refused_and_changes_nothing(serving: Deployed, tmp_path: Path) -> None:
    before = serving.seen()
    wrong = with_values(serving, tmp_path, DATABASE_URL=f"postgresql://postgres:x@localhost/{APP}")

    run = update(wrong, "DATABASE_URL", ref="v2")

    assert run.status != 0
    assert "DATABASE_URL: the role postgres is not ours" in run.output
    assert "pending" not in run.output
    assert serving.seen() == before


def test_a_wrong_url_in_force_is_named_and_replaced(serving: Deployed) -> None:
    wrong = f"s/^DATABASE_URL=.*/DATABASE_URL=postgresql:\\/\\/jersey:x@localhost\\/{APP}/"
    serving.host.run(f"sed -i {shlex.quote(wrong)} {ENV}", user="root")

    status = serving.run("status").output
    refused = serving.release("v1")
    run = update(serving, "DATABASE_URL")

    assert f"nobody knows: {APP} cannot be read; DATABASE_URL is in {ENV}" in status
    assert refused.status != 0
    assert f"DATABASE_URL in {ENV}: {APP} cannot be read" in refused.output
    assert refused.output.count("password authentication failed") == 1
    assert run.status == 0, run.output
    assert serves_after_a_restart(serving)

"""A release runs its commit's code, also where packages are built from the repository itself."""

import json
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.releases import DOMAIN, ROOT, Run, get

pytestmark = pytest.mark.lab

APP = "playmaker"
V1 = ROOT / "tests/apps/playmaker/v1"
CODE = "import clock; print(clock.NUMBER, clock.__file__)"
ASK = f"cd /srv/playmaker/current && .venv/bin/python -c '{CODE}'"
PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "clock"
version = "1"
"""


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which the app is provisioned."""
    yield lab.up("installs", groups=[APP], layer=releases.layer(lab, "provisioned"))
    lab.down("installs")


def release(lab: Lab, name: str, changes: dict[str, str | None], base: str = "v1") -> Run:
    """Release a commit on top of another one."""
    lab.origin.push(APP, changes, name, branch=name, base=base)
    return run(lab, name)


def run(lab: Lab, ref: str) -> Run:
    data = {"playmaker_ref": ref, "playmaker_domain": DOMAIN}
    return releases.pyinfra(lab, "release", "--limit", "installs", **data)


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout.strip()


def test_a_package_that_is_used_where_it_lies_is_each_releases_own(lab: Lab, host: LabHost) -> None:
    lock = (V1 / "requirements.txt").read_text()
    changes: dict[str, str | None] = {
        "requirements.txt": f"{lock}\n-e ./libs/clock\n",
        "libs/clock/pyproject.toml": PROJECT,
        "libs/clock/clock/__init__.py": "NUMBER = 1\n",
    }
    first = release(lab, "clock-1", changes)
    assert first.status == 0, first.output
    number, file = as_root(host, ASK).split()
    assert number == "1"
    one = as_root(host, "readlink -f /srv/playmaker/current")
    assert file == f"{one}/libs/clock/clock/__init__.py"

    second = release(lab, "clock-2", {"libs/clock/clock/__init__.py": "NUMBER = 2\n"}, "clock-1")

    assert second.status == 0, second.output
    number, file = as_root(host, ASK).split()
    assert number == "2"
    assert file.startswith(as_root(host, "readlink -f /srv/playmaker/current"))
    again = run(lab, "clock-2")
    assert (again.status, again.steps(host.name)) == (0, []), again.output


@pytest.mark.slow
def test_what_leads_to_another_release_is_undone(lab: Lab, host: LabHost) -> None:
    plain = release(lab, "plain-1", {"README": "1"})
    assert plain.status == 0, plain.output
    one = as_root(host, "readlink -f /srv/playmaker/current")
    packages = as_root(host, f"echo {one}/.venv/lib/python3*/site-packages")
    as_root(host, f"echo {one} > {packages}/other.pth")

    done = release(lab, "plain-2", {"README": "2"})

    assert done.status != 0
    assert f"leads to {one} (other.pth)" in done.output
    assert as_root(host, "readlink -f /srv/playmaker/current") == one
    as_root(host, f"rm {packages}/other.pth")


@pytest.mark.slow
def test_a_package_of_npm_that_lies_beside_the_front_end_is_each_releases_own(
    lab: Lab, host: LabHost
) -> None:
    manifest = json.loads((V1 / "frontend/package.json").read_text())
    lock = json.loads((V1 / "frontend/package-lock.json").read_text())
    for about in (manifest, lock["packages"][""]):
        about["dependencies"] = about.get("dependencies", {}) | {"wording": "file:../wording"}
    lock["packages"]["node_modules/wording"] = {"resolved": "../wording", "link": True}
    lock["packages"]["../wording"] = {"version": "1.0.0"}
    write = "require('fs').writeFileSync('dist/wording.txt', require('wording'))"
    manifest["scripts"] = {"build": f'vite build && node -e "{write}"'}
    changes: dict[str, str | None] = {
        "frontend/package.json": json.dumps(manifest),
        "frontend/package-lock.json": json.dumps(lock),
        "wording/package.json": json.dumps({"name": "wording", "version": "1.0.0"}),
        "wording/index.js": "module.exports = 'one'\n",
    }
    first = release(lab, "wording-1", changes)
    assert first.status == 0, first.output
    assert get(host, "/wording.txt") == (200, "one")

    second = release(
        lab, "wording-2", {"wording/index.js": "module.exports = 'two'\n"}, "wording-1"
    )

    assert second.status == 0, second.output
    assert "Dependencies | Install Node packages" not in second.steps(host.name)
    assert get(host, "/wording.txt") == (200, "two")


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        ("-e ../shop\n", "requirements.txt: line 1: ../shop: leads out of the app's folder"),
        ("./libs/gone\n", "requirements.txt: line 1: ./libs/gone: is not in the commit"),
    ],
)
@pytest.mark.slow
def test_what_cannot_be_had_is_refused_before_anything_is_touched(
    lab: Lab, host: LabHost, lock: str, said: str
) -> None:
    name = "refused-" + "".join(letter for letter in lock if letter.isalpha())

    done = release(lab, name, {"requirements.txt": lock})

    assert done.status != 0
    assert said in done.output
    assert done.steps(host.name) == []

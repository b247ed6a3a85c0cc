"""Several apps at once: on hosts of their own, and side by side on one host."""

import json
import re
import shutil
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import domain
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import ROOT, Run, get, pyinfra

pytestmark = pytest.mark.lab

_STARTED = re.compile(r"--> Starting operation: (?P<name>.*?)\s*$")
_ENDED = re.compile(r"\s+\[(?P<host>[^\]]+)\]\s+(Success|No changes|Error)\b")


def operations(run: Run) -> list[tuple[str, set[str]]]:
    """Return every operation with its full name and the hosts that it ran on, in order."""
    found: list[tuple[str, set[str]]] = []
    for line in run.output.splitlines():
        if started := _STARTED.match(line):
            found.append((started["name"], set()))
        elif ended := _ENDED.match(line):
            found[-1][1].add(ended["host"])
    return found


def of_app(found: list[tuple[str, set[str]]], app: str) -> list[tuple[str, set[str]]]:
    """Return an app's own operations."""
    return [(name, ran) for name, ran in found if name.startswith(f"deploys/{app}.py | ")]


def aligned_checkout(place: Path) -> Path:
    """
    Return a checkout in which both apps' steps stand on the same lines of their deploy files.

    pyinfra tells operations apart by line numbers without file names, and would merge them.
    """
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and path.name != "deploys":
            (place / path.name).symlink_to(path)
    shutil.copytree(ROOT / "deploys", place / "deploys")
    files = [place / "deploys" / f"{app}.py" for app in ("hello", "playmaker")]
    before = [file.read_text().split("\npreflight.check(app)")[0].count("\n") for file in files]
    for file, lines in zip(files, before, strict=True):
        file.write_text("\n" * (max(before) - lines) + file.read_text())
    return place


def health(host: LabHost, name: str) -> dict[str, object]:
    status, body = get(host, "/api/health", domain=name)
    assert status == 200, body
    said: dict[str, object] = json.loads(body)
    return said


def main_pid(host: LabHost, app: str) -> str:
    return host.run(f"systemctl show -p MainPID --value {app}").stdout.strip()


def apps_on(host: LabHost) -> set[str]:
    """Return the apps that have a folder, a user and a unit on a host."""
    folders = host.run("ls /srv").stdout.split()
    units = host.run("cd /etc/systemd/system && ls *.socket").stdout.split()
    users = host.run("getent passwd | grep 'Changeover app' | cut -d: -f1").stdout.split()
    sites = host.run("ls /etc/nginx/sites-enabled | grep -v default").stdout.split()
    found = {tuple(sorted(folders)), tuple(sorted(users))}
    found |= {tuple(sorted(Path(name).stem for name in names)) for names in (units, sites)}
    assert len(found) == 1, found
    return set(found.pop())


def release(lab: Lab, *options: str, **refs: str) -> Run:
    done = pyinfra(lab, "release", *options, **{f"{app}_ref": ref for app, ref in refs.items()})
    assert done.status == 0, done.output
    return done


@pytest.mark.slow
def test_each_host_gets_exactly_the_apps_it_carries(
    lab: Lab, new_host: NewHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = releases.layer(lab, "v2")
    one = new_host("one", groups=["playmaker"], layer=layer)
    both = new_host("both", groups=["playmaker", "hello"], layer=layer)
    bare = releases.layer(lab, "provisioned")
    other = new_host("other", groups=["hello"], layer=bare)
    other.run("rm -rf /srv/playmaker; userdel playmaker")
    monkeypatch.setattr(releases, "ROOT", aligned_checkout(tmp_path))

    first = release(lab, playmaker="v3", hello="v1")

    assert apps_on(one) == {"playmaker"}
    assert apps_on(other) == {"hello"}
    assert apps_on(both) == {"playmaker", "hello"}
    assert health(one, one.address)["schema"] == "0002"
    assert health(other, other.address)["schema"] is None
    assert health(both, domain(both, "playmaker"))["schema"] == "0002"
    assert health(both, domain(both, "hello"))["schema"] is None

    second = release(lab, playmaker="v3", hello="v1")
    assert [second.steps(host.name) for host in (one, other, both)] == [[], [], []]
    for app, ref, alone in (("playmaker", "v3", one), ("hello", "v1", other)):
        by_itself = release(lab, "--limit", alone.name, **{app: ref})
        expected = [
            (name, {alone.name, both.name}) for name, _ in of_app(operations(by_itself), app)
        ]
        assert len(expected) > 10
        assert of_app(operations(first), app) == expected
        assert of_app(operations(second), app) == expected


@pytest.mark.slow
def test_a_release_of_one_app_leaves_its_neighbour_alone(lab: Lab, new_host: NewHost) -> None:
    layer = releases.layer(lab, "v2")
    shared = new_host("shared", groups=["playmaker", "hello"], layer=layer)
    release(lab, playmaker="v2", hello="v1")
    neighbour = main_pid(shared, "playmaker")
    assert neighbour != "0"

    done = release(lab, playmaker="v2", hello="v2")

    assert done.steps(shared.name, "Error") == []
    assert main_pid(shared, "playmaker") == neighbour
    assert get(shared, "/", domain=domain(shared, "hello")) == (200, "hello again, world\n")
    page = get(shared, "/", domain=domain(shared, "playmaker"))[1]
    assert "<title>PlayMaker</title>" in page

"""A host that an earlier version has released is released, undone and rolled back by this one."""

import signal
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, environment
from changeover.project import SAME
from tests.e2e import load
from tests.e2e import project as projects
from tests.e2e.conftest import NewHost
from tests.e2e.load import KEPT
from tests.e2e.project import Project
from tests.e2e.releases import DOMAIN, ROOT

pytestmark = [pytest.mark.lab, pytest.mark.slow]

EARLIER = "ce16b89a971a"
"""The last state in which the hosts' programs were one flat folder."""
JOURNAL = "/var/lib/changeover/playmaker/undo.d"
# long after which a host gives up a controller that stands still
PATIENCE = {"changeover_silence_seconds": "300"}
FLAT = "find /usr/local/lib/changeover -maxdepth 1 -name '*.py' | sort"
PROGRAMS = "Provision | Install host programs"


@pytest.fixture
def host(new_host: NewHost) -> LabHost:
    return new_host("upgraded", groups=["playmaker"])


@pytest.fixture
def project(lab: Lab, host: LabHost, tmp_path: Path) -> Project:
    """Return a project of the earlier version, which is installed for it."""
    checkout = tmp_path / "earlier"
    if not projects.archive(EARLIER, checkout):
        pytest.skip(f"the history of this checkout has no commit {EARLIER}: git fetch --unshallow")
    built = projects.wheel(checkout, tmp_path / "wheel")
    programs = projects.install(built, tmp_path / "venv")
    made = projects.new(lab, programs, tmp_path, host.name)
    values = {"ref": "v1", "domain": DOMAIN, "shared": ["playmaker.db"]}
    secrets = "".join(f"{line}\n" for line in environment.lines(lab.number, "playmaker"))
    made.add("playmaker", (checkout / "deploys/playmaker.py").read_text(), values, secrets)
    return made


def upgrade(project: Project, scratch: Path) -> None:
    """
    Install this version for the project.

    What is the same in every project is written anew: the modules that the earlier one's
    ``config.py`` names have other places since.
    """
    projects.install(projects.wheel(ROOT, scratch / "new"), project.programs.parent)
    (scratch / "fresh").mkdir()
    fresh = projects.new(project.lab, project.programs, scratch / "fresh", project.host)
    for name in SAME:
        (project.folder / name).write_text((fresh.folder / name).read_text())


def release(project: Project, ref: str) -> list[str]:
    """Release a ref, which goes well; return the steps that changed something."""
    done = project.pyinfra("release", playmaker_ref=ref)
    assert done.status == 0, done.output
    return done.steps(project.host)


def leave_half_way(project: Project, host: LabHost, ref: str) -> None:
    """Begin a release, and end all that would undo it while it migrates."""
    words = project.command("release", playmaker_ref=ref, **PATIENCE)
    with project.start("pyinfra", *words) as process:

        def journalled() -> bool:
            assert process.poll() is None, "the release has ended"
            return "-migrate.forward.json" in host.run(f"ls {JOURNAL}", check=False).stdout

        load.wait_until(journalled, "the release migrates", 300)
        process.send_signal(signal.SIGSTOP)
        host.run("systemctl stop changeover-undo@playmaker.timer")
        host.run("systemctl kill --signal=KILL 'changeover-playmaker-*.scope'")
        process.kill()
        process.communicate()


def test_a_host_of_an_earlier_version_goes_on_with_this_one(
    lab: Lab, host: LabHost, project: Project, tmp_path: Path
) -> None:
    release(project, "v1")
    release(project, "v2")
    load.write(host, *KEPT)
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert host.run(FLAT).stdout

    leave_half_way(project, host, "v3")
    assert host.run(f"ls {JOURNAL}").stdout
    upgrade(project, tmp_path)
    done = project.pyinfra("release", playmaker_ref="v3")

    assert done.status == 0, done.output
    assert "an interrupted changeover was ended first: " in done.output
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")
    assert sorted(load.names(host)) == sorted(KEPT)
    assert [one["outcome"] for one in load.records(host)][-2:] == ["undone", "committed"]
    # while the earlier version's changeover was open, its modules had to stay
    assert host.run(FLAT).stdout
    assert release(project, "v3") == [PROGRAMS]
    assert host.run(FLAT).stdout == ""
    assert release(project, "v3") == []

    back = project.pyinfra("rollback", rollback="code")
    assert back.status == 0, back.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0002")
    assert sorted(load.names(host)) == sorted(KEPT)


def test_a_changeover_of_an_earlier_version_is_undone_by_hand(
    lab: Lab, host: LabHost, project: Project, tmp_path: Path
) -> None:
    release(project, "v2")
    load.write(host, *KEPT)
    leave_half_way(project, host, "v3")
    upgrade(project, tmp_path)

    undone = project.pyinfra("undo", undo="again")

    assert undone.status == 0, undone.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert sorted(load.names(host)) == sorted(KEPT)
    # the host's programs see whether a site is closed, so they have to be of this version
    closed = project.pyinfra("maintenance", maintenance="on")
    assert closed.status == 0, closed.output
    assert closed.steps(project.host) == [
        "Maintenance | Install host programs",
        "Maintenance | Close the site by hand",
    ]
    assert project.pyinfra("maintenance", maintenance="off").status == 0
    release(project, "v2")
    assert host.run(FLAT).stdout == ""
    assert release(project, "v2") == []

"""Pruning: what a host keeps of earlier releases, and what goes with the others."""

import json
from dataclasses import dataclass

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra

pytestmark = pytest.mark.lab

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("playlist_history", sa.Column("mood", sa.Text(), nullable=True))


def downgrade():
    op.drop_column("playlist_history", "mood")
"""


@dataclass(frozen=True)
class Disk:
    """What is on a host's disk of an app's releases, in the order of names."""

    releases: list[str]
    used: set[str]
    """Environments and builds that a release on the disk is linked to."""
    present: set[str]
    """Environments and builds that are there."""
    backups: list[str]
    """Releases that the backups on the disk were taken of."""
    artefacts: int


def disk(host: LabHost) -> Disk:
    """Look at a host's disk, with its own tools."""
    found = host.run("ls -A /srv/playmaker/releases").stdout.split()
    links = host.run("find /srv/playmaker/releases -type l -printf '%l\\n'").stdout.split()
    parts = {part for link in links for part in link.split("/")}
    present = host.run("ls -A /srv/playmaker/environments /srv/playmaker/builds").stdout.split()
    names = {name for name in present if not name.endswith(":")}
    kept = host.run("cd /var/backups/changeover/playmaker && ls").stdout.split()
    manifests = [name for name in kept if name.endswith(".json")]
    texts = [host.run(f"cat /var/backups/changeover/playmaker/{name}").stdout for name in manifests]
    return Disk(
        releases=found,
        used={part for part in parts if part.startswith(("python-", "node-", "build-"))},
        present=names,
        backups=[str(json.loads(text)["release"]) for text in texts],
        artefacts=len(kept) - len(manifests),
    )


def run_release(lab: Lab, host: LabHost, ref: str, keep: int = 2, **data: str) -> Run:
    return pyinfra(
        lab,
        "release",
        "--limit",
        host.name,
        playmaker_ref=ref,
        playmaker_domain=DOMAIN,
        playmaker_keep_releases=str(keep),
        playmaker_health_timeout_seconds="3",
        **data,
    )


def release(lab: Lab, host: LabHost, ref: str, keep: int = 2) -> str:
    """Release; return the release's name."""
    done = run_release(lab, host, ref, keep)
    assert done.status == 0, done.output
    return host.run("basename $(readlink /srv/playmaker/current)").stdout.strip()


def push(lab: Lab, name: str, changes: dict[str, str], base: str = "v3") -> str:
    """Commit a change on a branch of its own; return the branch."""
    lab.origin.push("playmaker", {**changes}, name, branch=name, base=base)
    return name


def test_old_releases_go_with_all_that_belongs_to_them(lab: Lab, new_host: NewHost) -> None:
    host = new_host("prune", "v2")
    assert len(disk(host).releases) == 2

    v2 = host.run("basename $(readlink /srv/playmaker/current)").stdout.strip()
    v3 = release(lab, host, "v3")
    seen = disk(host)
    assert seen.releases == [v2, v3]
    assert seen.present == seen.used
    assert seen.backups == [v2]

    front_end = release(lab, host, push(lab, "front-end", {"frontend/NOTE": "new\n"}))
    seen = disk(host)
    assert seen.releases == [v3, front_end]
    assert seen.present == seen.used
    assert seen.backups == [v2], "the newest backup stays, although its release went"

    migration = {"alembic/versions/0003_mood.py": MIGRATION}
    mood = release(lab, host, push(lab, "mood", migration, base="front-end"))
    seen = disk(host)
    assert sorted(seen.releases) == sorted([front_end, mood])
    assert seen.present == seen.used
    assert seen.backups == [front_end], "the backup of a release that is gone goes too"
    assert seen.artefacts == 1
    assert get(host, "/api/health")[0] == 200
    assert run_release(lab, host, "mood").steps(host.name) == []


@pytest.mark.slow
def test_releases_that_never_served_go_even_where_there_is_room(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("prune-failed", "v2")
    good = disk(host)
    broken = {"app/main.py": "raise SystemExit('broken on purpose')\n"}
    failed = run_release(lab, host, push(lab, "failing", broken, base="v2"), keep=5)
    assert failed.status == 1
    assert disk(host).releases == good.releases, "an undo takes its release with it"
    # what no undo took: a whole release that never served, and halves of one and of its parts
    host.run(
        "cd /srv/playmaker; cp -a $(readlink current) releases/20260101T000000Z-0123456789ab"
        "; mkdir releases/.20260101T000000Z-0123456789ab.new"
        " environments/python-0123456789abcdef builds/build-0123456789abcdef builds/.new"
    )
    assert len(disk(host).releases) == len(good.releases) + 2

    mended = release(lab, host, push(lab, "mended", {"NOTE": "mended\n"}, base="v2"), keep=5)

    seen = disk(host)
    assert sorted(seen.releases) == sorted([*good.releases, mended])
    assert seen.present == seen.used == good.present


ENVIRONMENTS = "/var/lib/changeover/playmaker/environments"
ASIDE = "/srv/playmaker/shared/playmaker.db.undone-20260101T000000Z-0123456789ab"


@pytest.mark.slow
def test_beyond_the_budget_the_oldest_go_but_never_what_is_needed(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("prune-budget", "v2")
    v1, v2 = disk(host).releases
    v3 = release(lab, host, "v3", keep=5)
    seen = disk(host)
    assert (seen.releases, seen.backups) == ([v1, v2, v3], [v2])
    noted = host.run("cat /srv/playmaker/releases/*/.changeover/kilobytes").stdout.split()
    # a release's files of a build are other names of the build's own, and counted there
    both = host.run("cd /srv/playmaker; du -sk builds releases/*").stdout.split()[::2]
    counted = both[1:]
    assert len(noted) == 3
    assert all(abs(int(a) - int(b)) < 64 for a, b in zip(noted, counted, strict=True))
    host.run(f"mkdir -p {ENVIRONMENTS}; cd {ENVIRONMENTS}; touch 2025010{{1..7}}T000000Z.env")
    host.run(f"touch -d 2020-01-01 {ASIDE}")

    pruned = run_release(lab, host, "v3", 5, playmaker_disk_budget_megabytes="1")

    assert pruned.steps(host.name) == ["Prune | Remove old releases"]
    seen = disk(host)
    assert (seen.releases, seen.backups) == ([v2, v3], [v2])
    assert seen.present == seen.used
    kept = host.run(f"ls {ENVIRONMENTS}").stdout.split()
    assert len(kept) == 5
    assert kept[-1] >= "20250107T000000Z.env"
    assert host.run(f"ls {ASIDE}").stdout, "set aside a moment ago, whenever it was last written"
    again = run_release(lab, host, "v3", 5, playmaker_disk_budget_megabytes="1")
    assert again.steps(host.name) == []
    assert "are over the budget of 1, and all are needed" in again.output

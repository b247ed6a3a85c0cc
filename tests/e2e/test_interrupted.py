"""A release that dies at any moment: one plain release converges, and nothing is lost."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pytest
from typing_extensions import override

from tests.e2e import load, releases
from tests.e2e.conftest import NewHost
from tests.e2e.load import KEPT
from tests.lab import Lab, LabHost

pytestmark = pytest.mark.lab

AT_ONCE = 3

V2_TO_V3 = (("v2", "0001"), ("v3", "0002"))
V1_TO_V2 = (("v1", None), ("v2", "0001"))

STEPS = (
    "Fetch | Fetch the commit",
    "Fetch | Link shared paths",
    "Dependencies | Install Python packages",
    "Dependencies | Install Node packages",
    "Dependencies | Read the migration history",
    "Environment | Prepare the environment",
    "Build | Build the front end",
    "Maintenance | Close the site by a release",
    "Quiesce | Stop the app",
    "Backup | Take a verified backup",
    "Migrate | Apply migrations",
    "Activate | Activate the release",
    "Service | Install the units",
    "Service | Restart the app",
    "Site | Publish the site",
    "Health | Ask the app whether it is well",
    "Maintenance | Open the site closed by a release",
    "Health | Ask the site whether it is well",
    "Prune | Remove old releases",
)


Moment = Literal["at", "in", "after"]


@dataclass(frozen=True)
class Death:
    """When a release dies, and of what."""

    moment: Moment
    """Where a step begins, inside of it, or where it has ended."""
    step: str
    power: bool = False
    """The host loses power too."""
    begin: str = "v2"
    ref: str = "v3"

    @override
    def __str__(self) -> str:
        what = "power-cut" if self.power else "killed"
        return f"{self.begin} {self.ref} {what} {self.moment} {self.step}".replace(" ", "-")

    @property
    def served(self) -> tuple[tuple[str, str | None], ...]:
        """What may answer meanwhile: these releases, each on its own schema only."""
        return V1_TO_V2 if self.begin == "v1" else V2_TO_V3


PYTHON = "Dependencies | Install Python packages"
BUILD = "Build | Build the front end"
BACKUP = "Backup | Take a verified backup"
MIGRATE = "Migrate | Apply migrations"
# What is so on the host only while a long step is at work, as the shell asks for it.
SIGNS = {
    PYTHON: "for made in /srv/playmaker/environments/python-*; do [ -e $made/.complete ] || exit 0;"
    " done; false",
    BUILD: "[ -L /srv/playmaker/builds/.work/frontend/node_modules ]",
    BACKUP: "[ -e /var/backups/changeover/playmaker/.sqlite_backup ]",
    MIGRATE: "[ -e /run/systemd/transient/changeover-playmaker-migrate.service ]",
}
SAMPLE = (
    Death("in", PYTHON, begin="v1", ref="v2"),
    Death("at", "Fetch | Fetch the commit"),
    Death("in", BUILD, power=True),
    Death("after", "Quiesce | Stop the app"),
    Death("after", BACKUP),
    Death("after", MIGRATE, power=True),
    Death("after", "Activate | Activate the release"),
    Death("after", "Service | Restart the app", power=True),
    Death("at", "Maintenance | Open the site closed by a release"),
)
# Steps that have nothing to do there, so that nobody can die inside them.
IDLE = {
    death
    for power in (False, True)
    for death in (Death("in", PYTHON, power), Death("in", BACKUP, power, begin="v1", ref="v2"))
}
MOMENTS: tuple[Moment, ...] = ("at", "in", "after")
EVERY = tuple(
    death
    for step in STEPS
    for power in (False, True)
    for moment in MOMENTS
    if moment != "in" or step in SIGNS
    for death in (Death(moment, step, power), Death(moment, step, power, begin="v1", ref="v2"))
    if death not in SAMPLE and death not in IDLE
)
CASES = [pytest.param(death, id=str(death)) for death in SAMPLE] + [
    pytest.param(death, id=str(death), marks=pytest.mark.slow) for death in EVERY
]


@dataclass(frozen=True)
class Story:
    """What was seen of one release that died, and of those after it."""

    host: LabHost
    served: list[tuple[str, str | None] | None]
    """Who answered while nobody released; None: the site was closed."""
    mended: releases.Run
    again: releases.Run


@pytest.fixture(scope="module")
def stories(request: pytest.FixtureRequest, lab: Lab) -> Iterator[dict[str, "Future[Story]"]]:
    """Let all chosen deaths happen, some at a time, each on a host of its own."""
    chosen = [death for item in request.session.items for death in deaths(item)]
    layers = {begin: releases.layer(lab, begin) for begin in sorted({d.begin for d in chosen})}
    lab.start_origin()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = {
            str(death): pool.submit(tell, lab, f"dies-{number}", layers[death.begin], death)
            for number, death in enumerate(chosen)
        }
        yield told
        for future in told.values():
            future.cancel()


def deaths(item: pytest.Item) -> list[Death]:
    """Return the death that a chosen test is about, if it is about one."""
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("death") if callspec else None
    return [found] if isinstance(found, Death) else []


@pytest.mark.parametrize("death", CASES)
def test_one_release_mends_what_a_dead_one_left(
    death: Death, stories: dict[str, "Future[Story]"], lab: Lab
) -> None:
    story = stories[str(death)].result()

    allowed = {(load.commit(lab, ref), schema) for ref, schema in death.served}
    assert set(story.served) <= {None, *allowed}
    assert story.mended.status == 0, story.mended.output
    assert story.again.status == 0, story.again.output
    assert story.again.steps(story.host.name) == []


SLOW = "    import time\n\n    time.sleep(12)\n    with op.batch_alter_table"


def test_a_release_comes_to_terms_with_a_migration_that_a_dead_one_left_running(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("outlived", "v2")
    load.write(host, *KEPT)
    path = "alembic/versions/0002_playlist_description.py"
    text = (releases.ROOT / "tests/apps/playmaker/v3" / path).read_text()
    slow = text.replace("    with op.batch_alter_table", SLOW, 1)
    commit = lab.origin.push(load.APP, {path: slow}, "Migrate slowly", branch="slow", base="v3")

    begin_and_die(lab, host, Death("in", MIGRATE, ref=commit))
    mended = load.release(lab, host, commit)

    assert mended.status == 0, mended.output
    assert load.serves(host) == (commit, "0002")
    assert load.names(host) == list(KEPT)


# What a power cut can leave in the middle of a file's replacement, a fetch or a build.
REMAINS = """set -e
cd /srv/playmaker
mkdir releases/.20260103T120000Z-0123456789ab.new builds/.work builds/.new builds/.gone
mkdir environments/.gone environments/python-0123456789abcdef builds/build-0123456789abcdef
touch shared/.env.changeover.AbCdEfGh .current.changeover.AbCdEfGh
touch /var/lib/changeover/playmaker/candidate.env.changeover.AbCdEfGh.wanted
touch /etc/systemd/system/playmaker.service.changeover.AbCdEfGh
touch repository.git/refs/heads/news.lock
"""
PLACES = "/srv/playmaker /var/lib/changeover /etc/systemd"
LIE_ABOUT = f"find {PLACES} -name '*AbCdEfGh*' -o -name '*0123456789ab*'"


def test_a_release_clears_away_what_a_power_cut_left(lab: Lab, new_host: NewHost) -> None:
    host = new_host("remains", "v2")
    host.run(REMAINS)
    commit = lab.origin.push(load.APP, {"NEWS": "new\n"}, "Add news", branch="news", base="v3")

    mended = load.release(lab, host, commit)

    assert mended.status == 0, mended.output
    assert host.run(LIE_ABOUT).stdout == ""
    assert leftovers(host) == []


def tell(lab: Lab, name: str, layer: str, death: Death) -> Story:
    """Begin a release, let it die, release once more, look at all of it, and clear up."""
    host = lab.up(name, groups=["playmaker"], layer=layer)
    try:
        if death.begin != "v1":
            load.write(host, *KEPT)
        begin_and_die(lab, host, death)
        served = [load.serves(host)]
        mended = load.release(lab, host, death.ref)
        if mended.status == 0:
            see_all_well(lab, host, death)
        again = load.release(lab, host, death.ref)
        return Story(host, [*served, load.serves(host)], mended, again)
    finally:
        lab.down(name)


def begin_and_die(lab: Lab, host: LabHost, death: Death) -> None:
    """Start a release and kill it at the moment of death."""
    data = load.wishes(death.ref, {})
    with releases.start(lab, "release", "--limit", host.name, **data) as process:
        read_until_death(process, host, death)
        if death.power:
            host.kill()
        process.kill()
    if death.power:
        host.boot()
        load.wait_until(partial(load.nginx_answers, host), "nginx answers after the boot")


def read_until_death(process: "subprocess.Popen[str]", host: LabHost, death: Death) -> None:
    """Read what the release prints up to the moment at which it is to die."""
    assert process.stdout
    seen, reached = [], False
    for line in process.stdout:
        seen.append(line)
        reached = reached or ("Starting operation" in line and death.step in line)
        if reached and (death.moment != "after" or is_end(line, host)):
            break
    else:
        raise AssertionError(f"never came to {death.step}:\n{''.join(seen)}")
    if death.moment == "in":
        host.run(f"timeout 20 sh -c 'until ({SIGNS[death.step]}); do sleep 0.01; done'")


def is_end(line: str, host: LabHost) -> bool:
    """Tell whether a line says that a step has ended on a host."""
    return line.split() in ([f"[{host.name}]", "Success"], [f"[{host.name}]", "No", "changes"])


def see_all_well(lab: Lab, host: LabHost, death: Death) -> None:
    """See the release serve with everything that was there before, and nothing lying about."""
    ref, schema = death.served[-1]
    assert load.serves(host) == (load.commit(lab, ref), schema)
    assert releases.get(host, "/")[0] == 200
    assert load.names(host) == ([] if death.begin == "v1" else list(KEPT))
    assert leftovers(host) == []


def leftovers(host: LabHost) -> list[str]:
    """Return the files that only an unfinished release has."""
    places = "/srv/playmaker /var/lib/changeover /var/backups/changeover /etc/nginx /etc/systemd"
    names = ("*.new", ".work", ".gone", "candidate.env*", "maintenance*", "quiesced*", "*.????????")
    wanted = " -o ".join(f"-name '{name}'" for name in (*names, ".*.[0-9]*", ".sqlite_backup"))
    deep = "-path '*/environments/*/*' -o -path '*/releases/*/*' -o -path '*/repository.git/*'"
    found = host.run(
        f"find {places} \\( {deep} -o -path '*/builds/*/*' \\) -prune -o \\( {wanted} \\) -print;"
        " find /srv/playmaker/releases -mindepth 1 -maxdepth 1 -name '.*'"
    )
    return found.stdout.splitlines()

"""Every deploy file through pyinfra's own command line, on hosts that only pretend."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from changeover.plans.maintenance import BY_HAND
from tests.unit.fleet import APPS, HIDDEN, ROOT, Fleet
from tests.unit.plans.world import fresh, serving
from tests.unit.test_deploys import calls

# How a phase is called in what people see, where it is not by its module.
TITLES = {"service.quiesce": "Quiesce", "tls.certificate": "TLS"}
CARRIES = {
    "play": ("playmaker",),
    "jersey": ("jersey_events",),
    "greet": ("hello",),
    "both": ("hello", "playmaker"),
}
# what is no app's own
DEPLOYS = sorted({path.stem for path in (ROOT / "deploys").glob("*.py")} - set(APPS))
BEFORE = {"Look for problems", "See that every host passed"}


def phases(app: str) -> list[str]:
    """Return the titles of what an app's deploy file calls, in its order."""
    called = calls(ROOT / f"deploys/{app}.py")
    return [TITLES.get(call, call.partition(".")[0].title()) for call in called]


@dataclass
class Outcome:
    """What a run printed and did."""

    code: int
    text: str
    executed: list[tuple[str, str]]
    """Host and script, without probes."""

    @property
    def steps(self) -> dict[str, list[tuple[str, str]]]:
        """Each host's operations with how they ended, in the order of the run."""
        found: dict[str, list[tuple[str, str]]] = {}
        name = ""
        for line in self.text.splitlines():
            if line.startswith("--> Starting operation: "):
                name = line.removeprefix("--> Starting operation: ").strip()
            ended = re.fullmatch(r" +\[@fake/(\w+)\] +(Success|No changes|Error.*)", line)
            if ended:
                found.setdefault(ended[1], []).append((name, ended[2]))
        return found

    def phases(self, host: str, app: str) -> list[str]:
        """Return the phases of one app that a host went through, each once in a row."""
        names = (name for name, _ in self.steps[host])
        titles = [name.split(" | ")[1] for name in names if name.startswith(f"deploys/{app}.py")]
        return [title for at, title in enumerate(titles) if at == 0 or titles[at - 1] != title]


def run(fleet: Fleet, deploy: str, *options: str) -> Outcome:
    done = fleet.run(deploy, *options)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    assert "Traceback" not in text, text
    assert HIDDEN not in text
    return Outcome(done.returncode, text, fleet.executed())


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """Return hosts on which all is as wanted: one for each app, and one with two."""
    fleet = Fleet(tmp_path_factory.mktemp("well"))
    states = {name: serving(fleet.target(name)) for name in APPS}
    for host, apps in CARRIES.items():
        fleet.host(host, {app: states[app] for app in apps})
    return fleet


@pytest.fixture(scope="module")
def runs(well: Fleet) -> dict[str, Outcome]:
    """Return what each run on these hosts did; two at a time, as each begins with imports."""
    wanted = {
        "release": ("release", "-y"),
        "maintenance": ("maintenance", "-y"),
        **{app: (app, "-y", "--limit", app) for app in APPS},
        **{f"dry {name}": (name, "--dry") for name in DEPLOYS},
    }
    well.write_inventory()
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda words: run(well, *words), wanted.values())
        return dict(zip(wanted, found, strict=True))


@pytest.fixture(scope="module")
def release(runs: dict[str, Outcome]) -> Outcome:
    """Return what a release of all of them did."""
    return runs["release"]


def test_a_release_of_what_is_as_wanted_changes_nothing(release: Outcome) -> None:
    assert release.code == 0, release.text
    assert {ended for run in release.steps.values() for _, ended in run} == {"No changes"}
    assert release.executed == []


def test_each_host_goes_through_its_own_apps_phases_in_order(release: Outcome) -> None:
    for host, apps in CARRIES.items():
        for app in APPS:
            expected = phases(app) if app in apps else []
            assert release.phases(host, app) == expected, (host, app)


def test_two_apps_steps_are_not_merged(release: Outcome) -> None:
    names = {host: [name for name, _ in run] for host, run in release.steps.items()}

    assert len(names["both"]) == len(set(names["both"]))
    assert set(names["both"]) == set(names["play"]) | set(names["greet"])


def test_preflights_of_all_apps_come_before_any_other_step(release: Outcome) -> None:
    names = [name.split(" | ")[-1] for name, _ in release.steps["both"]]

    last = max(at for at, name in enumerate(names) if name in BEFORE)
    assert set(names[: last + 1]) == BEFORE
    assert names.count("Look for problems") == 2


def test_a_dry_run_says_that_there_is_nothing_to_do(runs: dict[str, Outcome]) -> None:
    done = runs["dry release"]

    assert done.code == 0, done.text
    planned = [line for line in done.text.splitlines() if re.match(r" +deploys/.* \| ", line)]
    assert len(planned) > 40
    assert [line for line in planned if not re.search(r" -  +- *$", line)] == []


@pytest.mark.parametrize("deploy", sorted(APPS))
def test_an_apps_own_deploy_file_does_as_the_release_of_all(
    runs: dict[str, Outcome], deploy: str
) -> None:
    done = runs[deploy]

    assert done.code == 0, done.text
    assert {ended for run in done.steps.values() for _, ended in run} == {"No changes"}
    assert done.executed == []


@pytest.mark.parametrize("deploy", DEPLOYS)
def test_every_other_deploy_file_can_be_tried_dry(runs: dict[str, Outcome], deploy: str) -> None:
    done = runs[f"dry {deploy}"]

    asks = re.search(rf"{deploy}: give --data {deploy}=", done.text)
    assert done.code == (1 if asks else 0), done.text
    assert done.executed == []


def test_fresh_hosts_are_given_everything_in_order(fleet: Fleet) -> None:
    fleet.host("play", {"playmaker": fresh()})
    fleet.host("greet", {"hello": fresh()})

    done = run(fleet, "release", "-y")

    assert done.code == 0, done.text
    for host, app in (("play", "playmaker"), ("greet", "hello")):
        assert done.phases(host, app) == phases(app)
        acted = [name.split(" | ")[-1] for name, ended in done.steps[host] if ended == "Success"]
        assert acted[:3] == ["Install packages", "Make users and folders", "Install host programs"]
        wanted = ["Fetch the commit", "Prepare the environment", "Activate the release"]
        wanted += ["Restart the app", "Publish the site", "Ask the site whether it is well"]
        assert [name for name in acted if name in wanted] == wanted
        acted.remove("Commit")  # the one that runs no script
        assert len([script for name, script in done.executed if name == host]) == len(acted)
    assert not [script for _, script in done.executed if HIDDEN in script]


def test_provisioning_gives_a_host_what_it_lacks_and_releases_nothing(fleet: Fleet) -> None:
    fleet.host("new", {"playmaker": fresh()})
    fleet.host("well", {"playmaker": serving(fleet.target("playmaker"))})

    done = run(fleet, "provision", "-y")

    assert done.phases("new", "playmaker") == ["Preflight", "Provision", "TLS"]
    assert {ended for _, ended in done.steps["well"]} == {"No changes"}
    assert [host for host, _ in done.executed] == ["new"] * 6


def with_problems(fleet: Fleet) -> Fleet:
    """Return hosts with a problem each, and one with none."""
    play = {"playmaker": fresh()}
    fleet.host("fine", play)
    fleet.host("full", {"playmaker": replace(fresh(), free_kilobytes=1024)})
    fleet.host("misspelt", play, playmaker_reff="x", playmaker_keep_releases=1)
    fleet.host("keyless", play, playmaker_deploy_key=str(fleet.folder / "absent.key"))
    fleet.host("refused", play, playmaker_body_limit="ten")
    fleet.host("twins", {"hello": fresh(), **play}, playmaker_domain="hello.example")
    return fleet


PROBLEMS = [
    ("full", r"disk: 1 MB free, playmaker_minimum_free_megabytes asks for 1024"),
    ("misspelt", r"playmaker_reff: unknown setting; did you mean playmaker_ref\?"),
    ("misspelt", r"playmaker_keep_releases: Input should be greater than or equal to 2"),
    ("keyless", r"playmaker_deploy_key: \S+absent.key: No such file or directory"),
    ("refused", r"playmaker: body_limit 'ten': expected a size such as '10m'"),
    ("twins", r"hello\.example: (hello|playmaker) on the same host has this name too"),
]


def test_problems_stop_all_hosts_before_anything_is_touched(fleet: Fleet) -> None:
    done = run(with_problems(fleet), "release", "-y")

    assert done.code == 1, done.text
    for host, problem in PROBLEMS:
        assert re.search(rf"\[@fake/{host}\] +{problem}", done.text), problem
    assert re.search(r"\[@fake/fine\] +stopped, nothing was changed: @fake/full, @f", done.text)
    assert {name.split(" | ")[-1] for run in done.steps.values() for name, _ in run} <= BEFORE
    assert done.executed == []


def test_a_dry_run_names_the_same_problems(fleet: Fleet) -> None:
    done = run(with_problems(fleet), "release", "--dry")

    assert done.code == 1, done.text
    for host, problem in PROBLEMS:
        assert re.search(rf"\[@fake/{host}\] +{problem}", done.text), problem
    assert done.executed == []


def test_a_site_is_closed_and_opened_by_hand(fleet: Fleet) -> None:
    state = serving(fleet.target("playmaker"))
    fleet.host("open", {"playmaker": state})
    fleet.host("closed", {"playmaker": replace(state, maintenance=BY_HAND)})

    closing = run(fleet, "maintenance", "-y", "--data", "maintenance=on")
    opening = run(fleet, "maintenance", "-y", "--data", "maintenance=off")

    assert (closing.code, opening.code) == (0, 0)
    assert [host for host, _ in closing.executed] == ["open"]
    assert [host for host, _ in opening.executed] == ["open", "closed"]


def test_a_rollback_tells_and_of_several_apps_wants_to_know_which(fleet: Fleet) -> None:
    fleet.host("both", {name: serving(fleet.target(name)) for name in CARRIES["both"]})

    told = run(fleet, "rollback", "-y")
    unnamed = run(fleet, "rollback", "-y", "--data", "rollback=code")
    unknown = run(fleet, "rollback", "-y", "--data", "rollback=back")
    named = run(fleet, "rollback", "-y", "--data", "rollback=code", "--data", "rollback_app=hello")

    assert told.code == 0, told.text
    assert {ended for run in told.steps.values() for _, ended in run} == {"No changes"}
    assert told.text.count("no earlier release that served is on the host") == 2
    assert unnamed.code == 1
    assert "rollback_app: give --data rollback_app=hello or playmaker" in unnamed.text
    assert unknown.code == 1
    assert "rollback: give --data rollback=code or downgrade or restore" in unknown.text
    assert named.code == 1
    assert "hello: no earlier release that served is on the host" in named.text
    assert "playmaker" not in named.text.split("Starting operation", 1)[1]
    assert fleet.executed() == []


def test_maintenance_wants_to_know_which(runs: dict[str, Outcome]) -> None:
    done = runs["maintenance"]

    assert done.code == 1
    assert "maintenance: give --data maintenance=on or off" in done.text

"""What a deploy file expects: a release that breaks it is undone and says which, and how."""

import json
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.conftest import NewHost
from tests.e2e.load import KEPT
from tests.e2e.releases import DOMAIN, Run

pytestmark = pytest.mark.lab

DEPLOY = "../tests/e2e/expecting_deploy"
SHARED = "/srv/playmaker/shared"
GREETED = f"{SHARED}/greeted"
MIGRATION = """\
op.execute("ALTER TABLE playlist_history ADD COLUMN mood VARCHAR(20) DEFAULT 'calm'")"""
ODD = """
op.execute("UPDATE playlist_history SET mood = 'odd' WHERE id = 1")
op.execute("UPDATE playlist_history SET mood = NULL WHERE id = 2")"""
PAGE = """

@app.get("/api/mood")
def mood() -> dict[str, str]:
    import time
    time.sleep({seconds})
    return {{"mood": "{mood}"}}
"""
# what it says before it is asked to end, and what it says in a file, is this release's as well
ERRORS = """
print("Traceback (most recent call last): planted", flush=True)
print("ERROR in a file", file=open("/srv/playmaker/shared/mood.log", "a"), flush=True)
"""
CHECK = """import os, sys
about = f"{sys.argv[1:]} as {os.getuid() > 0} with {'SESSION_SECRET' in os.environ}"
sys.exit(about if BROKEN else 0)
"""
# slow where the folder says so, so that it can be stopped in its middle
GREET = f"""import os, sys, time
really = sys.argv[1] == "--really"
with open("{GREETED}", "a") as file:
    print(sys.argv[1], file=file, flush=True)
print("greeting", sys.argv[1])
time.sleep(600 if really and os.path.exists("{SHARED}/slow") else 0)
sys.exit(3 if really and os.path.exists("{SHARED}/fails") else 0)
"""


def push(
    lab: Lab,
    name: str,
    migration: str = MIGRATION,
    *,
    seconds: float = 0,
    errors: str = "",
    broken: bool = False,
) -> str:
    """Push a commit on top of v3 with what the deploy file expects since 0003; return its id."""
    main = (releases.ROOT / "tests/apps/playmaker/v2/app/main.py").read_text()
    mood = "calm" if not seconds else "sleepy"
    changes = load.migration(migration, "op.drop_column('playlist_history', 'mood')") | {
        "app/main.py": main + PAGE.format(seconds=seconds, mood=mood) + errors,
        "verify_release.py": f"BROKEN = {broken}\n{CHECK}",
        "greet.py": GREET,
    }
    return lab.origin.push(load.APP, changes, name, branch=name, base="v3")


def release(lab: Lab, host: LabHost, ref: str, **data: str) -> Run:
    """Release a commit with the expecting deploy file."""
    return releases.pyinfra(lab, DEPLOY, "--limit", host.name, **load.settings(ref, data))


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host that serves v2 and was written to."""
    host = lab.up("expecting", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    load.wait_until(lambda: load.nginx_answers(host), "nginx answers")
    load.write(host, *KEPT)
    yield host
    lab.down(host.name)


def see_undone(lab: Lab, host: LabHost, run: Run, step: str) -> None:
    """See that the release was undone for a step, and that v2 serves as before."""
    assert run.status == 1, run.output
    record = load.records(host)[-1]
    assert (record["outcome"], record["why"]) == ("undone", f"{step} failed")
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert sorted(load.names(host)) == sorted(KEPT)
    assert greeted(host) == []


def greeted(host: LabHost) -> list[str]:
    """Return how the one-time command was called, each time."""
    return host.run(f"cat {GREETED} 2> /dev/null || true").stdout.split()


def test_wrong_data_and_a_failing_check_are_said_at_once_and_undone(
    lab: Lab, host: LabHost
) -> None:
    bad = push(lab, "wrong-data", MIGRATION + ODD, broken=True)

    run = release(lab, host, bad)

    see_undone(lab, host, run, "verify.data")
    for said in (
        "column playlist_history.mood: expected only 'calm', 'wild'; found 'odd' (1 row)",
        "every playlist kept its mood: expected 3, found 2",
        "check 'verify_release.py --all': exit status 1",
        "['--all'] as True with True",
    ):
        assert said in run.output


@pytest.mark.slow
def test_a_slow_page_and_errors_in_the_log_are_said_at_once_and_undone(
    lab: Lab, host: LabHost
) -> None:
    bad = push(lab, "slow", seconds=1.2, errors=ERRORS)

    run = release(lab, host, bad)

    see_undone(lab, host, run, "health.observed")
    for said in (
        "page /api/mood: expected the text 'calm', it is not in the ",
        "expected an answer within 800 ms, the best of 3 took 12",
        "the log of playmaker.service has 2 lines with errors since the restart, 0 allowed:",
        "Traceback (most recent call last): planted",
        "mood.log: ERROR in a file",
    ):
        assert said in run.output


@pytest.mark.slow
def test_what_is_as_expected_is_released_and_what_runs_once_runs(lab: Lab, host: LabHost) -> None:
    good = push(lab, "good")

    run = release(lab, host, good)

    assert run.status == 0, run.output
    assert load.serves(host) == (good, "0003")
    assert greeted(host) == ["--dry", "--really"]
    steps = run.steps(host.name)
    migrated = steps.index("Migrate | Apply migrations")
    seen = steps.index("Verify | See that data and release are as expected")
    assert migrated < seen < steps.index("Activate | Activate the release")
    assert steps[-1] == "Once | Run what runs once"
    record = load.records(host)[-1]
    assert (record["kind"], record["outcome"]) == ("once greet", "done")


@pytest.mark.slow
def test_a_second_run_asks_nothing_and_repeats_nothing(lab: Lab, host: LabHost) -> None:
    before = host.run(f"cat {load.LEDGER}").stdout

    run = release(lab, host, "good")

    assert run.status == 0, run.output
    assert run.steps(host.name) == []
    assert host.run(f"cat {load.LEDGER}").stdout == before
    assert greeted(host) == ["--dry", "--really"]


@pytest.mark.slow
def test_neither_a_rollback_nor_a_new_release_repeats_it(lab: Lab, host: LabHost) -> None:
    back = load.back(lab, host, rollback="downgrade")
    assert back.status == 0, back.output

    again = release(lab, host, "good")

    assert again.status == 0, again.output
    assert load.serves(host) == (load.commit(lab, "good"), "0003")
    assert greeted(host) == ["--dry", "--really"]


@pytest.mark.slow
def test_of_two_hosts_only_the_first_runs_what_runs_once(
    lab: Lab, host: LabHost, new_host: NewHost
) -> None:
    second = new_host("second", "v2")

    run = releases.pyinfra(lab, DEPLOY, **load.settings("good", {}))

    assert run.status == 0, run.output
    assert load.serves(second) == (load.commit(lab, "good"), "0003")
    assert run.steps(host.name) == []
    assert "Once | Run what runs once" not in run.steps(second.name)
    assert "expecting, the first of the app's hosts, runs them" in run.output
    assert greeted(second) == []


@pytest.mark.slow
def test_the_status_tells_what_ran_once(lab: Lab, host: LabHost) -> None:
    data = {"playmaker_domain": DOMAIN}
    words = releases.pyinfra(lab, "status", "--limit", host.name, **data).output

    assert "greet: done" in words


@pytest.mark.slow
def test_a_failing_one_ends_the_run_and_not_the_release(lab: Lab, host: LabHost) -> None:
    host.run(f"touch {SHARED}/fails")

    failed = release(lab, host, "good", playmaker_once="again:greet")
    after = release(lab, host, "good")
    host.run(f"rm {SHARED}/fails")

    assert failed.status == 1
    assert "once greet: exit status 3; it is not run again by itself" in failed.output
    assert load.serves(host) == (load.commit(lab, "good"), "0003")
    assert after.status == 1
    assert "playmaker: once greet: it failed on " in after.output
    assert greeted(host) == ["--dry", "--really"] * 2


@pytest.mark.slow
def test_of_one_that_was_stopped_nobody_says_how_it_ended_but_a_person(
    lab: Lab, host: LabHost
) -> None:
    host.run(f"touch {SHARED}/slow")
    process = releases.start(
        lab,
        DEPLOY,
        "--limit",
        host.name,
        **load.settings("good", {"playmaker_once": "again:greet"}),
    )
    with process:
        load.wait_until(lambda: len(greeted(host)) == 6, "it runs")
        host.kill()
        process.communicate(timeout=120)
    host.boot()
    load.wait_until(lambda: load.nginx_answers(host), "nginx answers")
    host.run(f"rm {SHARED}/slow")

    unknown = release(lab, host, "good")

    assert unknown.status == 1
    assert "playmaker: once greet: unknown: it began on " in unknown.output
    assert "--data playmaker_once=again:greet or done:greet" in unknown.output
    assert greeted(host) == ["--dry", "--really"] * 3

    said = release(lab, host, "good", playmaker_once="done:greet")

    assert said.status == 0, said.output
    assert greeted(host) == ["--dry", "--really"] * 3
    assert release(lab, host, "good").steps(host.name) == []
    last = json.loads(host.run(f"tail -n 1 {load.LEDGER}").stdout)
    assert last["outcome"] == "done"
    assert last["why"].startswith("said to be done by ")

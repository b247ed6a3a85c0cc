"""Who logs in, who may read the repository, and which commit a ref means."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, ssh
from changeover.lab.inventory import CHANGES
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra, start

pytestmark = [pytest.mark.lab, pytest.mark.slow]

# a name of the origin that hosts know and the controller does not
INSIDE = "code.changeover.test"

HelloHost = Callable[[str], LabHost]
Change = Callable[..., None]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the controller know no commit from earlier tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def hello_host(lab: Lab, new_host: NewHost) -> HelloHost:
    """Return a maker of hosts with all packages, which carry nothing but are to carry hello."""

    def make(name: str) -> LabHost:
        return new_host(name, groups=["hello"], layer=releases.layer(lab, "provisioned"))

    return make


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Return how to change what the inventory says; None takes a key away."""
    return lambda **data: monkeypatch.setenv(CHANGES, json.dumps(data))


def release(lab: Lab, ref: str, *hosts: LabHost, **data: str) -> Run:
    """Release hello on some hosts."""
    limits = [word for host in hosts for word in ("--limit", host.name)]
    return pyinfra(lab, "release", *limits, hello_ref=ref, hello_domain=DOMAIN, **data)


def released(host: LabHost) -> str:
    """Return the commit that answers."""
    status, body = get(host, "/api/health")
    assert status == 200, body
    return str(json.loads(body)["release"])


def commit_of(lab: Lab, ref: str) -> str:
    """Return the commit that a ref of hello means, asked of the origin itself."""
    git = f"git -C /srv/git/hello.git rev-parse '{ref}^{{commit}}'"
    origin = next(host for host in lab.machines() if host.name == "origin")
    return origin.run(git).stdout.strip()


def name_of(host: LabHost) -> str:
    return host.run("readlink /srv/hello/current").stdout.strip()


@pytest.mark.parametrize(
    ("state", "refs"),
    [("v1", ["v2"]), (None, ["v1", "v2"])],
)
def test_a_sudo_user_can_do_everything(
    lab: Lab, new_host: NewHost, state: str | None, refs: list[str]
) -> None:
    host = new_host("sudo", state, groups=["playmaker"], user="admin")
    assert host.run("id -un").stdout == "admin\n"
    for ref in refs:
        done = pyinfra(lab, "release", playmaker_ref=ref, playmaker_domain=DOMAIN)
        assert done.status == 0, done.output
        assert get(host, "/api/health")[0] == 200
    again = pyinfra(lab, "release", playmaker_ref=refs[-1], playmaker_domain=DOMAIN)
    assert again.status == 0, again.output
    assert again.steps(host.name) == []


def know_inside(lab: Lab, host: LabHost, change: Change) -> None:
    """Give the origin a name that only hosts can resolve, and use it."""
    host.run("cat >> /etc/hosts", text=f"{lab.origin.address} {INSIDE}\n")
    change(
        hello_repository=lab.origin.url("hello").replace(lab.origin.address, INSIDE),
        hello_known_hosts=lab.origin.known_hosts().replace(lab.origin.address, INSIDE),
    )


def test_a_host_names_the_commit_where_the_controller_has_no_access(
    lab: Lab, hello_host: HelloHost, change: Change
) -> None:
    host = hello_host("inside")
    assert release(lab, "v1").status == 0
    know_inside(lab, host, change)
    unseen = lab.origin.push("hello", {"NEWS": "inside\n"}, "Inside", branch="inside", base="v2")

    for ref, commit in (("v2", commit_of(lab, "v2")), (f'"{unseen}"', unseen)):
        done = release(lab, ref)
        assert done.status == 0, done.output
        assert released(host) == commit
        assert f"is {commit[:12]}, release " in done.output


def test_a_new_app_comes_onto_a_host_that_alone_reaches_the_repository(
    lab: Lab, hello_host: HelloHost, change: Change
) -> None:
    host = hello_host("inside-new")
    know_inside(lab, host, change)

    done = release(lab, "v1")

    assert done.status == 0, done.output
    assert released(host) == commit_of(lab, "v1")


def test_another_host_key_than_the_pinned_one_is_refused(
    lab: Lab, hello_host: HelloHost, change: Change
) -> None:
    host = hello_host("pinned")
    stranger = "".join(f"{line}\n" for line in ssh.host_key_lines(host.record))
    change(hello_known_hosts=stranger.replace(host.address, lab.origin.address))

    done = release(lab, "v1")

    assert done.status == 1
    assert "hello_known_hosts: pins no key that the repository's server shows" in done.output
    assert "Host key verification failed" in done.output
    assert host.run("ls /srv").stdout.split() == ["playmaker"]


def test_a_private_repository_without_a_key_is_named(
    lab: Lab, hello_host: HelloHost, change: Change
) -> None:
    host = hello_host("keyless")
    change(hello_deploy_key=None)

    done = release(lab, "v1")

    assert done.status == 1
    assert "hello_ref: " in done.output
    assert f"cannot read {lab.origin.url('hello')}" in done.output
    assert "Permission denied" in done.output
    assert host.run("ls /srv").stdout.split() == ["playmaker"]


def test_an_app_may_live_in_a_folder_of_its_repository(lab: Lab, hello_host: HelloHost) -> None:
    host = hello_host("folder")
    app = (releases.ROOT / "tests/apps/hello/v2/app.py").read_text()
    moved: dict[str, str | None] = {"app.py": None, "services/hello/app.py": app}
    commit = lab.origin.push("hello", moved, "Move it", branch="monorepo")

    done = release(lab, "monorepo", hello_directory="services/hello")

    assert done.status == 0, done.output
    assert released(host) == commit
    assert set(host.run("ls /srv/hello/current/").stdout.split()) == {"app.py", "REVISION"}
    again = release(lab, "monorepo", hello_directory="services/hello")
    assert again.steps(host.name) == [], again.output
    elsewhere = release(lab, "monorepo", hello_directory="services/goodbye")
    assert elsewhere.status == 1
    assert f"services/goodbye is not in commit {commit[:12]}" in elsewhere.output


def test_a_commit_a_tag_and_a_branch_can_be_released(lab: Lab, hello_host: HelloHost) -> None:
    host = hello_host("refs")
    branch = lab.origin.push("hello", {"NEWS": "one\n"}, "News", branch="news")
    first = commit_of(lab, "v1")
    for ref, commit in ((f'"{first}"', first), ("v2", commit_of(lab, "v2")), ("news", branch)):
        done = release(lab, ref)
        assert done.status == 0, done.output
        assert released(host) == commit
        assert name_of(host).endswith(f"Z-{commit[:12]}")
        assert release(lab, ref).steps(host.name) == []


def test_a_tag_and_a_branch_of_one_name_are_told_apart(lab: Lab, hello_host: HelloHost) -> None:
    host = hello_host("both")
    branch = lab.origin.push("hello", {"NEWS": "both\n"}, "Both", tag="both", branch="aside")
    newer = lab.origin.push("hello", {"NEWS": "newer\n"}, "Newer", branch="both", base="aside")

    refused = release(lab, "both")

    assert refused.status == 1, refused.output
    assert f"hello_ref: both is a tag ({branch[:12]}) and a branch ({newer[:12]})" in refused.output
    assert host.run("ls /srv").stdout.split() == ["playmaker"]
    for ref, commit in (("refs/tags/both", branch), ("refs/heads/both", newer)):
        done = release(lab, ref)
        assert done.status == 0, done.output
        assert released(host) == commit
        assert release(lab, ref).steps(host.name) == []


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("12e4567", """hello_ref: expected a string, found float"""),
        ("nowhere", "hello_ref: nowhere is neither a branch nor a tag of"),
        (f'"{"0" * 39}1"', "has no commit"),
    ],
)
def test_a_ref_that_is_none_is_refused_before_anything_is_touched(
    lab: Lab, hello_host: HelloHost, ref: str, said: str
) -> None:
    host = hello_host("no-ref")

    done = release(lab, ref)

    assert done.status == 1
    assert said in done.output
    assert host.run("ls /srv").stdout.split() == ["playmaker"]


def test_all_hosts_get_one_commit_while_the_branch_moves_on(
    lab: Lab, hello_host: HelloHost
) -> None:
    hosts = [hello_host("left"), hello_host("right")]
    before = lab.origin.push("hello", {"NEWS": "before\n"}, "Before", branch="moving")
    after = ""
    with start(lab, "release", hello_ref="moving", hello_domain=DOMAIN) as process:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if f"hello: moving is {before[:12]}" in line:
                # aside, not ahead: no ref leads to the commit any more
                after = lab.origin.push(
                    "hello", {"NEWS": "after\n"}, "After", branch="moving", base="v1"
                )
    output = "".join(lines)
    assert process.returncode == 0, output
    assert after, output
    assert commit_of(lab, "moving") == after
    assert [released(host) for host in hosts] == [before, before]
    assert len({name_of(host) for host in hosts}) == 1

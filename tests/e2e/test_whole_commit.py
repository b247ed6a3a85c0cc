"""A release is its commit, and all of it: submodules, large files, what attributes would change."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, names
from changeover.lab.history import Submodule
from changeover.lab.large_files import LargeFiles, pointer
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra

pytestmark = pytest.mark.lab

LFS = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
CURRENT = "/srv/hello/current"
WEIGHTS = b"weights\0" * 200_000
Changes = dict[str, str | Submodule | None]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the controller know no commit from earlier tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def large(lab: Lab) -> Iterator[LargeFiles]:
    """Serve large files of hello to the lab."""
    files = LargeFiles()
    lab.start_origin()
    with files.serving(names.address(lab.number, names.GATEWAY_PART)) as about:
        lab.origin.large_files("hello", about)
        yield files


@pytest.fixture
def host(lab: Lab, new_host: NewHost) -> LabHost:
    return new_host("whole", groups=["hello"], layer=releases.layer(lab, "provisioned"))


def release(lab: Lab, ref: str, *hosts: LabHost) -> Run:
    limits = [word for host in hosts for word in ("--limit", host.name)]
    return pyinfra(lab, "release", *limits, hello_ref=ref, hello_domain=DOMAIN)


def module(path: str, address: str) -> str:
    return f'[submodule "{path}"]\n\tpath = {path}\n\turl = {address}\n'


def sum_of(host: LabHost, path: str) -> str:
    return host.run(f"sha256sum {CURRENT}/{path}").stdout.split()[0]


def test_submodules_and_large_files_are_in_the_release(
    lab: Lab, large: LargeFiles, host: LabHost
) -> None:
    pinned = lab.origin.library("hello", "lib", {"lib.py": "pinned\n", "tests/t.py": "t\n"})
    lab.origin.library("hello", "lib", {"lib.py": "newer\n"})
    changes: Changes = {
        ".gitattributes": LFS + "NEWS export-ignore\nVERSION export-subst\n",
        ".gitmodules": module("vendored", "../libraries/hello-lib.git"),
        "vendored": Submodule(pinned),
        "model.bin": large.keep(WEIGHTS),
        "NEWS": "news\n",
        "VERSION": "$Format:%H$\n",
    }
    lab.origin.push("hello", changes, "Whole", branch="whole", base="v1")
    assert host.run("dpkg -s git-lfs", check=False).returncode != 0

    done = release(lab, "whole", host)

    assert done.status == 0, done.output
    assert get(host, "/api/health")[0] == 200
    assert host.run(f"cat {CURRENT}/vendored/lib.py").stdout == "pinned\n"
    assert host.run(f"cat {CURRENT}/vendored/tests/t.py {CURRENT}/NEWS").stdout == "t\nnews\n"
    assert host.run(f"cat {CURRENT}/VERSION").stdout == "$Format:%H$\n"
    assert sum_of(host, "model.bin") == hashlib.sha256(WEIGHTS).hexdigest()
    assert host.run(f"stat -c %U:%a {CURRENT}/model.bin").stdout == "root:644\n"
    # the second run asks nobody for anything
    large.asked.clear()
    again = release(lab, "whole", host)
    assert again.status == 0, again.output
    assert again.steps(host.name) == []
    assert large.asked == []


@pytest.mark.slow
def test_the_next_commit_fetches_what_is_new_and_a_plain_one_leaves_nothing(
    lab: Lab, large: LargeFiles, host: LabHost
) -> None:
    files: Changes = {".gitattributes": LFS, "model.bin": large.keep(WEIGHTS)}
    lab.origin.push("hello", files, "Large", branch="large", base="v1")
    assert release(lab, "large", host).status == 0
    more: Changes = {"more.bin": large.keep(b"more")}
    lab.origin.push("hello", more, "More", branch="large")
    large.asked.clear()

    done = release(lab, "large", host)

    assert done.status == 0, done.output
    assert large.asked.count("content") == 1
    assert host.run(f"cat {CURRENT}/more.bin").stdout == "more"
    assert release(lab, "v2", host).status == 0
    assert host.run("ls /srv/hello/repository.git/large", check=False).returncode != 0


def test_what_cannot_be_had_is_refused_before_anything_is_touched(
    lab: Lab, large: LargeFiles, host: LabHost
) -> None:
    assert large
    gone = "1" * 40
    changes: Changes = {
        ".gitattributes": LFS,
        ".gitmodules": module("gone", "../libraries/hello-lib.git")
        + module("odd", "file:///etc")
        + module("shell", "ext::sh -c touch% /tmp/attacked"),
        "gone": Submodule(gone),
        "odd": Submodule(gone),
        "shell": Submodule(gone),
        "none": Submodule(gone),
        "model.bin": pointer(b"nobody has it"),
    }
    lab.origin.library("hello", "lib", {"lib.py": "any\n"})
    commit = lab.origin.push("hello", changes, "Bad", branch="bad", base="v1")
    before = host.run("ls -l /srv /etc/systemd/system").stdout

    done = release(lab, "bad", host)

    assert done.status == 1, done.output
    for said in (
        f"has no commit {gone}: push it there, or name another",
        "odd: a submodule at file:///etc, an address by file",
        "shell: a submodule at ext::sh -c touch% /tmp/attacked, no address of a server",
        "none: a submodule with no address in .gitmodules",
        "model.bin: the Git LFS server has no content for it",
    ):
        assert said in done.output
    assert f"commit {commit[:12]} (bad): " in done.output
    assert done.steps(host.name) == []
    assert host.run("ls -l /srv /etc/systemd/system").stdout == before
    assert not Path("/tmp/attacked").exists()
    assert host.run("ls /tmp/attacked", check=False).returncode != 0


@pytest.mark.slow
def test_a_fetch_that_was_killed_half_way_heals(lab: Lab, large: LargeFiles, host: LabHost) -> None:
    pinned = lab.origin.library("hello", "lib", {"lib.py": "pinned\n"})
    changes: Changes = {
        ".gitattributes": LFS,
        ".gitmodules": module("vendored", "../libraries/hello-lib.git"),
        "vendored": Submodule(pinned),
        "model.bin": large.keep(WEIGHTS),
    }
    lab.origin.push("hello", changes, "Killed", branch="killed", base="v1")
    assert release(lab, "v1", host).status == 0
    # as soon as the submodule is there, before the large file is
    host.run(
        "systemd-run --unit killer sh -c 'until ls /srv/hello/repository.git/modules/*/HEAD;"
        " do sleep 0.02; done; systemctl kill -s KILL changeover-hello-fetch'"
    )

    struck = release(lab, "killed", host)

    assert struck.status == 1, struck.output
    assert "serves as before" in struck.output
    done = release(lab, "killed", host)
    assert done.status == 0, done.output
    assert sum_of(host, "model.bin") == hashlib.sha256(WEIGHTS).hexdigest()
    assert host.run(f"cat {CURRENT}/vendored/lib.py").stdout == "pinned\n"

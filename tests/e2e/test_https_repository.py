"""A release from a repository by https that wants a token: it is shown to its own server alone."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost, history, names
from changeover.lab.environment import APPS
from changeover.lab.history import Repository, Submodule
from tests.e2e import releases
from tests.e2e.https_git import HttpsGit, certificate
from tests.e2e.releases import DOMAIN, Run, get, pyinfra

pytestmark = [pytest.mark.lab, pytest.mark.slow]

TRUSTED = "/usr/local/share/ca-certificates/lab.crt"


@dataclass
class World:
    """A private server, one that everybody may read, and a host that trusts both."""

    lab: Lab
    host: LabHost
    private: HttpsGit
    address: str
    public: HttpsGit
    token: str

    def release(self, ref: str, token: str) -> Run:
        url = f"https://deploy:{token}@{self.address}/hello.git"
        data = {"hello_repository": url, "hello_ref": ref, "hello_domain": DOMAIN}
        return pyinfra(self.lab, "release", "--limit", self.host.name, **data)


@pytest.fixture(scope="module")
def world(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, gateway = (
        tmp_path_factory.mktemp("https"),
        names.address(lab.number, names.GATEWAY_PART),
    )
    token = f"token-{secrets.token_hex(12)}"
    shown = base64.b64encode(f"deploy:{token}".encode()).decode()
    both = certificate(folder, gateway)
    host = lab.up("https", groups=["hello"], layer=releases.layer(lab, "provisioned"))
    trusted = (folder / "certificate.pem").read_text()
    host.run(f"cat > {TRUSTED} && update-ca-certificates", text=trusted)
    private = HttpsGit(folder / "private", both, f"Basic {shown}")
    public = HttpsGit(folder / "public", both)
    with private.serving(gateway) as address, public.serving(gateway) as other:
        commit = _made(folder / "public/lib.git", {"lib.py": "public\n"})
        text = _module("vendored", "../mine.git") + _module("others", f"https://{other}/lib.git")
        own = _made(folder / "private/mine.git", {"mine.py": "private\n"})
        _app(folder / "private/hello.git", text, own, commit)
        yield World(lab, host, private, address, public, token)
    lab.down(host.name)


def _made(path: Path, files: dict[str, str]) -> str:
    repository = Repository(path)
    path.parent.mkdir(exist_ok=True)
    repository.create()
    commit = repository.change(None, files, "Library")
    repository.git("update-ref", "refs/heads/main", commit)
    return commit


def _app(path: Path, modules: str, own: str, others: str) -> None:
    """Have hello's versions, and one with a private library and another's."""
    repository = Repository(path)
    repository.create()
    repository.build(history.versions(APPS / "hello"))
    changes: dict[str, str | Submodule | None] = {
        ".gitmodules": modules,
        "vendored": Submodule(own),
        "others": Submodule(others),
    }
    commit = repository.change("v2", changes, "Libraries")
    repository.git("update-ref", "refs/heads/libraries", commit)


def _module(path: str, address: str) -> str:
    return f'[submodule "{path}"]\n\tpath = {path}\n\turl = {address}\n'


@pytest.fixture(autouse=True)
def _trusted(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the controller trust the server, and know no commit from earlier tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_SSL_CAINFO", str(world.private.certificate.parent / "certificate.pem"))


def test_a_wrong_token_is_refused_before_anything_is_touched(world: World) -> None:
    wrong = f"wrong-{secrets.token_hex(12)}"

    refused = world.release("v1", wrong)

    assert refused.status != 0
    assert refused.steps(world.host.name) == []
    assert "hello_repository" in refused.output
    assert wrong not in refused.output
    assert world.host.run("ls /srv/hello/releases", check=False).stdout == ""


def test_the_token_reads_the_repository_and_its_own_library_and_is_nowhere_after(
    world: World, tmp_path: Path
) -> None:
    first = world.release("v1", world.token)
    done = world.release("libraries", world.token)

    assert first.status == 0, first.output
    assert done.status == 0, done.output
    assert get(world.host, "/api/health")[0] == 200
    current = "/srv/hello/current"
    said = world.host.run(f"cat {current}/vendored/mine.py {current}/others/lib.py").stdout
    assert said == "private\npublic\n"
    # the other's server was asked, and was shown nothing
    assert world.public.shown
    assert set(world.public.shown) == {None}
    shown = world.private.login.removeprefix("Basic ")
    for word in (world.token, shown):
        assert word not in first.output + done.output
        places = "/etc /home /opt /root /run /srv /tmp /usr/local /var"
        left = world.host.run(f"grep -rlsF {word} {places}", check=False).stdout
        assert left == ""
        journal = world.host.run(f"journalctl | grep -cF {word}", check=False).stdout
        assert journal == "0\n"
        held = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
        assert not any(word.encode() in path.read_bytes() for path in held)


def test_a_second_run_changes_nothing(world: World) -> None:
    assert world.release("libraries", world.token).status == 0

    again = world.release("libraries", world.token)

    assert again.status == 0, again.output
    assert again.steps(world.host.name) == []

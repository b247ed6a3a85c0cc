"""A release of a private repository by http: its login is lent to the fetch, and to nobody else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.plans import fetch
from changeover.plans.commit import Commit
from changeover.plans.target import Target
from tests.unit.host.forge import Files, Forge, Link, Module, modules
from tests.unit.host.treeing import there
from tests.unit.host.web import Web
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import HELLO, fresh, target

SECRETS = re.compile("SECRET|x-access-token")
LFS = "*.bin filter=lfs\n"
# lends a login as systemd does
LENDING = """
export CREDENTIALS_DIRECTORY={root}/lent GIT_TRACE={root}/trace
for word; do
    case $word in login:*) cp "${{word#*:}}" {root}/lent/login ;; esac
done
python3 {root}/bin/sandbox.py "$@"; code=$?
rm -f {root}/lent/login; exit $code"""


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "forge")


@pytest.fixture
def web(forge: Forge) -> Iterator[Web]:
    with Web(forge.folder).serving() as made:
        yield made


@pytest.fixture(autouse=True)
def prepared(shell: Shell) -> None:
    """Have the folders that provisioning makes."""
    for folder in ("srv/hello/repository.git", "srv/hello/releases", "srv/hello/shared", "run"):
        (shell / folder).mkdir(parents=True, exist_ok=True)
    (shell / "lent").mkdir()
    shell.stub("sandbox", LENDING.format(root=shell.root))


def aimed(web: Web, commit: str, name: str = "hello") -> Target:
    repository = f"{web.with_login}/{name}.git"
    return target(HELLO, Commit(commit, 1767355200, {}), repository=repository)


def test_all_of_it_comes_and_nothing_that_stays_holds_the_login(
    forge: Forge, web: Web, shell: Shell
) -> None:
    library, repository = forge.repository("lib"), forge.repository("hello")
    pin = library.commit({"l": "l"})
    files: Files = {
        ".gitmodules": modules(near="../lib.git", far=f"{web.server}/lib.git"),
        "near": Module(pin),
        "far": Module(pin),
        ".gitattributes": LFS,
        "model.bin": web.large.keep(b"model"),
        "li\nk": Link("\x1b[31m\n/etc"),
    }
    wanted = aimed(web, repository.commit(files))
    text = fetch.fetch_script(wanted, fresh(), {})

    shell.run(text, wanted.values.login)

    made = there(shell / (wanted.release_path or ""))
    assert (made["near/l"], made["far/l"], made["model.bin"]) == (b"l", b"l", b"model")
    assert made["li\nk"] == Link("\x1b[31m\n/etc")
    assert "remote-http" in (shell / "trace").read_text()
    assert not SECRETS.search(text + shell.walls)
    for path in shell.root.rglob("*"):
        assert not path.is_file() or not SECRETS.search(path.read_bytes().decode("latin-1")), path


@pytest.mark.parametrize("fault", ["away", "denied", "lfs", "elsewhere"])
def test_what_cannot_be_had_is_named_without_it(
    forge: Forge, web: Web, shell: Shell, fault: str
) -> None:
    repository = forge.repository("hello")
    commit = repository.commit({".gitattributes": LFS, "model.bin": web.large.keep(b"model")})
    wanted = aimed(web, commit, "away" if fault == "away" else "hello")
    login = wanted.values.login.replace("odd", "other" if fault == "denied" else "odd")
    if fault == "lfs":
        web.large.contents.clear()
    if fault == "elsewhere":
        web.moved = "http://ann:SECRET@127.0.0.1:1"

    done = shell.try_(fetch.fetch_script(wanted, fresh(), {}), login)

    assert done.returncode == 1
    assert not SECRETS.search(done.stderr)
    assert web.server in done.stderr
    assert "asked with the login in hello_repository" in done.stderr

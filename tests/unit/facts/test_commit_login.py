"""A login in the repository's address: it lets us in, and nobody else is shown it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from pyinfra.api.host import Host
from typing_extensions import override

from changeover.facts.commit import ResolvedCommit, Unresolved, resolve
from changeover.plans.commit import Commit, Source, resolve_script
from changeover.plans.target import source
from changeover.settings.load import load_values
from tests.unit.facts.test_commit import Nobody, first_in_the_run
from tests.unit.host.forge import Files, Forge, Module, Repository, modules
from tests.unit.host.web import TOKEN, Web
from tests.unit.plans.world import HELLO

__all__ = ["first_in_the_run"]
SECRETS = re.compile("SECRET|x-access-token")


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forge:
    made = Forge(tmp_path / "forge")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def web(forge: Forge) -> Iterator[Web]:
    with Web(forge.folder).serving() as made:
        yield made


@pytest.fixture
def repository(forge: Forge) -> Repository:
    made = forge.repository("play")
    made.commit({"x": "x"})
    return made


def login_source(address: str, ref: str = "main") -> Source:
    settings = {"hello_repository": address, "hello_domain": "h.example", "hello_ref": ref}
    return source(HELLO, load_values("hello", settings))


def resolved(wanted: Source, host: Nobody | None = None) -> Commit | Unresolved:
    return resolve(wanted, "hello", None, cast("Host", host or Nobody(Unresolved("nor I"))))


def test_it_lets_us_in_and_is_on_no_command_line_and_in_no_file(
    forge: Forge, web: Web, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = forge.repository("lib")
    pin = library.commit({"l": "l"})
    files: Files = {
        ".gitmodules": modules(near="../lib.git", far=f"{web.server}/lib.git"),
        "near": Module(pin),
        "far": Module(pin),
    }
    commit = repository.commit(files)
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    # what a configuration names would be told to keep it
    (forge.folder / ".gitconfig").write_text(
        f"[credential]\n\thelper = !cat >> {tmp_path}/kept; echo\n"
    )

    found = resolved(login_source(f"{web.with_login}/play.git"))

    assert isinstance(found, Commit), found
    assert found.id == commit
    assert found.parts
    assert found.parts.submodules == ("far", "near")
    assert found.parts.problems == ()
    assert "remote-http" in (tmp_path / "trace").read_text()
    assert not (tmp_path / "kept").exists()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or not SECRETS.search(path.read_bytes().decode("latin-1")), path


def test_no_script_or_message_holds_it(web: Web) -> None:
    wanted = login_source(f"{web.with_login}/play.git")
    text = resolve_script(wanted, "hello", "", "/cache", ["/tree"])
    asked = ResolvedCommit().command(source=wanted, app="hello")

    for told in (text, asked, repr(wanted), repr(load_values("hello", _settings(web)))):
        assert not SECRETS.search(str(told))


def _settings(web: Web) -> dict[str, str]:
    return {"hello_repository": f"{web.with_login}/play.git", "hello_domain": "h.example"}


@pytest.mark.parametrize("path", ["away.git", "play.git"])
@pytest.mark.parametrize("ref", ["main", "nowhere", "1" * 40])
def test_what_cannot_be_read_is_named_without_it(
    web: Web, repository: Repository, path: str, ref: str
) -> None:
    if path == "play.git" and ref == "main":
        repository.git("tag", "main", repository.commit({"y": "y"}, "other"))

    found = resolved(login_source(f"{web.with_login}/{path}", ref))

    assert isinstance(found, Unresolved)
    assert f"{web.server}/{path}" in found.why
    assert not SECRETS.search(found.why)


@pytest.mark.parametrize("login", ["x-access-token:SECRET", "SECRET", "SECRET:", "a:SECRET%40b"])
def test_a_server_that_is_not_there_is_named_without_it(login: str) -> None:
    found = resolved(login_source(f"https://{login}@127.0.0.1:1/x.git"))

    assert isinstance(found, Unresolved)
    assert "cannot read https://127.0.0.1:1/x.git" in found.why
    assert "SECRET" not in found.why


def test_git_goes_nowhere_else_with_it(web: Web, repository: Repository) -> None:
    repository.commit({"z": "z"})
    with Web(web.folder).serving("127.0.0.2") as other:
        web.moved = other.server

        found = resolved(login_source(f"{web.with_login}/play.git"))

        assert isinstance(found, Unresolved)
        assert not SECRETS.search(found.why)
        assert other.shown
        assert all("Authorization" not in headers for headers in other.shown)


def test_what_git_says_of_an_address_of_the_operators_own_settings_is_cleaned(forge: Forge) -> None:
    rewritten = '[url "https://ann:SECRET@127.0.0.1:1/"]\n\tinsteadOf = https://git.example/\n'
    (forge.folder / ".gitconfig").write_text(rewritten)

    found = resolved(login_source("https://git.example/x.git"))

    assert isinstance(found, Unresolved)
    assert "https://127.0.0.1:1/x.git" in found.why
    assert "SECRET" not in found.why


def test_a_host_is_told_it_on_standard_input_alone(web: Web) -> None:
    """What a host says that repeats it is cleaned, too."""
    told: list[str] = []

    class Telling(Nobody):
        @override
        def get_fact(self, fact: type, **arguments: object) -> Commit | Unresolved:
            assert fact is ResolvedCommit
            told.append(arguments["_stdin"].read())  # type: ignore[attr-defined]
            return Unresolved(f"remote: {TOKEN} may not")

    found = resolved(login_source(f"{web.with_login}/away.git"), Telling())

    assert told == [f"username=x-access-token\npassword={TOKEN}\n"]
    assert isinstance(found, Unresolved)
    assert "web: remote: *** may not" in found.why


def test_the_hosts_script_takes_it_from_there(
    web: Web, repository: Repository, tmp_path: Path
) -> None:
    """A stand-in for the sandbox lends it as systemd does."""
    wanted = login_source(f"{web.with_login}/play.git")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "tree").write_text("#!/bin/sh\n")
    sandbox = f"""#!/bin/bash
printf '%s\\n' "$@" >> {tmp_path}/asked
while [ "$1" != -- ]; do
    [ "$1" != --credential ] || cp "${{2#*:}}" "{tmp_path}/lent/${{2%%:*}}"
    shift
done
shift; CREDENTIALS_DIRECTORY={tmp_path}/lent exec "$@" < /dev/null
"""
    (programs / "sandbox").write_text(sandbox)
    for path in programs.iterdir():
        path.chmod(0o755)
    command = str(ResolvedCommit().command(source=wanted, app="hello"))
    command = command.replace("/usr/local/lib/changeover", str(programs))
    command = re.sub(r"/srv/hello", str(tmp_path / "srv"), command)
    command = re.sub(r"(?m)^install .*$", "", command)
    (tmp_path / "srv/repository.git").mkdir(parents=True)
    (tmp_path / "lent").mkdir()
    done = subprocess.run(
        ["bash", "-c", command], input=wanted.login, capture_output=True, text=True, check=False
    )

    assert f"commit {repository.git('rev-parse', 'main')}" in done.stdout
    assert not SECRETS.search((tmp_path / "asked").read_text())
    assert not list(Path("/run").glob("changeover-login.*"))

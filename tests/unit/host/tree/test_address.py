"""Which addresses of a repository are gone to, and where a relative one leads."""

import subprocess
from pathlib import Path

import pytest

from changeover.host.tree import address as tree_address

OWN = "ssh://git@git.example/team/play.git"


@pytest.mark.parametrize(
    ("base", "address"),
    [
        (OWN, "../lib.git"),
        (OWN, "../../other/lib.git/"),
        (OWN, "./lib.git"),
        ("git@git.example:team/play.git", "../lib.git"),
        ("git@git.example:play.git", "../lib.git"),
        ("https://git.example/team/play/", "../lib"),
        ("https://git.example/team/play", "./../.././lib/"),
        (OWN, "https://elsewhere.example/lib.git"),
        (OWN, "git@elsewhere.example:lib.git"),
    ],
)
def test_a_relative_address_leads_where_git_says(base: str, address: str, tmp_path: Path) -> None:
    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q")
    git("remote", "add", "origin", base)
    (tmp_path / ".gitmodules").write_text(f'[submodule "s"]\n\tpath = s\n\turl = {address}\n')
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},s")
    git("submodule", "--quiet", "init")

    assert tree_address.joined(base, address) == git("config", "submodule.s.url")


@pytest.mark.parametrize(
    "address",
    [
        "ssh://git@git.example:2222/~user/lib.git",
        "git@git.example:lib.git",
        "git@git.example:/srv/lib.git",
        "git.example:lib.git",
        "ssh://git@[2001:db8::1]:22/lib.git",
        "https://git.example/a%20b/lib.git",
        "https://git.example:8443/lib",
    ],
)
def test_a_server_by_ssh_or_https_is_gone_to(address: str) -> None:
    assert tree_address.problem(address, OWN, pinned=True, app="play") == ""


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("ext::sh -c touch% /tmp/x", "no address of a server: only ssh:// and https://"),
        ("fd::17/x", "no address of a server"),
        ("file:///srv/other.git", "an address by file: only ssh:// and https:// are fetched"),
        ("FILE:///srv/other.git", "an address by file"),
        ("/srv/other.git", "no address of a server"),
        ("./lib.git", "no address of a server"),
        ("lib.git", "no address of a server"),
        ("", "no address of a server"),
        ("-u./payload", "no address of a server"),
        ("--upload-pack=x:y", "no address of a server"),
        ("ssh://-oProxyCommand=x/lib.git", "an address without a server's name"),
        ("ssh://%2doProxyCommand=x/lib.git", "an address without a server's name"),
        ("https:///lib.git", "an address without a server's name"),
        ("ssh://git.example:port/lib.git", "an address without a server's name"),
        ("http://git.example/lib.git", "an address by http"),
        ("git://git.example/lib.git", "an address by git"),
        ("ftp://git.example/lib.git", "an address by ftp"),
        ("https://ann:hunter2@git.example/lib.git", "an address that holds a login"),
        ("https://hunter2@git.example/lib.git", "an address that holds a login"),
        ("ssh://git:hunter2@git.example/lib.git", "an address that holds a login"),
        ("ssh://git@git.example/lib.git;reboot", "an address with characters"),
        ("ssh://git@git.example/$(reboot)", "an address with characters"),
        ("ssh://git@git.example/lib%3Breboot", "an address with characters"),
        ("https://git.example/lib\nhost=other", "an address with characters"),
        ("https://git.example/\x1b[2J", "an address with characters"),
    ],
)
def test_any_other_is_refused_and_no_login_is_shown(address: str, says: str) -> None:
    assert says in tree_address.problem(address, OWN, pinned=True, app="play")
    assert "hunter2" not in tree_address.shown(address)


def test_what_the_app_itself_is_reached_by_is_no_odd_way() -> None:
    address = "http://git.lan/lib.git"

    assert tree_address.problem(address, "http://git.lan/x.git", pinned=False, app="play") == ""
    assert "by file" in tree_address.problem(
        "file:///x.git", "file:///play.git", pinned=True, app="play"
    )


def test_a_server_by_ssh_needs_a_pinned_key() -> None:
    found = tree_address.problem(
        "git@git.example:x", "https://git.example/y", pinned=False, app="p"
    )

    assert "p_known_hosts pins no key of its server" in found


@pytest.mark.parametrize("address", ["../lib.git", "./lib.git", "../../other/lib.git"])
def test_a_login_in_the_operators_address_is_none_of_the_repositorys(address: str) -> None:
    base = "https://x-access-token:hunter2@git.example:8443/team/play.git"

    found = tree_address.joined(base, address)

    assert found.startswith("https://git.example:8443/")
    assert tree_address.problem(found, base, pinned=False, app="play") == ""


@pytest.mark.parametrize(
    ("address", "without", "login"),
    [
        ("https://ann:a%40b@git.example/x", "https://git.example/x", ("ann", "a@b")),
        ("https://token@git.example:8443/x/", "https://git.example:8443/x/", ("token", "")),
        ("HTTP://a:b@git.example", "HTTP://git.example", ("a", "b")),
        ("https://git.example/@a/x", "https://git.example/@a/x", None),
        (OWN, OWN, None),
        ("git@git.example:x", "git@git.example:x", None),
        ("/srv/x@y", "/srv/x@y", None),
    ],
)
def test_an_address_is_divided_from_its_login(
    address: str, without: str, login: tuple[str, str] | None
) -> None:
    said = f"username={login[0]}\npassword={login[1]}\n" if login else ""

    assert tree_address.divided(address) == (without, said)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: 'https://ann:hunter2@h/x' is", "fatal: 'https://h/x' is"),
        ("asked for: http://hunter2@h/x gone", "asked for: http://h/x gone"),
        ("https://a:b@h/x and https://c:d@i", "https://h/x and https://i"),
        ("HTTPS://a:hun@ter2@h/x", "HTTPS://h/x"),
        ("ssh://git:hunter2@h/x", "ssh://h/x"),
        ("ssh://git@h/x git@h:x https://h/@a", "ssh://git@h/x git@h:x https://h/@a"),
    ],
)
def test_nothing_that_git_says_shows_a_login(said: str, shown: str) -> None:
    assert tree_address.shown(said) == shown

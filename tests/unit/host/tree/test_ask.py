"""A Git LFS server is asked as git-lfs would; what is no answer is not taken for one."""

import base64
from pathlib import Path

import pytest

from changeover.host.tree import ask as tree_ask
from changeover.host.tree.large import Pointer, endpoint, pointer
from changeover.host.tree.post import posted
from changeover.host.tree.reach import Unreadable
from changeover.lab.large_files import LargeFiles
from tests.unit.host.forge import SERVER, Forge
from tests.unit.host.web import Web

ADDRESS = f"ssh://git@{SERVER}/play.git"


def made(text: str) -> Pointer:
    found = pointer(text.encode())
    assert found
    return found


@pytest.fixture
def by_ssh(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have ssh lead to the forge; return what its server says of large files."""
    for name, value in forge.environment.items():
        monkeypatch.setenv(name, value)
    return forge.folder / "lfs"


@pytest.mark.parametrize("address", [ADDRESS, f"git@{SERVER}:play.git"])
def test_what_the_server_lacks_is_told_also_of_many(
    forge: Forge, by_ssh: Path, address: str
) -> None:
    assert by_ssh.exists()
    has = [made(forge.lfs.keep(f"{number}".encode())) for number in range(150)]
    lacks = Pointer("1" * 64, 5)

    assert tree_ask.lacking(address, has) == {}
    assert tree_ask.lacking(address, [*has, lacks]) == {lacks.oid: "Object does not exist"}
    assert forge.lfs.asked == ["batch 100", "batch 50", "batch 100", "batch 51"]
    words = "play.git" if address.startswith("git@") else "/play.git"
    assert forge.asked()[0] == f"git@{SERVER} git-lfs-authenticate {words} download"


def test_a_server_that_has_only_its_own_protocol_is_left_to_git_lfs(
    forge: Forge, by_ssh: Path
) -> None:
    by_ssh.unlink()
    ssh = forge.folder / "bin" / "ssh"
    answer = "printf '000eversion=1\\n'"
    old = 'echo "git-lfs-transfer: command not found" >&2; exit 127'
    ssh.write_text(ssh.read_text().replace(old, answer))

    assert tree_ask.lacking(ADDRESS, [Pointer("1" * 64, 5)]) == {}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "cannot read large files of"),
        ("no json", "cannot read large files of"),
        ('{"header": {}}', "cannot read large files of"),
        ('{"href": "file:///etc"}', "is no address of a Git LFS server"),
        ('{"href": "http://127.0.0.1:1"}', "Connection refused"),
    ],
)
def test_what_is_no_answer_says_nothing(by_ssh: Path, said: str, why: str) -> None:
    by_ssh.write_text(said)

    with pytest.raises(Unreadable, match=why):
        tree_ask.lacking(ADDRESS, [Pointer("1" * 64, 5)])


@pytest.mark.parametrize(
    "says", ["", "fatal: unrecognized command 'git-lfs-authenticate /srv/git/play.git download'"]
)
def test_a_server_without_large_files_is_called_so(forge: Forge, by_ssh: Path, says: str) -> None:
    by_ssh.unlink()
    ssh = forge.folder / "bin" / "ssh"
    ssh.write_text(ssh.read_text().replace("|| exit 1", f'|| {{ echo "{says}" >&2; exit 1; }}'))

    with pytest.raises(Unreadable, match=r"this server has no Git LFS$"):
        tree_ask.lacking(ADDRESS, [Pointer("1" * 64, 5)])


def lend(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """Have git know a login at a server, as scripts lend it."""
    helper = '!f() { printf "username=ann\\npassword=hun ter2\\n"; }; f'
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"credential.{server}.helper")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", helper)


BASIC = "Basic " + base64.b64encode(b"ann:hun ter2").decode()


def test_a_login_of_the_operators_is_shown_to_the_server_and_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = LargeFiles(login=BASIC)
    with files.serving():
        lend(monkeypatch, files.url.removesuffix("/x"))
        assert tree_ask.lacking(files.url, [made(files.keep(b"x"))]) == {}
        lend(monkeypatch, "http://127.0.0.1:1")
        with pytest.raises(Unreadable, match="401"):
            tree_ask.lacking(files.url, [Pointer("1" * 64, 5)])


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["127.0.0.1", "127.0.0.2"])
def test_no_login_goes_where_a_server_sends_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, to: str
) -> None:
    with (
        Web(tmp_path, code=code).serving() as web,
        Web(tmp_path).serving(to) as other,
    ):
        web.moved = other.server
        for headers in ({"Authorization": BASIC, "X-Key": "lent"}, {}):
            lend(monkeypatch, web.server)
            with pytest.raises(Unreadable, match="401"):
                posted(f"{web.server}/x", headers, b"{}")
        assert other.shown
        assert all("Authorization" not in shown for shown in other.shown)
        assert all("X-Key" not in shown for shown in other.shown)


def test_a_server_that_moved_within_itself_is_followed_as_git_lfs_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = LargeFiles(login=BASIC)
    with files.serving(), Web(tmp_path, code=307).serving() as web:
        web.moved = files.url
        lend(monkeypatch, files.url.removesuffix("/x"))
        assert posted(f"{web.server}/y", {}, b'{"objects": []}') == {
            "transfer": "basic",
            "objects": [],
        }
        web.moved = web.server
        with pytest.raises(Unreadable, match="307"):
            posted(f"{web.server}/y", {}, b'{"objects": []}')


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("file:///etc/passwd", "is no address of a Git LFS server"),
        ("http://ann:hunter2@127.0.0.1:1", "http://127.0.0.1:1/y is no address"),
        ("http://127.0.0.1:port", "is no address of a Git LFS server"),
    ],
)
def test_where_nobody_goes_is_named(tmp_path: Path, to: str, why: str) -> None:
    with Web(tmp_path).serving() as web:
        web.moved = to
        with pytest.raises(Unreadable, match=why):
            posted(f"{web.server}/y", {}, b"{}")


def test_the_server_is_where_git_lfs_looks_for_it() -> None:
    assert endpoint("https://x.example/a/b", "") == "https://x.example/a/b.git/info/lfs"
    assert endpoint("https://x.example/a/b.git/", "") == "https://x.example/a/b.git/info/lfs"
    assert endpoint(ADDRESS, "") == ADDRESS
    assert endpoint(ADDRESS, "https://lfs.example/x") == "https://lfs.example/x"

"""Steps of a held changeover: how they run, what is journalled, and how it is committed."""

import json
import os
import time
from pathlib import Path

import pytest

from tests.unit.host.changeover.machine import Host

HIDDEN = "correct-horse-battery"


def test_a_release_from_the_first_step_to_the_commit(host: Host) -> None:
    peer = host.open()
    flag = host.world / "closed"
    assert peer.step("maintenance.close", f"echo closing; touch {flag}", redo=f"rm {flag}") == (
        0,
        "closing\n",
    )
    assert peer.step("fetch.release", "echo wide >&2", note={"backup": "b1"})[1] == "wide\n"
    assert not host.is_free()
    assert flag.exists()
    assert peer.commit(schema_after=["b2"]) == "committed"
    assert not flag.exists(), "what remains once it is committed is done"
    assert host.journal() == []
    assert host.is_free()
    (record,) = host.ledger()
    told = {"id": "shop-1", "operator": "ann", "outcome": "committed", "by": "release", "why": ""}
    noted = {"backup": "b1", "schema_before": ["a1"], "schema_after": ["b2"]}
    assert record | told | noted == record
    assert set(record["phases"]) == {"maintenance", "fetch"}
    assert record["away_seconds"] > 0


def test_the_guard_runs_before_the_first_step(host: Host) -> None:
    host.open()
    assert host.calls() == ["held --quiet start changeover-undo@shop.timer"]


def test_nothing_is_opened_without_a_guard(host: Host) -> None:
    host.let_fail("start changeover-undo@shop.timer")
    assert "the guard (changeover-undo@shop.timer) does not start" in host.hold().refused()
    assert host.journal() == []


def test_what_is_saved_is_put_back_byte_for_byte(host: Host) -> None:
    file, link, absent = (host.world / name for name in ("file", "link", "absent"))
    content = bytes(range(256)) * 3
    file.write_bytes(content)
    file.chmod(0o4640)
    if os.geteuid() == 0:
        os.chown(file, 12, 34)
        file.chmod(0o4640)
    link.symlink_to("releases/r1")
    before = file.stat()
    peer = host.open()
    do = f"""
        echo new > {file}.new; chmod 600 {file}.new; mv {file}.new {file}
        ln -sfn releases/r2 {link}
        echo new > {absent}
    """
    assert peer.step("activate.all", do, save=[str(file), str(link), str(absent)])[0] == 0
    assert (file.read_text(), str(link.readlink())) == ("new\n", "releases/r2")
    assert peer.let_go() == "undone"
    after = file.stat()
    assert file.read_bytes() == content
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert str(link.readlink()) == "releases/r1"
    assert {path.name for path in host.world.iterdir()} == {"file", "link"}


def test_a_removed_file_and_link_come_back(host: Host) -> None:
    file, link = host.world / "file", host.world / "link"
    file.write_text("old")
    link.symlink_to("nowhere")
    peer = host.open()
    assert peer.step("site.remove", f"rm {file} {link}", save=[str(file), str(link)])[0] == 0
    assert peer.let_go() == "undone"
    assert (file.read_text(), str(link.readlink())) == ("old", "nowhere")


def refused(host: Host, name: str) -> str:
    """Try a step whose undo would save a file; return why it did not act."""
    peer = host.open()
    acts, saved = f"touch {host.world}/acted", [f"{host.world}/{name}"]
    code, said = peer.step(f"site.{name}", acts, save=saved)
    assert code == 1
    assert peer.ended() == "undone"
    assert not (host.world / "acted").exists()
    return said


@pytest.mark.parametrize("made", ["mkdir", "mkfifo"])
def test_a_step_does_not_act_when_its_undo_cannot_be_prepared(host: Host, made: str) -> None:
    os.system(f"{made} {host.world}/odd")  # noqa: S605 - a name of ours
    assert "odd is neither a file nor a link" in refused(host, "odd")


def test_what_is_too_large_to_be_saved_is_not_read_to_its_end(host: Host) -> None:
    with (host.world / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert "huge is larger than 16 MB" in refused(host, "huge")


def test_a_step_whose_undo_could_not_be_found_again_does_not_act(host: Host) -> None:
    peer = host.open()
    code, said = peer.step("Site.Publish", f"touch {host.world}/acted")
    assert code == 1
    assert "Site.Publish" in said
    assert peer.ended() == "undone"
    assert not (host.world / "acted").exists()


def test_a_failed_step_undoes_all_newest_first(host: Host) -> None:
    order = host.world / "order"
    peer = host.open(settle=f'echo "settled after $steps" >> {order}')
    for name in ("fetch.one", "fetch.two"):
        assert peer.step(name, "true", undo=f"echo {name} >> {order}")[0] == 0
    assert peer.step("fetch.three", "echo no; exit 3", undo=f"echo three >> {order}") == (3, "no\n")
    assert peer.ended() == "undone"
    settled = "settled after 001-fetch.one 002-fetch.two 003-fetch.three"
    assert order.read_text().splitlines() == ["three", "fetch.two", "fetch.one", settled]
    assert host.ledger()[0]["why"] == "fetch.three failed"
    assert host.journal() == []


def test_the_time_limit_kills_a_step(host: Host) -> None:
    peer = host.open()
    code, said = peer.step("build.slow", f"sleep 30; touch {host.world}/late", limit=0.5)
    assert code != 0
    assert "build.slow took over 0.5 s" in said
    assert peer.ended() == "undone"


def test_a_background_child_that_keeps_the_output_open_is_not_waited_for(host: Host) -> None:
    peer = host.open()
    code, said = peer.step("service.start", f"sleep 120 & echo $! > {host.world}/pid; echo started")
    assert (code, said) == (0, "started\n")
    os.kill(int((host.world / "pid").read_text()), 9)  # it was still there
    assert peer.commit() == "committed"


def test_a_large_input_that_is_not_read_and_a_large_output(host: Host) -> None:
    peer = host.open()
    assert peer.step("fetch.deaf", "exec true", stdin="x" * 300_000) == (0, "")
    code, said = peer.step("fetch.echo", "cat", stdin="y" * 300_000)
    assert (code, said) == (0, "y" * 300_000)
    assert peer.commit() == "committed"


def test_output_that_a_slow_controller_had_no_time_for_arrives_at_once(host: Host) -> None:
    peer = host.open()
    peer.pause()
    peer.start("build.loud", f"head -c 900000 /dev/zero | tr '\\0' x; touch {host.world}/loud")
    host.wait_for(host.world / "loud")
    began = time.monotonic()
    peer.go_on()
    assert peer.answer("done") == (0, "x" * 900_000)
    # at once is less than one; with what a pipe takes, once a second, it would be 14
    assert time.monotonic() - began < 10
    assert peer.commit() == "committed"


def test_what_a_step_is_at_is_told_while_it_works(host: Host) -> None:
    peer = host.open()
    peer.start("migrate.forward", f"echo '@@now 1 of 2'; until [ -e {host.world}/go ]; do :; done")
    assert peer.answer("now")[0] == "1 of 2"
    (host.world / "go").touch()
    assert peer.answer("done") == (0, "")
    assert peer.commit() == "committed"


def test_a_secret_is_in_no_argument_environment_or_file(host: Host) -> None:
    peer = host.open()
    go = host.world / "go"
    wait = f"touch {host.world}/read; until [ -e {go} ]; do sleep 0.05; done"
    do = f'read -r secret; {wait}; echo "${{#secret}}"'
    peer.start("environment.install", do, stdin=f"{HIDDEN}\n", note={"fingerprint": "f"})
    host.wait_for(host.world / "read")
    seen = 0
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                text = (process / name).read_bytes()
            except OSError:
                continue
            assert HIDDEN.encode() not in text
            seen += str(host.folder).encode() in text
    assert seen, "the hold itself is among what was looked at"
    assert _holding(host.folder, HIDDEN) == []
    go.touch()
    assert peer.answer("done") == (0, f"{len(HIDDEN)}\n")
    assert peer.commit() == "committed"
    assert _holding(host.folder, HIDDEN) == []


def test_the_journal_is_for_root_alone(host: Host) -> None:
    file = host.world / ".env"
    file.write_text("KEY=value\n")
    peer = host.open()
    peer.step("environment.install", "true", save=[str(file)])
    folder = host.state / "undo.d"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes.pop("undo.d") == 0o700
    events = modes.pop("events")
    assert set(modes.values()) == {0o600}, (modes, events)
    entry = json.loads((folder / "001-environment.install.json").read_text())
    assert "KEY=value" not in json.dumps(entry)


def _holding(folder: Path, text: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if text.encode() in path.read_bytes()]

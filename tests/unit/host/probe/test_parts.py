"""The parts of the probe's answer: plain text, and never nothing in the place of a failure."""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from changeover.host.probe import files
from changeover.host.probe.aside import Aside, as_app
from changeover.host.probe.parts import part, several
from changeover.host.probe.words import Verbatim, cleaned
from changeover.host.run import Run


def test_words_of_others_are_valid_and_speak_to_no_terminal() -> None:
    said = {"a\x1b[2J": ["\x07b\udcff\ttab\nline", 3, None, True], "b": ("\x7f",)}

    assert cleaned(said) == {"a[2J": ["b\ttab\nline", 3, None, True], "b": [""]}
    assert cleaned({"key": Verbatim("\x1b\udcff")}) == {"key": "\x1b\udcff"}


def test_a_part_that_fails_says_why_and_is_not_nothing() -> None:
    def fails() -> None:
        raise OSError(5, "Input/output\x1b error" + "x" * 1000)

    told = part("sizes", fails)

    assert told["sizes"]["failed:"].startswith("OSError: [Errno 5] Input/output error")
    assert len(told["sizes"]["failed:"]) == 400


def test_what_keeps_all_parts_from_being_told_is_told_once() -> None:
    told = several("service", lambda: {"units": 1 // 0})

    assert told == {"service": {"failed:": "ZeroDivisionError: integer division or modulo by zero"}}


@pytest.mark.parametrize("dies", [lambda: os._exit(0), lambda: 1 / 0, lambda: {1}])
def test_one_that_dies_beside_has_told_nothing(dies: object) -> None:
    assert callable(dies)
    with pytest.raises(ValueError, match="Expecting value"):
        Aside(dies).told()


def test_a_long_answer_from_beside_is_whole() -> None:
    assert Aside(lambda: "x" * 1_000_000).told() == "x" * 1_000_000


def test_the_apps_reader_is_given_so_much_and_no_more() -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        as_app("root", lambda: "x" * 2_000_000)


def _open_files() -> dict[str, str]:
    found = {}
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one of the list itself
            found[one.name] = str(one.readlink())
    return found


def test_who_reads_what_an_app_wrote_holds_nothing_of_the_answer() -> None:
    """What it reads may break it: then it could write into what root says."""
    with Path("/dev/zero").open() as held:
        os.dup2(held.fileno(), 300)
        found = as_app("root", _open_files)
        os.close(300)

    assert [found.pop(number) for number in "012"] == ["/dev/null"] * 3
    (writer,) = found.values()
    assert writer.startswith("pipe:")


def test_what_is_done_beside_says_nothing_in_between() -> None:
    found = Aside(_open_files).told()

    assert [found[number] for number in "012"] == ["/dev/null"] * 3


def _runs(pid: str) -> bool:
    """Tell whether a process is there, and does not only wait for whoever inherits it."""
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def _wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_says_much_does_not_wait_until_it_is_asked(tmp_path: Path) -> None:
    """A pipe holds 64 KB: who is read later would stand still until its time is over."""
    done = tmp_path / "done"
    run = Run(["sh", "-c", f"head -c 300000 /dev/zero; touch {done}"])

    _wait_for(done.exists)

    assert len(run.said()) == 300_000
    assert (run.status, run.cut_short) == (0, False)
    assert run.said() == run.said()


def test_the_time_of_a_command_is_over_whether_or_not_it_is_asked(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    run = Run(["sh", "-c", f"echo $$ > {note}; exec sleep 60"], seconds=0.5)
    _wait_for(lambda: note.exists() and bool(note.read_text().strip()))

    _wait_for(lambda: not _runs(note.read_text().strip()))

    assert run.said() == b""
    assert run.cut_short


def test_a_command_without_end_is_ended_with_all_that_it_began() -> None:
    begun = time.monotonic()
    run = Run(["sh", "-c", "sleep 60 & echo $!; sleep 60"], seconds=0.5)

    pid = run.said().decode().strip()

    assert time.monotonic() - begun < 10
    assert run.cut_short
    assert run.status != 0
    end = time.monotonic() + 30  # else it would go on for a minute
    while _runs(pid):
        assert time.monotonic() < end
        time.sleep(0.01)
    with pytest.raises(TimeoutError, match="sh does not come to its end"):
        Run(["sh", "-c", "sleep 60"], seconds=0.1).text()


def test_a_command_that_nobody_waits_for_is_ended() -> None:
    run = Run(["sleep", "60"])
    begun = time.monotonic()

    run.stop()

    assert time.monotonic() - begun < 30
    Run(["no-such-command"]).stop()


def test_a_command_that_says_too_much_is_cut_short() -> None:
    run = Run(["sh", "-c", "while :; do echo yes; done"], most=1000)

    assert len(run.said()) == 1000
    assert run.cut_short


def test_a_command_that_is_not_there_says_nothing() -> None:
    run = Run(["no-such-command"])

    assert (run.text(), run.status) == ("", 127)


def test_a_file_of_the_apps_is_no_link_no_pipe_and_not_long(tmp_path: Path) -> None:
    plain, link, pipe = tmp_path / "plain", tmp_path / "link", tmp_path / "pipe"
    plain.write_text("x")
    link.symlink_to(plain)
    os.mkfifo(pipe)

    found = [files.read_plain(str(path)) for path in (plain, link, pipe, tmp_path, tmp_path / "no")]

    assert found == [b"x", None, None, None, None]
    plain.write_bytes(b"x" * (2 << 20))
    assert len(files.read_plain(str(plain)) or b"") == 2 << 20
    plain.write_bytes(b"x" * ((2 << 20) + 1))
    with pytest.raises(files.UnreadableError, match="plain is larger than 2 MB"):
        files.read_plain(str(plain))
    assert files.read_plain(str(plain), 10) == b"x" * 10


def test_what_is_told_can_be_told_as_json() -> None:
    assert json.loads(json.dumps(cleaned(("a", {"b": Verbatim([1])})))) == ["a", {"b": [1]}]

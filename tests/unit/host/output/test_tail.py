"""The last of what a program says, in bounded memory."""

import subprocess
import tracemalloc

from changeover.host.output.tail import Tail, follow


def test_what_fits_is_kept_whole() -> None:
    tail = Tail(100)
    tail.add(b"one\n")
    tail.add(b"two")
    assert tail.text() == "one\ntwo"
    assert tail.lines(1) == ["two"]


def test_of_too_much_the_last_whole_lines_are_kept_and_the_rest_is_counted() -> None:
    tail = Tail(100)
    for number in range(1000):
        tail.add(f"line {number}\n".encode())
    first, *kept = tail.text().splitlines()
    assert first == f"[{8890 - sum(len(line) + 1 for line in kept)} bytes before this left out]"
    assert kept == [f"line {number}" for number in range(1000 - len(kept), 1000)]
    assert 8 < len(kept) <= 100 // 9
    assert tail.lines(2) == ["line 998", "line 999"]
    assert tail.lines(2000) == kept


def test_a_line_without_an_end_is_cut() -> None:
    tail = Tail(100)
    tail.add("ä".encode() * 1000)
    said = tail.text()
    assert said.startswith("[1900 bytes before this left out]\n")
    assert said.count("ä") == 50


def test_its_memory_is_bounded() -> None:
    tail, part = Tail(10_000), b"y\n" * 500
    tracemalloc.start()
    try:
        for _ in range(10_000):
            tail.add(part)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_program_is_followed_to_its_end() -> None:
    command = ["bash", "-c", "seq 1000000; echo end; exit 3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout
        said = follow(child.stdout, 5000)
    assert child.returncode == 3
    assert said.lines(2) == ["1000000", "end"]
    assert len(said.text()) < 5100

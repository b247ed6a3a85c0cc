"""What others say speaks to no terminal."""

import pytest

from changeover.host.output.tail import Tail
from changeover.host.shown_text import shown, shown_with_colours

CLIPBOARD = "\x1b]52;c;cm0gLXJmIC8=\x07"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain äöü 漢字 😀\n\ttwo", "plain äöü 漢字 😀\n\ttwo"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hgone", "\\x1b[2J\\x1b[Hgone"),
        (CLIPBOARD, "\\x1b]52;c;cm0gLXJmIC8=\\x07"),
        ("\x9b2Jeight bits", "\\x9b2Jeight bits"),
        ("over\rwritten\b", "over\\rwritten\\x08"),
        ("user\u202egnp.exe\u2066\u200b", "user\\u202egnp.exe\\u2066\\u200b"),
        ("a\u2028b\u0085c", "a\\u2028b\\x85c"),
        ("fin\u00a0: bon", "fin : bon"),
        ("half \udc80", "half \\udc80"),
        ("un\u3164seen\u115f\U000e0100", "un\\u3164seen\\u115f\\U000e0100"),
    ],
)
def test_what_cannot_be_printed_is_spelt_out(text: str, safe: str) -> None:
    assert shown(text) == safe
    assert shown(safe) == safe


def test_our_own_plain_colours_stay_and_no_others() -> None:
    ours = "[\x1b[1mweb1\x1b[0m] \x1b[31mfailed\x1b[0m"

    assert shown_with_colours(ours) == ours
    assert shown_with_colours("\x1b[8mhidden\x1b[30m") == "\\x1b[8mhidden\\x1b[30m"
    assert shown_with_colours(ours + CLIPBOARD) == ours + shown(CLIPBOARD)


def test_the_end_of_an_output_is_safe_to_show() -> None:
    tail = Tail()
    tail.add(f"building\n{CLIPBOARD}\n".encode())

    assert "\x1b" not in tail.text()
    assert tail.lines(1) == [shown(CLIPBOARD)]

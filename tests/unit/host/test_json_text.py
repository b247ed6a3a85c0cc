"""JSON of others: whatever it is, it is read or it is an error like any other."""

import pytest

from changeover.host import json_text


@pytest.mark.parametrize("text", ['{"a": [1, null]}', b'{"a": [1, null]}'])
def test_json_is_read(text: str | bytes) -> None:
    assert json_text.read(text) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[" * 200_000, "nested too deep"),
        ('{"a":' * 200_000, "nested too deep"),
        (b"\xff\xfe[", "."),
        ("9" * 100_000, "."),
        ('"' + "x" * 2000 + '"', "larger than 1 kB"),
    ],
)
def test_anything_else_is_a_value_error(text: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        json_text.read(text, 1 << 10 if "larger" in why else 16 << 20)

"""What a healthy app says: hosts and the controller judge an answer alike."""

from typing import Any

import pytest

from changeover.host import health

WANTED: dict[str, str | None] = {"release": "a", "schema": "1"}


@pytest.mark.parametrize(
    ("status", "found", "wrong"),
    [
        (200, {"release": "a", "schema": "1", "more": 3}, []),
        (503, {"release": "a", "schema": "1"}, ["status 503"]),
        (200, {"release": "b", "schema": "1"}, ["release 'b' instead of 'a'"]),
        (404, {}, ["status 404", "release None instead of 'a'", "schema None instead of '1'"]),
        (200, {"release": "a", "schema": 1}, ["schema 1 instead of '1'"]),
        (200, {"release": ["a"], "schema": {}}, ["release a list", "schema an object"]),
        (200, {"release": "\x1b" * 999, "schema": "1"}, ["release '\\x1b"]),
    ],
    ids=range(7),
)
def test_all_that_is_wrong_is_said_in_a_few_words(
    status: int, found: dict[str, Any], wrong: list[str]
) -> None:
    said = health.problems(status, found, WANTED)

    assert len(said) == len(wrong)
    assert all(one.startswith(begin) for one, begin in zip(said, wrong, strict=True))
    assert all(len(one) < 130 for one in said)


def test_silence_about_a_key_is_not_null() -> None:
    wanted: dict[str, str | None] = {"schema": None}

    assert health.problems(200, {"schema": None}, wanted) == []
    assert health.problems(200, {}, wanted) == ["nothing of schema, which has to be null"]
    assert health.problems(200, {"schema": "1"}, wanted) == ["schema '1' instead of None"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"release": "a", "more": "\xff"}', {"release": "a", "more": "\ufffd"}),
        (b"", {}),
        (b"[1]", {}),
        (b"yes", {}),
        (b'{"a": 1} {"a": 1}', {}),
        (b"[" * 500_000, {}),
        (b'{"release": ' * 50_000, {}),
        (b'{"a": ' + b"9" * 5000 + b"}", {}),
    ],
    ids=range(8),
)
def test_what_is_no_object_says_nothing(body: bytes, said: dict[str, Any]) -> None:
    assert health.said(body) == said


def test_only_texts_of_what_is_asked_for_are_told() -> None:
    found = {"release": "a", "schema": None, "password": "x"}

    assert health.texts(found) == {"release": "a", "schema": None}
    assert health.texts({"release": ["a"], "schema": 5}) == {}


@pytest.mark.parametrize(
    ("status", "well"),
    [(0, False), (101, False), (200, True), (204, True), (302, True), (404, False), (500, False)],
)
def test_of_an_app_that_says_nothing_of_itself_any_page_will_do(status: int, well: bool) -> None:
    assert (health.problems(status, {}, {}) == []) is well
    assert health.problems(status, {}, {}) == ([] if well else [f"status {status}"])

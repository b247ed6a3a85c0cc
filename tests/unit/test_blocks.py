"""How a page's code blocks are read."""

from tests.blocks import blocks, missing

PAGE = """\
# A page

Some words.

## First

Do this:

    mkdir a
    cd a

`a/b.py`:

    def one():
        return 1


    def two():
        return 2

The file.

- an item
  that goes on

## Second

    run it

The run fails. It prints:

    no such ...

The end.
"""


def test_blocks_have_their_order_and_what_stands_around_them() -> None:
    found = blocks(PAGE)

    assert [one.text for one in found] == [
        "mkdir a\ncd a\n",
        "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
        "run it\n",
        "no such ...\n",
    ]
    assert [one.section for one in found] == ["First", "First", "Second", "Second"]
    assert [one.path for one in found] == ["", "a/b.py", "", ""]
    assert [one.is_output for one in found] == [False, False, False, True]
    assert [one.fails for one in found] == [False, False, True, False]


def test_a_page_without_blocks_has_none() -> None:
    assert blocks("# A page\n\nWords.\n") == []


def test_what_is_printed_is_found_in_any_line() -> None:
    known: dict[str, str] = {}
    output = "before\n\x1b[32m[shop] shop is up at 10.0.0.1\x1b[0m\nfrom r2 back to r1 (abc)\n"

    assert missing("shop is up at ADDRESS\nfrom RELEASE back to RELEASE\n", output, known) == []
    assert known == {"ADDRESS": "10.0.0.1", "RELEASE": "r1"}
    assert missing("  from ... (COMMIT)\n\nnowhere (x)\n", output, known) == ["nowhere (x)"]


def test_dots_stand_for_anything_and_other_signs_for_themselves() -> None:
    assert missing("took ... s\n", "it took 3.5 s", {}) == []
    assert missing("a.b\n", "axb", {}) == ["a.b"]

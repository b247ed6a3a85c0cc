"""Files of requirements are read as pip reads them; nothing that they name of the tree is lost."""

import pytest

from changeover.plans.packages.uv.requirements import Kind, lines, parse

FILE, CONSTRAINTS, PLACE = Kind.FILE, Kind.CONSTRAINTS, Kind.PLACE
PACKAGE, EDITABLE = Kind.PACKAGE, Kind.EDITABLE


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        (".", PACKAGE, "."),
        ("./libs/shop", PACKAGE, "./libs/shop"),
        ("libs/shop", PACKAGE, "libs/shop"),
        ("../shop", PACKAGE, "../shop"),
        (".[dev]", PACKAGE, "."),
        ("./libs/shop[a, b] ; python_version > '3'", PACKAGE, "./libs/shop"),
        ("/srv/shop", PACKAGE, "/srv/shop"),
        ("shop-1.0-py3-none-any.whl", PACKAGE, "shop-1.0-py3-none-any.whl"),
        ("wheels/Shop-1.0.TAR.GZ", PACKAGE, "wheels/Shop-1.0.TAR.GZ"),
        ("shop @ ./libs/shop", PACKAGE, "./libs/shop"),
        ("shop[x] @ file:./libs/shop", PACKAGE, "./libs/shop"),
        ("shop@file:libs/shop ; sys_platform == 'linux'", PACKAGE, "libs/shop"),
        ("shop @ file:///srv/shop#egg=shop", PACKAGE, "/srv/shop"),
        ("shop @ file://localhost/srv/a%20b", PACKAGE, "/srv/a b"),
        ("shop @ file:///${PROJECT_ROOT}/libs/shop", PACKAGE, "./libs/shop"),
        ("${PROJECT_ROOT}/libs/shop", PACKAGE, "./libs/shop"),
        ("-e .", EDITABLE, "."),
        ("-e.", EDITABLE, "."),
        ("-e ./libs/shop[dev]", EDITABLE, "./libs/shop"),
        ("--editable=libs/shop", EDITABLE, "libs/shop"),
        ("--editable file:libs/shop", EDITABLE, "libs/shop"),
        ("-e 'libs/a shop'", EDITABLE, "libs/a shop"),
        ("-r other.txt", FILE, "other.txt"),
        ("-rother.txt", FILE, "other.txt"),
        ("--requirement=more/other.txt", FILE, "more/other.txt"),
        ("-r file:other.txt", FILE, "other.txt"),
        ("-c limits.txt  # why", CONSTRAINTS, "limits.txt"),
        ("--constraint limits.txt", CONSTRAINTS, "limits.txt"),
        ("--find-links ./wheels", PLACE, "./wheels"),
        ("-f wheels", PLACE, "wheels"),
        ("--no-index --find-links=wheels", PLACE, "wheels"),
        ("--extra-index-url file:simple", PLACE, "simple"),
        ("--pre \\\n  -f \\\n  wheels", PLACE, "wheels"),
        ("\ufeff-f wheels", PLACE, "wheels"),
    ],
)
def test_what_a_line_names(text: str, kind: Kind, path: str) -> None:
    found = parse(text)

    assert [(one.line, one.kind, one.path) for one in found.named] == [(1, kind, path)]
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# -e .",
        "six",
        "six==1.17.0 ; python_version > '3'",
        "uvicorn[standard]==0.30 \\\n    --hash=sha256:aa \\\n    # via x\n",
        "shop @ https://example.org/shop.zip#egg=shop",
        "https://example.org/./shop.whl",
        "git+https://example.org/shop.git@v1",
        "-e git+ssh://git@example.org/shop.git#egg=shop",
        "--index-url https://example.org/simple/",
        "-f https://example.org/wheels",
        "--no-binary :all:",
        "--trusted-host example.org",
    ],
)
def test_what_names_nothing_of_the_tree(text: str) -> None:
    found = parse(text)

    assert found.named == ()
    assert not found.problems


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("-r https://example.org/requirements.txt", "nobody knows before it is installed"),
        ("-c https://example.org/limits.txt", "nobody knows before it is installed"),
        ("-e ${SHOP}/libs", "names ${SHOP}, which an install does not know"),
        ("shop @ git+file:///srv/shop", "names a repository on the host itself"),
        ("shop @ file://other/srv/shop", "names a file of another host, other"),
        ("-e 'libs", "a quote is not closed"),
        ("shop @ file:a%0Ab", "names a path that cannot be printed"),
    ],
)
def test_what_nobody_can_know_is_named_with_its_line(text: str, what: str) -> None:
    found = parse(f"six\n\n{text}\n")

    assert [line for line, _ in found.problems] == [3]
    assert what in found.problems[0][1]


def test_lines_go_on_and_end_as_pip_has_it() -> None:
    text = "a \\\n b # c\n# d \\\ne\nf#g\n \\\n#h\ni \\"

    assert list(lines(text)) == [(1, "a  b"), (4, "e"), (5, "f#g"), (8, "i")]


def test_hashes_are_seen_and_what_has_none() -> None:
    text = "six==1 \\\n  --hash=sha256:aa\n./libs/shop\nother==1\n-r more.txt\n"

    found = parse(text)

    assert found.hashed
    assert found.without_hash == (4,)
    assert parse("--require-hashes\nsix==1").hashed
    assert not parse("six==1").hashed

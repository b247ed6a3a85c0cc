"""The controller's apt configuration, read for the base."""

from pathlib import Path

import pytest

from changeover.lab import sources
from changeover.lab.errors import LabError
from changeover.lab.sources import Source

DEB822 = """\
# A comment
Types: deb deb-src
# http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://third.example/node
Suites: nodistro
Components: main
Signed-By: /usr/share/keyrings/third.gpg

Enabled: no
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
"""


def test_deb822_names_each_suite_of_each_enabled_archive() -> None:
    found = list(sources.parse_deb822(DEB822))

    assert [(s.uri, s.suite) for s in found] == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian", "bookworm-updates"),
        ("https://third.example/node", "nodistro"),
    ]
    assert found[0].components == ("main", "contrib")


def test_classic_lines_are_read_with_their_options() -> None:
    text = (
        "# deb http://old.example/debian bookworm main\n"
        "deb-src http://mirror.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main  # mine\n"
    )

    assert list(sources.parse_classic(text)) == [
        Source("http://mirror.example/debian", "bookworm", ("main",), "/k.gpg")
    ]


@pytest.mark.parametrize(
    "foreign",
    [
        Source("https://docker.example/linux/debian", "bookworm", ("stable",)),
        Source("http://php.example/php", "bookworm", ("main",)),
        Source("http://x.example/debian", "bookworm", ("main",), "/usr/share/keyrings/x.gpg"),
        Source("http://pg.example/debian", "bookworm-pgdg", ("main",)),
    ],
)
def test_third_parties_are_left_out(foreign: Source) -> None:
    own = Source("http://mirror.example/debian/", "bookworm", ("main",))

    assert sources.for_base([foreign, own], "bookworm") == (own,)


def test_another_release_of_the_controller_lends_its_mirror() -> None:
    found = [
        Source("http://mirror.example/debian", "trixie", ("main",)),
        Source("http://mirror.example/debian-security", "trixie-security", ("main",)),
    ]

    assert [s.suite for s in sources.for_base(found, "trixie")] == ["bookworm", "bookworm-security"]


def test_no_debian_archive_is_an_error() -> None:
    with pytest.raises(LabError, match="no Debian archive"):
        sources.for_base([], "bookworm")


def test_a_mirror_list_stands_for_its_first_archive(tmp_path: Path) -> None:
    mirrors = tmp_path / "debian.list"
    mirrors.write_text("# ours\nhttp://mirror.example/debian priority:1\n")

    assert sources.resolve_mirror(f"mirror+file:{mirrors}") == "http://mirror.example/debian"

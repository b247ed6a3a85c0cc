"""The URL of a file leads to one path, for whoever asks."""

import pytest

from changeover.host.sqlite.address import file_of


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///app.db", "/shared/app.db"),
        ("sqlite:///./data//app.db?timeout=30", "/shared/data/app.db"),
        ("sqlite:////srv/x/app.db", "/srv/x/app.db"),
        ("sqlite:///a#b%20.db", "/shared/a#b%20.db"),
        ("sqlite:///", ""),
        ("sqlite:///:memory:", ""),
        ("sqlite:///?mode=ro", ""),
        ("postgresql:///app.db", ""),
    ],
)
def test_a_relative_path_is_one_in_shared(url: str, file: str) -> None:
    assert file_of(url, "/shared") == file

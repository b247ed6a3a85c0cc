"""A commit is read from what git printed, and names its release."""

import pytest

from changeover.plans.commit import Commit, Source, parse_commit, resolve_script

LINES = [
    "warning: something git had to say",
    "commit e9e7238e7d8dcc1585144295ef8d7043e9f484a7 1767355200",
    "path 3b18e512dba79e4c8300dd08aeb37f8e728b8dad requirements.txt",
    "path - alembic.ini",
    "path 9daeafb9864cf43055ae93beb0afd6c7d144bfa4 ",
]


def test_a_commit_and_its_paths_are_read() -> None:
    commit = parse_commit(LINES)

    assert commit.id == "e9e7238e7d8dcc1585144295ef8d7043e9f484a7"
    assert commit.objects == {
        "requirements.txt": "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "alembic.ini": None,
        "": "9daeafb9864cf43055ae93beb0afd6c7d144bfa4",
    }


def test_a_stripped_line_still_means_the_root() -> None:
    assert parse_commit([line.rstrip() for line in LINES]).objects[""] is not None


@pytest.mark.parametrize(
    "lines",
    [[], ["commit e9e7238 1767355200"], [f"commit {'A' * 40} 1"], [f"commit {'a' * 40} soon"]],
)
def test_what_is_no_commit_is_refused(lines: list[str]) -> None:
    with pytest.raises(ValueError, match="git named no commit"):
        parse_commit(lines)


def test_a_release_is_named_after_the_commits_own_time_in_utc() -> None:
    assert parse_commit(LINES).release == "20260102T120000Z-e9e7238e7d8d"


def test_releases_sort_by_time() -> None:
    times = (1, 999_999_999, 1_000_000_000, 1_767_355_200, 4_000_000_000)
    names = [Commit(id="a" * 40, committed=time, objects={}).release for time in times]

    assert names == sorted(names)


def test_hostile_refs_stay_one_word() -> None:
    source = Source("https://git.example/x y.git", "$(touch /tmp/x)", ("a b", ""), "host ssh-rsa A")

    text = resolve_script(source, "play", deploy_key="", cache="/c", tree=["/tree"])

    assert "ref='$(touch /tmp/x)'\n" in text
    assert "repository='https://git.example/x y.git'\n" in text
    assert "paths=('a b' '')\n" in text

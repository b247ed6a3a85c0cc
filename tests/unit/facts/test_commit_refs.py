"""Which commit a ref means, in real repositories."""

import pytest

from changeover.facts.commit import Unresolved
from changeover.plans.commit import Commit
from tests.unit.facts.test_commit import (
    SUBJECT,
    Repository,
    commit_id,
    first_in_the_run,
    main,
    repository,
    resolved,
    source,
)

__all__ = ["first_in_the_run", "main", "repository"]


def test_a_branch_is_its_newest_commit(repository: Repository, main: str) -> None:
    found = resolved(source(repository))

    assert isinstance(found, Commit)
    assert found.id == main
    assert found.release == f"{SUBJECT}-{main[:12]}"


def test_a_tag_is_its_commit_annotated_or_not(repository: Repository, main: str) -> None:
    repository.git("tag", "light")
    repository.git("tag", "-a", "-m", "heavy", "heavy")
    repository.git("push", "-q", "--tags")
    repository.commit("two")

    assert commit_id(source(repository, "light")) == main
    assert commit_id(source(repository, "heavy")) == main


@pytest.mark.parametrize("words", [("v1",), ("-a", "-m", "heavy", "v1")], ids=["light", "heavy"])
def test_a_branch_and_a_tag_of_one_name_are_refused_until_one_is_meant(
    repository: Repository, main: str, words: tuple[str, ...]
) -> None:
    repository.git("tag", *words)
    repository.git("push", "-q", "origin", "refs/tags/v1")
    repository.git("checkout", "-q", "-b", "work")
    newer = repository.commit("two")
    repository.git("push", "-q", "origin", "HEAD:refs/heads/v1")

    found = resolved(source(repository, "v1"))

    assert isinstance(found, Unresolved)
    assert found.final
    assert found.why == (
        f"v1 is a tag ({main[:12]}) and a branch ({newer[:12]}) of {repository.path}: say which is"
        " meant, refs/tags/v1 or refs/heads/v1"
    )
    assert commit_id(source(repository, "refs/tags/v1")) == main
    assert commit_id(source(repository, "refs/heads/v1")) == newer


def test_a_branch_and_a_tag_of_one_name_that_are_one_commit_are_that(
    repository: Repository, main: str
) -> None:
    repository.git("tag", "-a", "-m", "heavy", "main")
    repository.git("push", "-q", "origin", "refs/tags/main")

    assert commit_id(source(repository, "main")) == main


def test_a_full_name_means_nothing_else(repository: Repository, main: str) -> None:
    repository.git("tag", "heads/main")
    repository.git("push", "-q", "origin", "refs/tags/heads/main")
    newer = repository.commit("two")

    assert commit_id(source(repository, "heads/main")) == main
    assert commit_id(source(repository, "refs/heads/main")) == newer
    for ref in ("refs/tags/main", "refs/heads/heads/main"):
        assert isinstance(resolved(source(repository, ref)), Unresolved)


def test_what_a_tag_names_that_is_no_commit_is_final(repository: Repository) -> None:
    repository.git("tag", "text", "HEAD:README")
    repository.git("push", "-q", "origin", "refs/tags/text")

    found = resolved(source(repository, "text"))

    assert isinstance(found, Unresolved)
    assert found.final
    assert "is no commit" in found.why


def test_a_name_inside_a_longer_one_is_another(repository: Repository, main: str) -> None:
    repository.git("checkout", "-q", "-b", "feature/main")
    repository.commit("two")

    assert commit_id(source(repository, "main")) == main
    assert commit_id(source(repository, "feature/main")) != main


def test_a_full_commit_id_is_itself(repository: Repository, main: str) -> None:
    repository.commit("two")

    assert commit_id(source(repository, main)) == main


@pytest.mark.parametrize("ref", ["nope", "mai", "refs/heads/nope", "refs/tags/main"])
def test_an_unknown_ref_is_final(repository: Repository, ref: str) -> None:
    found = resolved(source(repository, ref))

    assert isinstance(found, Unresolved)
    assert found.final
    assert f"{ref} is neither a branch nor a tag of {repository.path}" in found.why


def test_a_short_commit_id_is_refused_with_what_is_expected(
    repository: Repository, main: str
) -> None:
    found = resolved(source(repository, main[:12]))

    assert isinstance(found, Unresolved)
    assert "a commit needs its full 40 characters" in found.why


def test_an_unknown_commit_id_is_final(repository: Repository) -> None:
    found = resolved(source(repository, "0" * 40))

    assert isinstance(found, Unresolved)
    assert found.final
    assert "has no commit 000" in found.why

"""Symbolic links of a commit in the folders that a release uses."""

from dataclasses import replace

from changeover.plans.commit import Commit
from tests.unit.facts.test_commit import (
    Repository,
    first_in_the_run,
    repository,
    resolved,
    source,
)

__all__ = ["first_in_the_run", "repository"]


def test_folders_that_are_links_in_the_commit_are_known(repository: Repository) -> None:
    folder = repository.path.with_suffix("") / "apps/play"
    (folder / "data").symlink_to("../../shared/data")
    (folder / "real").mkdir()
    repository.commit("two")
    asked = ("apps/play/data", "apps/play/real", "apps/play/none")

    found = resolved(replace(source(repository, "main", ""), folders=asked))

    assert isinstance(found, Commit)
    assert found.links == {"apps/play/data"}

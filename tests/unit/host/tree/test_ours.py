"""What Changeover itself writes into a release is no name of a commit's: that is told in time."""

import pytest

from tests.unit.host.forge import Content, Forge, Link
from tests.unit.host.tree.test_look import problems
from tests.unit.host.treeing import Place


@pytest.mark.parametrize(
    ("path", "content"),
    [(".changeover/release.json", "{}"), (".changeover", Link("/tmp")), ("REVISION", "0000")],
)
def test_such_a_name_is_told_before_anything_is_fetched(
    forge: Forge, place: Place, path: str, content: Content
) -> None:
    repository = forge.repository("play")
    name = path.partition("/")[0]

    found = problems(place, repository, {path: content, f"inner/{path}": content})

    assert found == [
        f"{name}: Changeover itself writes that into every release: take it out of the commit"
        f" (git rm -r --cached {name})"
    ]


def test_only_the_folder_of_the_app_counts(forge: Forge, place: Place) -> None:
    repository = forge.repository("play")
    commit = repository.commit({"REVISION": "x", "app/REVISION": "x", "other/x": "x"})

    assert place.fetch(repository, commit, "other").returncode == 0
    refused = place.fetch(repository, commit, "app")
    assert refused.stderr.startswith("app/REVISION: Changeover itself writes that")

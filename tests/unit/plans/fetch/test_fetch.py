"""A release's folder, and its links to what outlives it."""

import json
import shlex

import pytest

from changeover.plans import fetch, links
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import V2, fresh, serving, target

SHARED = ["playmaker.db", "uploads/", "data/media/"]


def test_a_commit_is_fetched_once() -> None:
    assert not fetch.decide(target(), serving(target())).needed
    assert "is not on the host" in fetch.decide(target(), serving(target(commit=None))).why


def test_the_release_says_what_it_was_made_from() -> None:
    wanted = target(ref="v2")
    text = fetch.fetch_script(wanted, fresh(), {})
    (about,) = [line for line in text.splitlines() if line.startswith("about=")]

    assert json.loads(shlex.split(about.removeprefix("about="))[0]) == {
        "commit": V2.id,
        "ref": "v2",
        "migrations": wanted.migrations_object,
        "whole": True,
    }


@pytest.fixture(autouse=True)
def staged(shell: Shell) -> None:
    """Put a release there whose repository has a folder where a shared one goes."""
    wanted = target(shared=SHARED)
    shell.write(f"{wanted.release_path}/uploads/from-the-repository")
    shell.write(f"{wanted.paths.shared}/.keep")


def linked(shell: Shell) -> dict[str, str]:
    """Link shared paths; return the release's links."""
    wanted = target(shared=SHARED)

    shell.run(fetch.link_script(wanted))

    release = shell / (wanted.release_path or "")
    links = (path for path in release.rglob("*") if path.is_symlink())
    return {str(path.relative_to(release)): str(path.readlink()) for path in links}


def test_shared_paths_are_linked_as_the_decision_expects(shell: Shell) -> None:
    wanted = target(shared=SHARED)

    found = linked(shell)

    assert found == links.shared_links(wanted)
    assert found["data/media"] == "../../../shared/data/media"
    uploads = shell / f"{wanted.release_path}/uploads"
    assert uploads.resolve() == shell / f"{wanted.paths.shared}/uploads"


def test_missing_folders_are_made_and_files_are_not(shell: Shell) -> None:
    linked(shell)

    assert (shell / "/srv/playmaker/shared/uploads").is_dir()
    assert (shell / "/srv/playmaker/shared/data/media").is_dir()
    assert not (shell / "/srv/playmaker/shared/playmaker.db").exists()


def test_linking_again_changes_nothing(shell: Shell) -> None:
    linked(shell)
    before = shell.tree()

    linked(shell)

    assert shell.tree() == before


def test_a_shared_folder_on_another_disk_is_linked_like_any_other(shell: Shell) -> None:
    (shell.root / "disk").mkdir()
    (shell / "/srv/playmaker/shared/uploads").symlink_to(shell.root / "disk")

    assert linked(shell)["uploads"] == "../../shared/uploads"


def test_a_link_elsewhere_is_put_right(shell: Shell) -> None:
    link = shell / f"{target().release_path}/.env"
    link.symlink_to("/nowhere")

    assert linked(shell)[".env"] == "../../shared/.env"

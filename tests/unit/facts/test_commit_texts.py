"""The text of files that name others, read from real repositories."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pyinfra.api.host import Host

from changeover.facts.commit import resolve
from changeover.plans.commit import Commit, Source
from tests.unit.facts.test_commit import (
    Nobody,
    Repository,
    first_in_the_run,
    forget,
    repository,
    resolved,
    source,
)
from tests.unit.facts.test_commit_parts import PINNED, forge
from tests.unit.host.forge import Forge, Module, modules

__all__ = ["first_in_the_run", "forge", "repository"]


def test_files_that_name_others_are_read_and_then_those(repository: Repository) -> None:
    folder = repository.path.with_suffix("") / "apps/play"
    (folder / "more.txt").write_text("the end \N{SNOWMAN}\n")
    (folder / "odd.bin").write_bytes(b"\xff")
    (folder / "link.txt").symlink_to("more.txt")
    repository.commit("more.txt")
    lock = "apps/play/requirements.txt"

    def further(known: Commit) -> Source:
        named = known.texts[lock]
        more = (f"apps/play/{named}", "apps/play/odd.bin", "apps/play/link.txt", "apps/play", "no")
        wanted = source(repository, "main", lock, *more)
        return replace(wanted, texts=(lock, *more))

    first = replace(source(repository, "main", lock), texts=(lock,))
    found = resolve(first, "play", None, cast("Host", Nobody()), further)

    assert isinstance(found, Commit)
    assert found.texts == {
        lock: "more.txt",
        "apps/play/more.txt": "the end \N{SNOWMAN}\n",
        **dict.fromkeys(("apps/play/odd.bin", "apps/play/link.txt", "apps/play", "no")),
    }
    assert found.links == {"apps/play/link.txt"}


def test_a_file_that_is_too_large_has_no_text(repository: Repository) -> None:
    path = "apps/play/large.txt"
    (repository.path.with_suffix("") / path).write_text("x" * ((8 << 20) + 1))
    repository.commit("two")

    found = resolved(replace(source(repository, "main", path), texts=(path,)))

    assert isinstance(found, Commit)
    assert found.texts == {path: None}
    assert found.objects[path]


@pytest.mark.parametrize(("filtered", "version"), [("true", 2), ("false", 2), ("true", 0)])
def test_files_are_read_whatever_the_server_offers(
    repository: Repository,
    filtered: str,
    version: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # by the first protocol a server gives no single file that no name leads to
    (tmp_path / "gitconfig").write_text(f"[protocol]\nversion = {version}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    settings = ["git", "-C", str(repository.path), "config"]
    subprocess.run([*settings, "uploadpack.allowFilter", filtered], check=True)
    wanted = source(repository, "main", "README")

    found = resolved(replace(wanted, repository=f"file://{repository.path}", texts=("README",)))

    assert isinstance(found, Commit)
    assert found.texts == {"README": "one"}


def test_files_of_a_submodule_are_read(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    library, whole = forge.repository("library"), forge.repository("play")
    pin = library.commit({"pyproject.toml": "[project]\n", "large.txt": "x" * ((8 << 20) + 1)})
    whole.commit({".gitmodules": modules(app__lib="../library.git"), "app/lib": Module(pin)})
    texts = ("app/lib/pyproject.toml", "app/lib/large.txt", "app/lib", "app/none")
    wanted = Source(whole.address, "main", texts, PINNED, directory="app", texts=texts)

    found = resolved(wanted)

    assert isinstance(found, Commit)
    assert found.texts == {texts[0]: "[project]\n", **dict.fromkeys(texts[1:])}
    # asked again, nobody is: it is on this machine
    forge.asked()
    forget(monkeypatch)
    again = resolved(wanted)
    assert isinstance(again, Commit)
    assert again.texts == found.texts
    assert len(forge.asked()) == 1

"""What is written of a commit is its objects, all of them, and nothing else is done."""

import os
from pathlib import Path

import pytest

from changeover.host.tree import names as tree_names
from changeover.host.tree.look import SurveyRequest
from tests.unit.host.forge import Files, Forge, Link, Module, Program, Repository, modules
from tests.unit.host.treeing import Place

LFS = "*.bin filter=lfs\n"


@pytest.fixture
def repository(forge: Forge) -> Repository:
    return forge.repository("play")


def test_a_commit_is_written_to_the_letter(place: Place, repository: Repository) -> None:
    files: Files = {
        "empty": b"",
        "large": os.urandom(3_000_000),
        "lines": b"one\r\ntwo\n\xff\0",
        "run": Program("#!/bin/sh\n"),
        "a/b/c/deep": b"deep",
        "a/link": Link("../../../etc/passwd"),
        "README": b"one",
        "readme": b"another",
        "back\\slash": b"x",
        "..a": b"x",
        ".gitignore": b"*\n",
        "line\nbreak \x1b": b"x",
        os.fsdecode(b"latin \xe9"): b"x",
        "-n": b"x",
    }

    assert place.made(repository, repository.commit(files)) == files


def test_old_modes_of_files_are_those_of_today(place: Place, repository: Repository) -> None:
    blob = repository.blob(b"x")
    tree = repository.raw_tree([("100664", blob, "old"), ("100755", blob, "run")])

    found = place.made(repository, repository.commit_tree(tree))

    assert found == {"old": b"x", "run": Program("x")}
    assert (place.into / "old").stat().st_mode & 0o777 == 0o644


def test_submodules_in_each_other_are_at_their_pinned_commits(
    forge: Forge, place: Place, repository: Repository
) -> None:
    inner, outer = forge.repository("inner"), forge.repository("outer")
    pin = inner.commit({"x": "pinned", "b.bin": forge.lfs.keep(b"inner"), ".gitattributes": LFS})
    files: Files = {".gitmodules": modules(lib__in="../inner.git"), "lib/in": Module(pin), "y": "y"}
    outer_pin = outer.commit(files)
    inner.commit({"x": "newer"})
    outer.commit({"y": "newer"})
    commit = repository.commit(
        {".gitmodules": modules(vendor__out="../outer.git"), "vendor/out": Module(outer_pin)}
    )

    found = place.made(repository, commit)

    assert found.pop(".gitmodules")
    assert found.pop("vendor/out/.gitmodules")
    assert found == {
        "vendor/out/y": b"y",
        "vendor/out/lib/in/x": b"pinned",
        "vendor/out/lib/in/b.bin": b"inner",
        "vendor/out/lib/in/.gitattributes": LFS.encode(),
    }


def test_a_directory_is_written_alone_and_as_the_whole_says(
    forge: Forge, place: Place, repository: Repository
) -> None:
    library = forge.repository("library")
    pin = library.commit({"x": "x"})
    commit = repository.commit(
        {
            ".gitattributes": LFS,
            ".gitmodules": modules(app__lib="../library.git", other="../nonesuch.git"),
            "app/lib": Module(pin),
            "app/model.bin": forge.lfs.keep(b"model"),
            "other": Module("1" * 40),
            "other.bin": forge.lfs.keep(b"other"),
        }
    )

    assert place.made(repository, commit, "app") == {"lib/x": b"x", "model.bin": b"model"}
    assert forge.lfs.asked == ["batch 1", "content"]
    assert "no folder of commit" in place.write(repository, commit, "nowhere").stderr


def test_only_what_the_attributes_hand_on_is_a_pointer(
    forge: Forge, place: Place, repository: Repository
) -> None:
    content = b"content" * 1000
    files: Files = {
        ".gitattributes": f"[attr]big filter=lfs\n*.bin big\nraw/*.bin -filter\n{'#' * 100}\n",
        "sub/.gitattributes": "kept.bin !filter\n",
        "a.bin": forge.lfs.keep(content),
        "run.bin": Program(forge.lfs.keep(b"run")),
        "nothing.bin": forge.lfs.keep(b""),
        "example.txt": forge.lfs.keep(content),
        "raw/a.bin": forge.lfs.keep(content),
        "sub/kept.bin": forge.lfs.keep(content),
        "small.bin": "committed as it is\n",
        "large.bin": "committed as it is, and no pointer\n" * 100,
    }

    found = place.made(repository, repository.commit(files))

    changed: Files = {"a.bin": content, "run.bin": Program("run"), "nothing.bin": b""}
    assert found == {
        path: text.encode() if isinstance(text, str) else text
        for path, text in (files | changed).items()
    }


def test_nothing_of_a_commit_is_run_and_no_filter_is_applied(
    place: Place, repository: Repository, tmp_path: Path
) -> None:
    attack = f"#!/bin/sh\ntouch {tmp_path}/attacked\n"
    files: Files = {
        ".gitattributes": "* filter=attack text eol=crlf ident export-subst working-tree-encoding="
        "UTF-16 diff=attack\n*.secret export-ignore\n",
        "a.secret": "$Format:%H$ $Id$\none\n",
        "hooks/post-checkout": Program(attack),
        "config": f'[filter "attack"]\n\tsmudge = touch {tmp_path}/attacked\n',
    }
    # an operator's own settings, which a host may have too
    (place.forge.folder / ".gitconfig").write_text(
        f'[filter "attack"]\n\tsmudge = touch {tmp_path}/attacked\n\trequired = true\n'
        f"[core]\n\thooksPath = {tmp_path}/hooks\n\tfsmonitor = {tmp_path}/hooks/post-checkout\n"
        f"\tautocrlf = true\n\tattributesFile = {tmp_path}/attributes\n"
    )
    (tmp_path / "attributes").write_text("* filter=attack\n")
    (tmp_path / "hooks").mkdir()
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        (tmp_path / "hooks" / hook).write_text(attack)
        (tmp_path / "hooks" / hook).chmod(0o755)

    found = place.made(repository, repository.commit(files))

    assert found["a.secret"] == b"$Format:%H$ $Id$\none\n"
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("..",), "..: a name that leads elsewhere"),
        ((".",), ".: a name that leads elsewhere"),
        (("a/b",), "a/b: a name that leads elsewhere"),
        ((".git",), ".git: a name of git's own"),
        ((".GIT",), ".GIT: a name of git's own"),
        (("git~1",), "git~1: a name of git's own"),
        (("same", "same"), "same: two things of one name"),
    ],
)
@pytest.mark.parametrize("folder", [True, False])
def test_a_hostile_name_is_refused_by_name_and_writes_nothing(
    place: Place, repository: Repository, names: tuple[str, ...], says: str, folder: bool
) -> None:
    inner = repository.tree({"x": "x"})
    link = repository.blob(b"/etc")
    modes = [("120000", link), ("40000", inner)] if folder else [("100644", link)] * 2
    tree = repository.raw_tree(
        [(*mode, name) for mode, name in zip(modes[-len(names) :], names, strict=True)]
    )
    commit = repository.commit_tree(repository.raw_tree([("40000", tree, "in")]))
    assert place.fetch(repository, commit).returncode == 1
    # as if git had looked at nothing
    repository.git("push", "-q", str(place.mirror), "+main:main")

    done = place.write(repository, commit)

    assert done.returncode == 1
    assert f"in/{says}" in done.stderr
    assert list(place.into.iterdir()) == []


def test_what_stands_in_the_way_is_not_followed(
    place: Place, repository: Repository, tmp_path: Path
) -> None:
    commit = repository.commit({"a/x": "x"})
    assert place.fetch(repository, commit).returncode == 0
    (tmp_path / "elsewhere").mkdir()
    about = place.about(repository, commit)
    for to in ("elsewhere", "nowhere"):
        (place.into / "a").symlink_to(tmp_path / to)

        done = place.forge.tree("write", *about, "--mirror", place.mirror, "--into", place.into)

        assert done.returncode == 1
        assert done.stderr == "a: cannot be written: File exists\n"
        (place.into / "a").unlink()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_commit_with_names_without_end_is_refused(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_names, "MOST", 5000)
    tree = repository.tree({f"f{number}": "x" for number in range(10)})
    for _ in range(12):
        tree = repository.raw_tree([("40000", tree, f"d{number}") for number in range(10)])
    commit = repository.commit_tree(tree)

    request = SurveyRequest(repository.address, commit, "", "play", pinned=True)
    _, problems = request.survey(repository.path, None)

    assert "the commit holds more than 5000 files" in problems[0]

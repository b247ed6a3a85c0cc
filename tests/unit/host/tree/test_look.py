"""What a commit needs is told before anything is touched, and so is what cannot be had."""

import os
import shutil

import pytest

from changeover.host.tree.git import Git
from changeover.lab.large_files import pointer
from tests.unit.host.forge import Files, Forge, Link, Module, Repository, modules
from tests.unit.host.treeing import Place, looked, partly, parts

LFS = "*.bin filter=lfs\n"


@pytest.fixture
def repository(forge: Forge) -> Repository:
    return forge.repository("play")


def problems(place: Place, repository: Repository, files: Files) -> list[str]:
    found: list[str] = parts(looked(place, repository, repository.commit(files)))["problems"]
    return found


def test_a_plain_commit_needs_nothing_and_nobody_is_asked(
    place: Place, repository: Repository
) -> None:
    done = looked(place, repository, repository.commit({"a/b": "x"}), "--path=", "--path=a/c")

    nothing = {"submodules": {}, "links": {}, "large": 0, "kilobytes": 0, "problems": []}
    assert parts(done) == nothing
    assert f"path {repository.git('rev-parse', 'main^{tree}')} \n" in done.stdout
    assert "path - a/c\n" in done.stdout
    assert place.forge.asked() == []


def test_submodules_and_large_files_are_told_and_paths_within_them(
    forge: Forge, place: Place, repository: Repository
) -> None:
    library = forge.repository("library")
    files: Files = {"front/package.json": "{}", "front/up": Link("../../..")}
    pin = library.commit({**files, ".gitattributes": LFS, "l.bin": forge.lfs.keep(b"l" * 2000)})
    module: Files = {".gitmodules": modules(lib="../library.git"), "lib": Module(pin)}
    large: Files = {".gitattributes": LFS, "model.bin": forge.lfs.keep(b"m" * 5000)}
    commit = repository.commit({**module, **large, "up": Link("..")})
    paths = ("lib", "lib/front", "lib/front/package.json", "lib/none", "library", "model.bin")
    words = [f"--path={path}" for path in paths]
    words += [f"--link={path}" for path in ("up", "lib", "lib/front/up", "lib/front")]

    done = looked(place, repository, commit, *words)

    found = parts(done)
    assert list(found["submodules"]) == ["lib"]
    assert (found["large"], found["kilobytes"], found["problems"]) == (2, 7, [])
    lines = done.stdout.splitlines()
    assert f"path {pin} lib" in lines
    for path in ("front", "front/package.json"):
        assert f"path {library.git('rev-parse', f'{pin}:{path}')} lib/{path}" in lines
    assert "path - lib/none" in lines
    assert "path - library" in lines
    assert [line for line in lines if line.startswith("link ")] == ["link up", "link lib/front/up"]


def test_nobody_is_asked_twice(forge: Forge, place: Place, repository: Repository) -> None:
    library = forge.repository("library")
    module: Files = {
        ".gitmodules": modules(lib="../library.git"),
        "lib": Module(library.commit({"x": "x"})),
    }
    large: Files = {".gitattributes": LFS, "model.bin": forge.lfs.keep(b"model")}
    commit = repository.commit({**module, **large})

    first = looked(place, repository, commit)
    assert forge.asked()
    assert forge.lfs.asked == ["batch 1"]
    again = looked(place, repository, commit)

    assert parts(again) == parts(first)
    assert forge.asked() == forge.lfs.asked == []


def test_what_a_dead_run_left_of_a_submodule_is_made_whole(
    forge: Forge, place: Place, repository: Repository
) -> None:
    library = forge.repository("library")
    pin = library.commit({"a/b": "x"})
    module: Files = {".gitmodules": modules(lib="../library.git"), "lib": Module(pin)}
    commit = repository.commit(module)
    parts(looked(place, repository, commit))
    (own,) = (place.cache / "modules").iterdir()
    shutil.rmtree(place.cache / "looked")
    shutil.rmtree(own)
    partly(library, own, pin)
    for name in ("shallow.lock", "config.lock"):
        (own / name).touch()
        os.utime(own / name, (1, 1))

    done = looked(place, repository, commit, "--path=lib/a/b")

    assert parts(done)["problems"] == []
    assert f"path {library.git('rev-parse', f'{pin}:a/b')} lib/a/b" in done.stdout


def test_without_the_content_of_files_only_what_tells_is_fetched(
    forge: Forge, place: Place, repository: Repository
) -> None:
    files: Files = {
        "app.py": "x" * 1000,
        ".gitattributes": LFS,
        "model.bin": forge.lfs.keep(b"model"),
    }
    commit = repository.commit(files)
    parts(looked(place, repository, commit))

    assert Git(place.cache).missing(commit) == {repository.git("rev-parse", "main:app.py")}


BAD = [
    ("ext::sh -c x", "a submodule at ext::sh -c x, no address of a server: only ssh:// and https"),
    ("file:///srv/x.git", "a submodule at file:///srv/x.git, an address by file"),
    ("/srv/x.git", "a submodule at /srv/x.git, no address of a server"),
    ("--upload-pack=x", "a submodule at --upload-pack=x, no address of a server"),
    ("https://ann:hunter2@git.example/x", "a submodule at https://git.example/x, an address that"),
    ("../../../../../../../../x", "a submodule at ../../../../../../../../x, no address of"),
]


@pytest.mark.parametrize(("address", "says"), BAD)
def test_an_odd_address_of_a_submodule_is_refused_by_name(
    place: Place, repository: Repository, address: str, says: str
) -> None:
    files: Files = {".gitmodules": modules(vendor__lib=address), "vendor/lib": Module("1" * 40)}

    (line,) = problems(place, repository, files)

    assert line.startswith(f"vendor/lib: {says}")
    assert "hunter2" not in line
    assert all("play.git" in asked for asked in place.forge.asked())


def test_what_cannot_be_had_is_refused_by_name_and_all_at_once(
    forge: Forge, place: Place, repository: Repository
) -> None:
    library = forge.repository("library")
    pin = library.commit({"in": Module("2" * 40), ".gitattributes": LFS, "l.bin": pointer(b"l")})
    twice = modules(two="../library.git") + modules(x="../x.git").replace("path = x", "path = two")
    files: Files = {
        ".gitmodules": twice + modules(lib="../library.git", gone="../library.git"),
        ".gitattributes": LFS,
        "lib": Module(pin),
        "gone": Module("3" * 40),
        "none": Module("4" * 40),
        "two": Module("5" * 40),
        "model.bin": pointer(b"nobody has it"),
        "odd.bin": pointer(b"x").replace("\noid", f"\next-0-odd sha256:{'1' * 64}\noid"),
    }

    found = problems(place, repository, files)

    assert sorted(found) == [
        f"gone: a submodule: {library.address} has no commit {'3' * 40}: push it there, or name"
        " another",
        "lib/in: a submodule with no address in .gitmodules: name one there, or take it out of the"
        " commit (git rm --cached in)",
        "lib/l.bin: the Git LFS server has no content for it (Object does not exist): push it there"
        " (git lfs push --all), or take it out",
        "model.bin: the Git LFS server has no content for it (Object does not exist): push it there"
        " (git lfs push --all), or take it out",
        "none: a submodule with no address in .gitmodules: name one there, or take it out of the"
        " commit (git rm --cached none)",
        "odd.bin: a program of yours (an extension of git-lfs) changes it; take that out",
        "two: a submodule with two addresses in .gitmodules: name one there, or take it out of the"
        " commit (git rm --cached two)",
    ]
    # what is wrong may be mended, so it is not remembered
    forge.lfs.keep(b"nobody has it")
    assert len(problems(place, repository, files)) == len(found) - 1


def test_a_server_that_does_not_answer_is_no_answer(
    forge: Forge, place: Place, repository: Repository
) -> None:
    module: Files = {
        ".gitmodules": modules(lib="ssh://git@away.example/x.git"),
        "lib": Module("1" * 40),
    }
    done = looked(place, repository, repository.commit(module))

    assert (done.returncode, done.stdout) == (4, "")
    assert "lib: a submodule: cannot read ssh://git@away.example/x.git: ssh: Could" in done.stderr
    large: Files = {".gitattributes": LFS, "model.bin": forge.lfs.keep(b"model")}
    for said, why in (
        ("{}", "cannot read large files of"),
        ('{"href": "http://127.0.0.1:9"}', "cannot"),
    ):
        (forge.folder / "lfs").write_text(said)
        done = looked(place, repository, repository.commit({**large, "why": why}))
        assert (done.returncode, done.stdout) == (4, "")
        assert f"model.bin is on a Git LFS server: {why}" in done.stderr


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("[lfs]\n\turl = file:///srv/lfs\n", ".lfsconfig: names file:///srv/lfs, an address by"),
        ("[lfs]\n\turl = https://ann:hunter2@x/y\n", ".lfsconfig: names https://x/y, an address"),
        ('[remote "origin"]\n\tlfsurl = /srv/lfs\n', ".lfsconfig: names /srv/lfs, no address"),
    ],
)
def test_an_odd_address_of_large_files_is_refused_by_name(
    forge: Forge, place: Place, repository: Repository, config: str, says: str
) -> None:
    files: Files = {".gitattributes": LFS, "x.bin": forge.lfs.keep(b"x"), ".lfsconfig": config}

    (line,) = problems(place, repository, files)

    assert line.startswith(says)
    assert "hunter2" not in line
    assert forge.lfs.asked == []


def test_the_address_of_large_files_that_a_commit_configures_is_asked_and_fetched_from(
    forge: Forge, place: Place, repository: Repository
) -> None:
    elsewhere = forge.repository("elsewhere")
    config = f"[lfs]\n\turl = {elsewhere.address}\n\tfetchexclude = *\n"
    files: Files = {".gitattributes": LFS, "x.bin": forge.lfs.keep(b"x"), ".lfsconfig": config}
    commit = repository.commit(files)

    assert parts(looked(place, repository, commit))["problems"] == []
    assert any("git-lfs-authenticate" in line and "elsewhere" in line for line in forge.asked())
    assert place.made(repository, commit)["x.bin"] == b"x"
    asked = [line for line in forge.asked() if "lfs" in line]
    assert asked
    assert all("elsewhere" in line for line in asked)


def test_hostile_names_and_links_are_refused(place: Place, repository: Repository) -> None:
    name = '[submodule "../../x"]\n\tpath = lib\n\turl = https://git.example/x\n'
    (line,) = problems(place, repository, {".gitmodules": name, "lib": Module("1" * 40)})
    assert line == ".gitmodules: git refuses the name '../../x'; give it another"

    (line,) = problems(place, repository, {".gitmodules": "[sub", "lib": Module("1" * 40)})
    assert line.startswith(".gitmodules: git cannot read it (error: bad config line")

    linked: Files = {".gitmodules": Link("/etc/passwd"), "lib": Module("1" * 40)}
    (line,) = problems(place, repository, linked)
    assert line.startswith("lib: a submodule with no address")

    inner = repository.tree({"x": "x"})
    rows = [("120000", repository.blob(b"/etc"), "lib"), ("40000", inner, "lib")]
    commit = repository.commit_tree(repository.raw_tree(rows))
    assert parts(looked(place, repository, commit))["problems"] == [
        "lib: two things of one name; make the commit anew"
    ]


def test_submodules_without_end_are_refused(forge: Forge, place: Place) -> None:
    last = forge.repository("m0")
    commit = last.commit({"x": "x"})
    for number in range(1, 13):
        address = f"../m{number - 1}.git"
        last = forge.repository(f"m{number}")
        commit = last.commit({".gitmodules": modules(m=address), "m": Module(commit)})

    (line,) = parts(looked(place, last, commit))["problems"]

    assert "more than 10 in each other" in line


def test_names_of_a_commit_are_told_so_that_they_do_no_harm(
    place: Place, repository: Repository
) -> None:
    (line,) = problems(place, repository, {"a\x1b[2J\nb": Module("1" * 40)})

    assert line.isprintable()
    assert line.startswith(r"a\x1b[2J\nb: a submodule with no address")

"""A folder that stands for a host, where commits of a forge are fetched to and written."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.unit.host.forge import Content, Forge, Link, Program, Repository

Done = subprocess.CompletedProcess[str]


class Place:
    """Where commits are looked at, fetched to and written."""

    def __init__(self, forge: Forge, folder: Path) -> None:
        self.forge, self.mirror, self.into = forge, folder / "mirror", folder / "new"
        self.cache = folder / "cache"
        for made in (self.mirror, self.into):
            made.mkdir()

    def about(self, repository: Repository, commit: str, directory: str = "") -> list[str]:
        return [
            *("--app", "play", "--repository", repository.address, "--commit", commit),
            *("--directory", directory, "--pinned"),
        ]

    def fetch(self, repository: Repository, commit: str, directory: str = "") -> Done:
        about = self.about(repository, commit, directory)
        return self.forge.tree("fetch", *about, "--mirror", self.mirror)

    def write(self, repository: Repository, commit: str, directory: str = "") -> Done:
        shutil.rmtree(self.into)
        self.into.mkdir()
        about = self.about(repository, commit, directory)
        return self.forge.tree("write", *about, "--mirror", self.mirror, "--into", self.into)

    def made(self, repository: Repository, commit: str, directory: str = "") -> dict[str, Content]:
        """Fetch and write a commit, which must succeed; return what is there."""
        fetched = self.fetch(repository, commit, directory)
        assert fetched.returncode == 0, fetched.stderr
        written = self.write(repository, commit, directory)
        assert written.returncode == 0, written.stderr
        return there(self.into)


def there(folder: Path) -> dict[str, Content]:
    """Return every file and link below a folder, as a commit would be given it."""
    found: dict[str, Content] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = Link(str(path.readlink()))
        elif path.is_file():
            runs = path.stat().st_mode & 0o100
            found[name] = Program(path.read_text()) if runs else path.read_bytes()
    return found


def partly(repository: Repository, mirror: Path, *ids: str) -> None:
    """Have a repository with some objects of another, as a fetch that was killed would leave it."""
    subprocess.run(["git", "init", "-q", "--bare", str(mirror)], check=True)
    for id_ in ids:
        source = repository.path / "objects" / id_[:2] / id_[2:]
        to = mirror / "objects" / id_[:2] / id_[2:]
        to.parent.mkdir(exist_ok=True)
        shutil.copy(source, to)


def unlike(path: Path) -> None:
    """Change a file's content, and neither its size nor its times."""
    before = path.stat()
    path.chmod(0o644)
    path.write_bytes(b"#" * before.st_size)
    path.chmod(before.st_mode)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def looked(place: Place, repository: Repository, commit: str, *words: str) -> Done:
    """Look at a commit that is there without the content of its files."""
    cache = Repository(place.cache)
    if not place.cache.exists():
        cache.git("init", "-q", "--bare")
    path = f"file://{repository.path}"
    repository.git("config", "uploadpack.allowFilter", "true")
    cache.git("fetch", "-q", "--depth=1", "--filter=blob:none", path, commit)
    place.forge.asked()
    place.forge.lfs.asked.clear()
    about = place.about(repository, commit)
    return place.forge.tree("look", *about, "--cache", place.cache, *words)


def parts(done: Done) -> dict[str, Any]:
    """Return what was told of the commit."""
    assert done.returncode == 0, done.stderr
    (text,) = (line for line in done.stdout.splitlines() if line.startswith("parts "))
    found: dict[str, Any] = json.loads(text.removeprefix("parts "))
    return found

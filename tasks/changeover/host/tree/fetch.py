"""Having all that a release consists of on the host: the mirror, submodules, large files."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..files import Failure
from . import address, large
from .folders import LARGE, MODULES
from .git import Git, GitError
from .large import Pointer
from .look import SurveyRequest
from .parts import Part
from .reach import UNSOUND, Reach, Unreadable

_ALL = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_POINTERS = "refs/changeover/pointers"


def fetch(request: SurveyRequest, mirror: Path) -> None:
    """
    Have all that a commit consists of; what is there is not asked for.

    What another commit needed of submodules and large files goes. Raises Failure, or Unreadable.
    """
    git = Git(mirror)
    git.unlock()  # only one script works at a time, so a lock is a dead run's
    _mirror(git, request)
    part, problems = request.survey(mirror, Reach(whole=True))
    if problems:
        raise Failure("\n".join(problems))
    _drop_modules(mirror / MODULES, {inner.git.folder for inner in part.all()})
    _large(mirror / LARGE, list(part.all()))


def _mirror(git: Git, request: SurveyRequest) -> None:
    git.make()
    if git.has_all(request.commit):
        return
    if git.has(request.commit):
        git.clear()  # what a dead run, or a full disk, has left of it
    shown = address.shown(request.repository)
    how = ("fetch", "-q", "--prune", "--force", "--", request.repository)
    try:
        git.run(*how, *_ALL)
    except GitError as error:
        kind = Failure if UNSOUND in str(error) else Unreadable
        raise kind(f"cannot fetch from {shown}: {error}") from None
    if git.has(request.commit):
        return
    try:
        git.run("fetch", "-q", "--", request.repository, request.commit)
    except GitError as error:
        raise Failure(f"{shown} has no commit {request.commit}: {error}") from None


def _drop_modules(folder: Path, wanted: set[Path]) -> None:
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        if path not in wanted:
            shutil.rmtree(path)
    if not wanted & set(folder.glob("*")) and folder.is_dir():
        folder.rmdir()


def _large(store: Path, parts: Sequence[Part]) -> None:
    """Have the content of large files, each what its pointer says, and nothing else."""
    wanted = {pointer for part in parts for pointer in part.large.values() if pointer.size}
    if not wanted and store.exists():
        shutil.rmtree(store)
    stored = {pointer.stored(store) for pointer in wanted}
    for path in (store / "lfs").rglob("*"):
        if path.is_file() and path not in stored:
            path.unlink()
    lacking = {pointer for pointer in wanted if not pointer.is_of(pointer.stored(store))}
    for pointer in lacking:
        pointer.stored(store).unlink(missing_ok=True)
    for part in parts:
        own = {one for one in part.large.values() if one in lacking}
        if own:
            _download(Git(store), part, own)
            lacking -= {one for one in own if one.is_of(one.stored(store))}
    if lacking:
        raise Failure(f"git-lfs fetched something else than {len(lacking)} pointers say")


def _download(git: Git, part: Part, wanted: Iterable[Pointer]) -> None:
    """Have git-lfs fetch what a commit of pointers names, in a repository where nothing else is."""
    git.make()
    files = b"".join(
        b"M 100644 inline %d\ndata %d\n%s\n" % (number, len(text), text)
        for number, text in enumerate(one.text() for one in wanted)
    )
    head = f"commit {_POINTERS}\ncommitter Changeover <> 0 +0000\ndata 0\n".encode()
    git.run("fast-import", "--force", "--quiet", given=head + files)
    how = ["-c", f"remote.origin.url={part.address}"]
    if part.endpoint != large.endpoint(part.address, ""):
        how += ["-c", f"lfs.url={part.endpoint}"]
    try:
        git.run(*how, "lfs", "fetch", "origin", _POINTERS)
    except GitError as error:
        shown = address.shown(part.endpoint)
        raise Unreadable(f"cannot fetch large files from {shown}: {error}") from None

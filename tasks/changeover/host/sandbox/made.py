"""
What an install has made beside the files that it was given: kept by it, and shown in releases.

An environment's folder ``made`` is a copy of that part of the app's tree in which the install ran.
Of it stays what is new: ``node_modules`` wherever they are, what scripts of packages wrote. A
release shows each of these by a link at its place. All links lead through one, the ``pivot``,
which names the environment: so another environment takes its place by one rename.
"""

import os
import stat
import subprocess
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from pathlib import Path
from posixpath import basename, dirname, join, normpath, relpath

from ..files import Failure
from .link import link, opened, text_at

MADE, LIST = "made", ".made"
PACKAGES = "node_modules"
VIEW = ".changeover/view"
"""Where a release has folders of packages some of which are its own files."""
_MOST = 20_000
# within a folder of packages: its own folders of packages, and the programs of all
_INNER = ("@", ".bin")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def keep(environment: Path, given: Collection[str], whole: str = "") -> None:
    """
    Remove from an environment's ``made`` what was given to the install; note what is to be shown.

    That is all ``node_modules``, and what lies below ``whole``: packages that only build a front
    end shall put nothing among the files of a back end. Follows no link. Raises Failure, by name,
    for what cannot be shown.
    """
    found: list[str] = []
    with closing(_Opened(environment)) as top, closing(_Opened(MADE, top.at)) as made:
        _trim(made.at, "", given, found)
        below = "" if whole == "." else f"{whole}/"
        found = [
            path
            for path in found
            if basename(path) == PACKAGES or (whole and path.startswith(below))
        ]
        for path in found:
            if not path.isprintable():
                raise Failure(f"{path!r} is a name that cannot be printed")
        with suppress(FileNotFoundError):
            os.unlink(LIST, dir_fd=top.at)
        with os.fdopen(os.open(LIST, _NEW, 0o644, dir_fd=top.at), "w") as file:
            file.writelines(f"{path}\n" for path in sorted(found))


class _Opened:
    """An open folder."""

    def __init__(self, path: Path | str, at: int | None = None) -> None:
        self.at = os.open(path, _FOLDER, dir_fd=at)

    def close(self) -> None:
        """Close it."""
        os.close(self.at)


def _trim(at: int, path: str, given: Collection[str], found: list[str]) -> None:
    mine: list[str] = []
    with os.scandir(at) as entries:
        for entry in entries:
            full = join(path, entry.name)
            (mine if full in given else found).append(entry.name if full in given else full)
            if len(found) > _MOST:
                raise Failure(f"more than {_MOST} files were made beside those of the app")
    for name in mine:
        if stat.S_ISDIR(os.lstat(name, dir_fd=at).st_mode):
            before = len(found)
            with closing(_Opened(name, at)) as inner:
                _trim(inner.at, join(path, name), given, found)
            if len(found) == before:
                os.rmdir(name, dir_fd=at)
        else:
            os.unlink(name, dir_fd=at)


def show(release: Path, pivot: str, environment: Path) -> None:
    """
    Link what an environment has made into a release.

    What the commit has of its own stays, but for ``node_modules``. The pivot comes last, so a
    release without it is not linked yet.
    """
    listed = environment / LIST
    paths = listed.read_text().splitlines() if listed.exists() else []
    for path in paths:
        through = join(pivot, MADE, path)
        if basename(path) == PACKAGES and _has_own(environment, path):
            _view(release, environment, path, through)
            through = join(VIEW, path)
        _put(release, path, through)
    if paths:
        subprocess.run(["sync", "-f", str(release)], check=True)
    link(release, pivot, os.path.relpath(environment, (release / pivot).parent))


def _put(release: Path, path: str, to: str) -> None:
    """Link a path of a release to another one, unless the commit has something there."""
    text = relpath(to, dirname(path) or ".")
    there = text_at(release, path)
    if there == text:
        return
    ours = there is None or ".changeover/" in there or f".venv/{MADE}/" in there
    if ours or basename(path) == PACKAGES:
        link(release, path, text, durable=False)


def _view(release: Path, environment: Path, path: str, through: str) -> None:
    """Show a folder of packages of which some are the app's own: those lead into the release."""
    for name, to in _entries(environment, path):
        at = join(VIEW, path, name)
        if to is not None and _is_own(path, name, to):
            text = relpath(_led_to(path, name, to), dirname(at))
        elif to is not None and f"{_led_to(path, name, to)}/".startswith(f"{path}/"):
            text = to  # to another name of the same folder
        else:
            text = relpath(join(through, name), dirname(at))
        link(release, at, text, durable=False)


def _has_own(environment: Path, path: str) -> bool:
    """Tell whether some packages of a folder are the app's own: links to its tree."""
    return any(
        to is not None and _is_own(path, name, to) for name, to in _entries(environment, path)
    )


def _is_own(path: str, name: str, to: str) -> bool:
    led = _led_to(path, name, to)
    outside = led.startswith(("../", "/")) or led == ".."
    return not outside and not f"{led}/".startswith(f"{path}/")


def _led_to(path: str, name: str, to: str) -> str:
    return normpath(join(path, dirname(name), to))


def _entries(environment: Path, path: str) -> Iterator[tuple[str, str | None]]:
    """Yield what a folder of packages holds: its name, and where it leads if it is a link."""
    try:
        at = opened(environment / MADE, path)
    except OSError:
        return  # no folder, or below a link
    try:
        yield from _within(at, "")
    finally:
        os.close(at)


def _within(at: int, path: str) -> Iterator[tuple[str, str | None]]:
    with os.scandir(at) as entries:
        names = [(one.name, one.is_symlink(), one.is_dir(follow_symlinks=False)) for one in entries]
    if len(names) > _MOST:
        raise Failure(f"more than {_MOST} packages lie in one folder")
    for name, is_link, is_folder in sorted(names):
        if is_link:
            yield join(path, name), os.readlink(name, dir_fd=at)
        elif is_folder and not path and name.startswith(_INNER):
            with closing(_Opened(name, at)) as inner:
                yield from _within(inner.at, name)
        else:
            yield join(path, name), None

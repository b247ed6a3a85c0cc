"""Files that survive a power cut: written whole or not at all, saved and put back."""

import os
import stat
from pathlib import Path
from typing import Any

# of what is saved: settings and links, no data
LARGEST = 16 << 20
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Failure(Exception):  # noqa: N818 - the word people read
    """Something that a person has to know or do; the message says both."""


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list of names, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes, mode: int = 0o600, owner: tuple[int, int] = (0, 0)) -> None:
    """Put a file in place by one rename: it is the old one or the new one, also after a crash."""
    new = _beside(path)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if os.geteuid() == 0:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)  # last: a new owner takes the set-id bits away
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync(path.parent)


def _beside(path: Path) -> Path:
    """
    Return a name for what is to replace a file; hidden, as folders are read.

    It is always the same, so that what a crash leaves is replaced; unless somebody who may write
    in that folder has put a folder there.
    """
    new = path.with_name(f".{path.name}.changeover")
    try:
        new.unlink(missing_ok=True)
    except (IsADirectoryError, PermissionError):
        import secrets  # every program imports this module, and hardly one needs it

        return path.with_name(f".{path.name}.{secrets.token_hex(8)}.changeover")
    return new


def save(path: Path, copy: Path) -> dict[str, Any]:
    """
    Note what a path is now, with a file's content durably at ``copy``.

    Never follows a link, never waits for a pipe. Raises Failure for a folder or a device: what
    cannot be put back must not be touched. The same for a path below a link of a release: what
    lies behind it is not the release's.
    """
    _refuse_links_above(path)
    noted: dict[str, Any] = {"path": str(path)}
    try:
        found = path.lstat()
    except FileNotFoundError:
        return noted | {"kind": "absent"}
    if stat.S_ISLNK(found.st_mode):
        return noted | {"kind": "link", "target": str(path.readlink())}
    _must_be_file(path, found)
    with os.fdopen(os.open(path, _OPEN), "rb") as file:
        found = os.fstat(file.fileno())
        _must_be_file(path, found)  # also if it was swapped meanwhile
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Failure(f"{path} is larger than {LARGEST >> 20} MB, so its undo cannot be prepared")
    write(copy, content)
    return noted | {
        "kind": "file",
        "copy": copy.name,
        "sha256": _sum(content),
        "mode": stat.S_IMODE(found.st_mode),
        "owner": [found.st_uid, found.st_gid],
    }


def _refuse_links_above(path: Path) -> None:
    for above in path.parents:
        if above.parent.name == "releases":
            return
        if "releases" in above.parts and above.is_symlink():
            raise Failure(f"{above} is a symbolic link of the commit: {path} below it is elsewhere")


def _must_be_file(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Failure(f"{path} is neither a file nor a link, so its undo cannot be prepared")


def _sum(content: bytes) -> str:
    import hashlib  # it takes its time, and most programs save nothing

    return hashlib.sha256(content).hexdigest()


def check_saved(noted: dict[str, Any], folder: Path, otherwise: str) -> None:
    """Raise Failure, with what to do, unless what was noted can be put back."""
    if noted["kind"] != "file":
        return
    copy = folder / noted["copy"]
    try:
        content = copy.read_bytes()
    except FileNotFoundError:
        raise Failure(f"{copy}, the copy of {noted['path']}, is missing; {otherwise}") from None
    if _sum(content) != noted["sha256"]:
        raise Failure(f"{copy}, the copy of {noted['path']}, is damaged; {otherwise}")


def put_back(noted: dict[str, Any], folder: Path) -> None:
    """Make a path again what was noted; does nothing more when done twice."""
    path = Path(noted["path"])
    if noted["kind"] == "absent":
        if not path.parent.is_dir():
            return  # it went with its folder
        path.unlink(missing_ok=True)
        sync(path.parent)
    elif noted["kind"] == "link":
        new = _beside(path)
        new.symlink_to(noted["target"])
        new.rename(path)
        sync(path.parent)
    else:
        content = (folder / noted["copy"]).read_bytes()
        write(path, content, noted["mode"], tuple(noted["owner"]))

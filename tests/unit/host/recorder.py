"""What a program and its children did to a disk, from a record of their system calls (strace)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.host.disk import Disk, Node

_CALLS = (
    "?open openat ?creat write pwrite64 ftruncate ?rename renameat renameat2 ?symlink symlinkat"
    " ?unlink unlinkat ?rmdir ?mkdir mkdirat ?link linkat fsync fdatasync sync syncfs"
    " ?chmod fchmod fchmodat sendfile copy_file_range"
)
_LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (\d+)")
_BEGUN = re.compile(r"(\d+) +(\w+\(.*) <unfinished \.\.\.>")
_RESUMED = re.compile(r"(\d+) +<\.\.\. \w+ resumed>(.*)")
# a descriptor with its path, a string, or a word; of a descriptor the number is not needed
_ARGUMENT = re.compile(
    r'(?:\w+<(?P<file>[^>]*)>|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^,"<]+))(?:, |$)'
)

_BY_DESCRIPTOR = ("write", "pwrite64", "ftruncate", "fsync", "fdatasync", "fchmod")

Call = tuple[str, list[str], bytes]


def command(record: Path) -> tuple[str, ...]:
    """Return the words to put before a command line."""
    calls = _CALLS.replace(" ", ",")
    return ("strace", "-f", "-qq", "-y", "-s", "1000000", "-e", f"trace={calls}", "-o", str(record))


def calls(record: Path) -> Iterator[Call]:
    """Return each call that succeeded: its name, its arguments as text, what it wrote."""
    begun: dict[str, str] = {}
    for line in record.read_text().splitlines():
        if match := _BEGUN.fullmatch(line):
            begun[match[1]] = match[2]
            continue
        if match := _RESUMED.fullmatch(line):
            line = f"{match[1]} {begun.pop(match[1])}{match[2]}"
        if match := _LINE.match(line):
            yield _call(match[2], match[3], int(match[4]))


def _call(name: str, text: str, result: int) -> Call:
    arguments, written = [], b""
    for match in _ARGUMENT.finditer(text):
        if match["text"] is None:
            arguments.append(match["file"] if match["file"] is not None else match["word"])
            continue
        written = ast.literal_eval(f"b{match['text']}")
        arguments.append(written.decode(errors="replace"))
    return name, arguments, written[:result]


def apply(disk: Disk, call: Call) -> bool:
    """Do to the disk what a call did; tell whether it is one that matters to it."""
    name, arguments, written = call
    if name in ("sync", "syncfs"):
        disk.top.sync_all()
        return True
    paths = arguments[:1] if name in _BY_DESCRIPTOR else _paths(name, arguments)
    if not any(disk.covers(path) for path in paths):
        return False
    does = next((does for kind, does in _KINDS.items() if kind in name), None)
    assert does is not None, f"{name} is not modelled"
    return does(disk, paths, arguments, written)


def _paths(name: str, arguments: list[str]) -> list[str]:
    """Return the paths that a call names, whole."""
    if name.startswith("symlink"):
        arguments = arguments[1:]  # what it points to is only text
    if name in ("open", "creat", "rename", "symlink", "unlink", "rmdir", "mkdir", "link", "chmod"):
        return arguments[: 2 if name in ("rename", "link") else 1]
    folders = arguments[0:4:2] if name.startswith(("rename", "link")) else arguments[:1]
    names = arguments[1:4:2] if name.startswith(("rename", "link")) else arguments[1:2]
    return [str(Path(folder, path)) for folder, path in zip(folders, names, strict=True)]


def _open(disk: Disk, paths: list[str], arguments: list[str], _: bytes) -> bool:
    flags = " ".join(arguments)
    node = disk.node(paths[0])
    if node is None:
        assert "O_CREAT" in flags, paths
        disk.add(paths[0], Node("file", int(arguments[-1], 8) & ~0o022))
    elif "O_TRUNC" in flags and node.content:
        node.content = b""
    else:
        return False
    return True


def _write(disk: Disk, paths: list[str], _: list[str], written: bytes) -> bool:
    # always at the end: nobody here writes into the middle of a file; the last tree proves it
    _node(disk, paths[0]).content += written
    return True


def _sync(disk: Disk, paths: list[str], _: list[str], __: bytes) -> bool:
    _node(disk, paths[0]).sync()
    return True


def _rename(disk: Disk, paths: list[str], _: list[str], __: bytes) -> bool:
    disk.add(paths[1], disk.take(paths[0]))
    return True


def _symlink(disk: Disk, paths: list[str], arguments: list[str], _: bytes) -> bool:
    node = Node("link", 0o777, arguments[0].encode())
    node.sync()  # a name and what it points to are one thing
    disk.add(paths[0], node)
    return True


def _remove(disk: Disk, paths: list[str], _: list[str], __: bytes) -> bool:
    disk.take(paths[0])
    return True


def _mkdir(disk: Disk, paths: list[str], arguments: list[str], _: bytes) -> bool:
    disk.add(paths[0], Node("folder", int(arguments[-1], 8) & ~0o022))
    return True


def _chmod(disk: Disk, paths: list[str], arguments: list[str], _: bytes) -> bool:
    mode = next(int(word, 8) for word in arguments[1:] if re.fullmatch("0[0-7]+", word))
    _node(disk, paths[0]).mode = mode
    return True


def _node(disk: Disk, path: str) -> Node:
    node = disk.node(path)
    assert node is not None, path
    return node


_KINDS = {
    "open": _open,
    "write": _write,
    "rename": _rename,
    "symlink": _symlink,
    "unlink": _remove,
    "rmdir": _remove,
    "mkdir": _mkdir,
    "fsync": _sync,
    "fdatasync": _sync,
    "chmod": _chmod,
}

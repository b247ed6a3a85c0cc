"""A file system that forgets what was not synced: what may be left of it after a power cut."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(eq=False)
class Node:
    """A file, a folder or a link, as programs see it now and as the disk surely has it."""

    kind: str
    mode: int
    content: bytes = b""
    names: dict[str, "Node"] = field(default_factory=dict)
    synced: "tuple[int, bytes, dict[str, Node]]" = (0, b"", {})

    def sync(self) -> None:
        """What it holds is on the disk from now on: for a folder its names, not what they name."""
        self.synced = (self.mode, self.content, dict(self.names))

    def sync_all(self) -> None:
        """The same for all below."""
        self.sync()
        for node in self.names.values():
            node.sync_all()


class Disk:
    """What is below one folder."""

    def __init__(self, root: Path) -> None:
        """Take what is there, as synced."""
        self.root = root
        self.top = _read(root)
        self.top.sync_all()

    def covers(self, path: str) -> bool:
        """Tell whether a path is on this disk."""
        return path == str(self.root) or path.startswith(f"{self.root}/")

    def node(self, path: str) -> Node | None:
        """Return what is at a path now; nothing is followed."""
        found: Node | None = self.top
        for name in Path(path).relative_to(self.root).parts:
            found = found.names.get(name) if found else None
        return found

    def parent(self, path: str) -> Node:
        """Return the folder of a path."""
        found = self.node(str(Path(path).parent))
        assert found is not None, path
        return found

    def add(self, path: str, node: Node) -> None:
        """Give a node a name; it takes the place of what had it."""
        self.parent(path).names[Path(path).name] = node

    def take(self, path: str) -> Node:
        """Take a name away."""
        return self.parent(path).names.pop(Path(path).name)

    def left(self) -> Iterator["Left"]:
        """Return what may be left after a power cut now, each once."""
        seen = []
        for choice in _CHOICES:
            how = dict(zip(sorted(self.top.names), choice, strict=True))
            left = {name: _left(self.top.names[name], how[name]) for name in how}
            if left not in seen:
                seen.append(left)
                yield left

    def now(self) -> "Left":
        """Return what programs see."""
        return {name: _left(node, "all") for name, node in self.top.names.items()}

    def put(self, left: "Left") -> None:
        """Make the real folder so."""
        for name, tree in left.items():
            shutil.rmtree(self.root / name)
            _write(self.root / name, tree)


# Of the two folders at the top: what was synced; all names, but of files only what was synced;
# every other name; or everything, as after a crash of programs alone.
_CHOICES = (
    *[("synced", "synced"), ("names", "names"), ("odd names", "odd names"), ("all", "all")],
    *[("synced", "all"), ("all", "synced"), ("synced", "names"), ("names", "synced")],
)
Tree = tuple[str, int, bytes, "Left"]
Left = dict[str, Tree]


def _left(node: Node, how: str) -> Tree:
    mode, content, names = node.synced
    if how != "synced" and node.kind == "folder":
        mode = node.mode
        names = node.names if how != "odd names" else _mixed(names, node.names)
    if how == "all":
        mode, content = node.mode, node.content
    return (
        node.kind,
        mode or node.mode,
        content,
        {name: _left(names[name], how) for name in sorted(names)},
    )


def _mixed(old: dict[str, Node], new: dict[str, Node]) -> dict[str, Node]:
    """Of the names that differ every other one; what was renamed has one of both names."""
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) is not new.get(name))
    taken = {name: new.get(name) for name in changed[::2]}
    mixed = {name: node for name, node in (old | taken).items() if node is not None}
    moved = {id(node) for node in taken.values() if node}
    mixed = {name: node for name, node in mixed.items() if name in taken or id(node) not in moved}
    kept = {id(node) for node in mixed.values()}
    lost = [name for name in changed[1::2] if name in new and id(new[name]) not in kept]
    return mixed | {name: new[name] for name in lost}


def _read(path: Path) -> Node:
    mode = path.lstat().st_mode & 0o7777
    if path.is_symlink():
        return Node("link", mode, str(path.readlink()).encode())
    if path.is_dir():
        return Node("folder", mode, names={one.name: _read(one) for one in path.iterdir()})
    return Node("file", mode, path.read_bytes())


def tree(path: Path) -> Tree:
    """Return what a real folder holds, in the same form."""
    return _left(_read(path), "all")


def _write(path: Path, tree: Tree) -> None:
    kind, mode, content, names = tree
    if kind == "link":
        path.symlink_to(os.fsdecode(content))
        return
    if kind == "file":
        path.write_bytes(content)
    else:
        path.mkdir()
        for name, below in names.items():
            _write(path / name, below)
    path.chmod(mode)

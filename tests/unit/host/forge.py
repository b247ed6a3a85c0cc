"""Real repositories behind a stand-in for ssh, and a Git LFS server: as a commit needs them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from changeover.lab.large_files import LargeFiles
from tests.unit.package import host_program

PROGRAM = host_program("tree")
SERVER = "git.example"
# what ssh asks a server to do is done here; each question is noted
SSH = """#!/bin/bash
while [ $# -gt 0 ]; do
    case $1 in -o | -i | -p | -l | -F) shift 2 ;; -*) shift ;; *) break ;; esac
done
echo "$*" >> {folder}/asked
[ "${{1#*@}}" = {server} ] || {{ echo "ssh: Could not resolve hostname ${{1#*@}}" >&2; exit 255; }}
shift
case "$*" in
    git-lfs-authenticate*) [ -f {folder}/lfs ] || exit 1; cat {folder}/lfs ;;
    git-lfs-transfer*) echo "git-lfs-transfer: command not found" >&2; exit 127 ;;
    git-upload-pack*)
        repository=$(tr -d "'" <<< "${{1#* }}")
        [ -d "$repository" ] || {{ echo "ERROR: Repository not found." >&2; exit 1; }}
        [ ! -e {folder}/old ] || unset GIT_PROTOCOL # as a server whose sshd does not take it
        GIT_CONFIG_GLOBAL={folder}/server.config exec sh -c "$*" ;;
esac
"""
CONFIG = "[uploadpack]\nallowFilter = true\nallowAnySHA1InWant = true\n[safe]\ndirectory = *\n"


@dataclass(frozen=True)
class Link:
    """A symbolic link of a commit."""

    to: str


@dataclass(frozen=True)
class Program:
    """A file of a commit that may be run."""

    text: str


@dataclass(frozen=True)
class Module:
    """A submodule of a commit."""

    commit: str


Content = str | bytes | Link | Program | Module
Files = dict[str, Content]


@dataclass
class Repository:
    """A bare repository on the server."""

    path: Path

    @property
    def address(self) -> str:
        """Where it is fetched from."""
        return f"ssh://git@{SERVER}{self.path}"

    def git(self, *words: str, given: bytes = b"") -> str:
        """Run git in it."""
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "gc.auto=0")
        command = ["git", "--git-dir", str(self.path), *who, *words]
        date = {"GIT_AUTHOR_DATE": "1767355200 +0000", "GIT_COMMITTER_DATE": "1767355200 +0000"}
        done = subprocess.run(
            command, input=given, capture_output=True, check=True, env={**os.environ, **date}
        )
        return done.stdout.decode().strip()

    def blob(self, content: bytes) -> str:
        """Store a file's content."""
        return self.git("hash-object", "-w", "--stdin", given=content)

    def commit(self, files: Mapping[str, Content], branch: str = "main") -> str:
        """Make a commit of these files, and no others, the tip of a branch."""
        return self.commit_tree(self.tree(files), branch)

    def commit_tree(self, tree: str, branch: str = "main") -> str:
        """Make a commit of a tree the tip of a branch."""
        commit = self.git("commit-tree", "-m", "made", tree)
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tree(self, files: Mapping[str, Content]) -> str:
        """Store a tree."""
        folders: dict[str, dict[str, Content]] = {}
        rows = []
        for path, content in files.items():
            name, inside, rest = path.partition("/")
            if inside:
                folders.setdefault(name, {})[rest] = content
            else:
                rows.append((*self._entry(content), name))
        rows += [("40000", self.tree(inner), name) for name, inner in folders.items()]
        return self.raw_tree(rows)

    def raw_tree(self, rows: list[tuple[str, str, str]]) -> str:
        """Store a tree of modes, ids and names as they are, in git's order."""
        rows = sorted(
            rows, key=lambda row: os.fsencode(row[2]) + (b"/" if row[0] == "40000" else b"")
        )
        raw = b"".join(
            f"{mode} ".encode() + os.fsencode(name) + b"\0" + bytes.fromhex(id_)
            for mode, id_, name in rows
        )
        return self.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=raw)

    def _entry(self, content: Content) -> tuple[str, str]:
        if isinstance(content, Module):
            return "160000", content.commit
        if isinstance(content, Link):
            return "120000", self.blob(content.to.encode())
        if isinstance(content, Program):
            return "100755", self.blob(content.text.encode())
        return "100644", self.blob(content.encode() if isinstance(content, str) else content)


def modules(**addresses: str) -> str:
    """Return a .gitmodules; a path's slashes are written as two underscores."""
    named = {key.replace("__", "/"): address for key, address in addresses.items()}
    return "".join(
        f'[submodule "{path}"]\n\tpath = {path}\n\turl = {address}\n'
        for path, address in named.items()
    )


@dataclass
class Forge:
    """A server with repositories, and what it was asked."""

    folder: Path
    lfs: LargeFiles = field(default_factory=LargeFiles)

    def __post_init__(self) -> None:
        (self.folder / "bin").mkdir(parents=True)
        ssh = self.folder / "bin" / "ssh"
        ssh.write_text(SSH.format(folder=self.folder, server=SERVER))
        ssh.chmod(0o755)
        (self.folder / "server.config").write_text(CONFIG)

    def age(self) -> None:
        """Be an old server from now on: it gives only tips of branches and tags by their ids."""
        (self.folder / "old").touch()
        (self.folder / "server.config").write_text("[safe]\ndirectory = *\n")

    def repository(self, name: str) -> Repository:
        """Make a repository."""
        made = Repository(self.folder / f"{name}.git")
        command = ["git", "init", "-q", "--bare", "-b", "main", str(made.path)]
        subprocess.run(command, check=True)
        return made

    def asked(self) -> list[str]:
        """Return what ssh was asked since this was last called."""
        path = self.folder / "asked"
        found = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    @property
    def environment(self) -> dict[str, str]:
        """In which git finds the server."""
        return {
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        }

    def tree(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run the program."""
        command = [sys.executable, "-I", str(PROGRAM), *map(str, words)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=self.environment, timeout=60
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve Git LFS meanwhile."""
        with self.lfs.serving() as about:
            (self.folder / "lfs").write_text(about)
            yield

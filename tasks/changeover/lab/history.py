"""The history of a sample app: each version a commit, the same on every machine.

An app's folder holds ``v1``, ``v2`` and so on. The tree of version N is the folders 1 to N laid
one over the other, minus the paths in ``.deleted`` of each of them as it is laid.
"""

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from changeover.lab.command import run

DELETED = ".deleted"
# What running an app in place leaves behind; it is no part of a version.
LITTER = {"__pycache__", "node_modules", ".venv", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
PERSON = "Changeover Lab"
EMAIL = "lab@changeover.test"
# Version N is committed on the Nth day of this month.
MONTH = "2026-01-{day:02}T12:00:00+0000"


@dataclass(frozen=True)
class Submodule:
    """What a commit has in the place of another repository's commit."""

    commit: str


@dataclass(frozen=True)
class Version:
    """One version of an app: its name and the file behind each of its paths."""

    name: str
    files: dict[str, Path]


def apps(folder: Path) -> list[str]:
    """Return the apps that have versions."""
    return sorted(path.name for path in folder.glob("*") if path.is_dir() and overlays(path))


def overlays(app: Path) -> list[Path]:
    """Return an app's version folders in numeric order."""
    found = [path for path in app.glob("v*") if re.fullmatch(r"v[0-9]+", path.name)]
    return sorted((path for path in found if path.is_dir()), key=lambda path: int(path.name[1:]))


def versions(app: Path) -> list[Version]:
    """Return what each version of an app consists of."""
    files: dict[str, Path] = {}
    planned = []
    for overlay in overlays(app):
        files = {**files, **_own_files(overlay)}
        for doomed in _deleted(overlay):
            files = {path: file for path, file in files.items() if not _within(path, doomed)}
        planned.append(Version(overlay.name, files))
    return planned


def _own_files(overlay: Path) -> dict[str, Path]:
    return {
        str(path.relative_to(overlay)): path
        for path in sorted(overlay.rglob("*"))
        if (path.is_file() or path.is_symlink())
        and path.name != DELETED
        and path.suffix != ".pyc"
        and not LITTER & set(path.relative_to(overlay).parts)
    }


def _deleted(overlay: Path) -> list[str]:
    path = overlay / DELETED
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.strip().strip("/") for line in lines if line.strip()]


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


class Repository:
    """A bare git repository whose commits depend on their content alone."""

    def __init__(self, path: Path) -> None:
        """Take its folder, which may not be there yet."""
        self.path = path

    def create(self) -> None:
        """Make the repository, where there is none."""
        run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.path)])
        # Partial clones, and the commits that a branch has left behind.
        for option in ("allowFilter", "allowAnySHA1InWant", "allowReachableSHA1InWant"):
            self.git("config", f"uploadpack.{option}", "true")

    def build(self, planned: list[Version]) -> None:
        """Commit and tag each version; the highest is the branch ``main``."""
        commit = None
        for day, version in enumerate(planned, start=1):
            tree = self._tree(version.files)
            commit = self.commit(tree, commit, f"Version {version.name[1:]}", day)
            self.git("update-ref", f"refs/tags/{version.name}", commit)
            self.git("update-ref", "refs/heads/main", commit)

    def has_branch(self, branch: str) -> bool:
        """Tell whether a branch exists."""
        return bool(self.git("for-each-ref", f"refs/heads/{branch}"))

    def change(
        self, base: str | None, changes: Mapping[str, str | Submodule | None], message: str
    ) -> str:
        """
        Commit files changed, or with None removed, on top of a ref; return the commit's id.

        Without a base it is the first commit.
        """
        parent = self.git("rev-parse", "--verify", f"{base}^{{commit}}") if base else None
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            if parent:
                self.git("read-tree", parent, environment=index)
            for path, content in changes.items():
                self._stage(path, content, index)
            return self.commit(self.git("write-tree", environment=index), parent, message, 28)

    def _stage(self, path: str, content: str | Submodule | None, index: dict[str, str]) -> None:
        if content is None:
            entry = f"0 {'0' * 40}\t{path}\n"
        elif isinstance(content, Submodule):
            entry = f"160000 {content.commit}\t{path}\n"
        else:
            blob = self.git("hash-object", "-w", "--stdin", text=content)
            mode = "100755" if content.startswith("#!") else "100644"
            entry = f"{mode} {blob}\t{path}\n"
        self.git("update-index", "--index-info", environment=index, text=entry)

    def commit(self, tree: str, parent: str | None, message: str, day: int) -> str:
        """Commit a tree by the lab's own person, on a day of the lab's own month."""
        date = MONTH.format(day=day)
        person = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", PERSON), ("EMAIL", EMAIL), ("DATE", date))
        }
        parents = ["-p", parent] if parent else []
        return self.git("commit-tree", tree, *parents, "-m", message, environment=person)

    def _tree(self, files: dict[str, Path]) -> str:
        with tempfile.TemporaryDirectory() as scratch:
            for name, file in files.items():
                target = Path(scratch, "tree", name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target, follow_symlinks=False)
            Path(scratch, "tree").mkdir(exist_ok=True)
            place = {"GIT_INDEX_FILE": f"{scratch}/index", "GIT_WORK_TREE": f"{scratch}/tree"}
            self.git("add", "--all", "--force", environment=place)
            return self.git("write-tree", environment=place)

    def git(
        self,
        *arguments: str,
        environment: dict[str, str] | None = None,
        text: str | None = None,
    ) -> str:
        """Run git on this repository, by no configuration but its own; return what it says."""
        own = {
            "GIT_DIR": str(self.path),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
        }
        return run(
            ["git", *arguments], environment=own | (environment or {}), text=text
        ).stdout.strip()

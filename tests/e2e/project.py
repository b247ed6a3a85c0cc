"""A project of a user's own, and a Changeover that is installed for it from a wheel."""

import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from changeover.lab import Lab
from tests.e2e.releases import ROOT, Run, environment


@dataclass(frozen=True)
class Project:
    """A folder that somebody works in, and what is installed for it."""

    folder: Path
    programs: Path
    lab: Lab
    host: str

    def run(self, program: str, *words: str) -> Run:
        """Run a program of the installation, in the folder."""
        with self.start(program, *words) as process:
            output, _ = process.communicate()
        return Run(process.returncode, output)

    def start(self, program: str, *words: str) -> "subprocess.Popen[str]":
        """Begin to run one; the caller waits for it, or kills it."""
        variables = {
            key: value for key, value in environment(self.lab).items() if "PYTHON" not in key
        }
        return subprocess.Popen(
            [self.programs / program, *words],
            cwd=self.folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pyinfra(self, deploy: str, *options: str, **data: str) -> Run:
        """Run a deploy file against the host; ``data`` becomes --data."""
        return self.run("pyinfra", *self.command(deploy, *options, **data))

    def command(self, deploy: str, *options: str, **data: str) -> list[str]:
        """Return the words with which pyinfra runs a deploy file against the host."""
        values = [part for key, value in data.items() for part in ("--data", f"{key}={value}")]
        words = ["-y", "inventories/lab.py", f"deploys/{deploy}.py", "--limit", self.host]
        return [*words, *options, *values]

    def add(self, app: str, deploy: str, values: Mapping[str, object], secrets: str) -> None:
        """Give it an app: the deploy file, its values beside where the code is, its secrets."""
        origin = self.lab.origin
        values = {
            "repository": origin.url(app),
            "deploy_key": str(origin.deploy_key(app)),
            "known_hosts": origin.known_hosts(),
            **values,
        }
        lines = [f"{app}_{key} = {value!r}\n" for key, value in values.items()]
        (self.folder / f"deploys/{app}.py").write_text(deploy)
        (self.folder / f"group_data/{app}.py").write_text("".join(lines))
        (self.folder / "secrets/lab").mkdir()
        kept = self.folder / f"secrets/lab/{app}.env"
        kept.touch(mode=0o600)
        kept.write_text(secrets)


def wheel(checkout: Path, folder: Path) -> Path:
    """Build the wheel of a checkout into an empty folder; return it."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=checkout, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def install(found: Path, folder: Path) -> Path:
    """Install a wheel, and what it asks for, into an environment; return where programs are."""
    if not folder.exists():
        venv.create(folder, with_pip=True)
    pip = [str(folder / "bin/pip"), "--disable-pip-version-check", "-q"]
    # of two versions that are being worked on, both may have the same number
    subprocess.run([*pip, "uninstall", "-y", "changeover"], check=True)
    subprocess.run([*pip, "install", f"{found}[checks]"], check=True)
    return folder / "bin"


def new(lab: Lab, programs: Path, above: Path, host: str) -> Project:
    """Return a project that ``changeover new`` has written."""
    made = Project(above, programs, lab, host).run("changeover", "new", "servers")
    assert made.status == 0, made.output
    return Project(above / "servers", programs, lab, host)


def archive(commit: str, folder: Path) -> bool:
    """Put an older state of this checkout into a folder; tell whether its history has it."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit]
    told = subprocess.run(command, capture_output=True, check=False)
    if told.returncode:
        return False
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=told.stdout, check=True)
    return True

"""Run a host's scripts for real, below a folder: their paths moved, their users left out."""

import os
import subprocess
import sys
from pathlib import Path

from changeover.host.sandbox.walls import NETWORK_SETTINGS
from changeover.plans.probe import files, packed
from tests.unit.package import host_program, installed

PLACES = (
    "/var/lib/systemd",
    *(
        "/srv/playmaker",
        "/srv/hello",
        "/var/lib/changeover",
        "/var/backups/changeover",
        "/run/changeover",
    ),
    *("/etc/changeover", "/etc/nginx", "/etc/systemd/system", "/opt/changeover"),
    *("/usr/local/lib/changeover", "/usr/local/share/changeover", "/var/cache/changeover"),
)
# Walls need systemd: what is run behind them is run without, and all else is the program's own.
# What a build would see elsewhere it sees there, in a mount namespace.
SANDBOX = f"""
import os, subprocess, sys
words = sys.argv[1:]
if words[0] != "run":
    os.execv(sys.executable, [sys.executable, {str(host_program("sandbox"))!r}, *words])
with open(__file__ + ".asked", "a") as file:
    print(*words, file=file)
at = words.index("--")
how, command = words[:at], words[at + 1 :]
seen = [value for key, value in zip(how, how[1:]) if key in ("--read", "--write")]
elsewhere = [one for one in seen if ":" in one]
if words[1] == "build" and elsewhere and not os.environ.get("CHANGEOVER_MOUNTED"):
    mounts = []
    for source, place in (one.split(":", 1) for one in elsewhere):
        os.makedirs(place, exist_ok=True)
        mounts.append(f"mount --bind {{source}} {{place}}")
    os.environ["CHANGEOVER_MOUNTED"] = "yes"
    mount = " && ".join([*mounts, 'exec "$@"'])
    again = ["sh", "-c", mount, "sh", sys.executable, __file__, *words]
    os.execvp("unshare", ["unshare", "-m", "--propagation", "private", *again])
for key, value in zip(how, how[1:]):
    if key == "--folder" and os.path.isdir(value):
        os.chdir(value)
    if key == "--set":
        os.environ.update([value.split("=", 1)])
os.execvp(command[0], command)
"""
# The host's own nginx listens where a test says; by default nobody does.
EXPECT = """
import sys
sys.path.insert(0, {programs!r})
from host.visitor import request
from host.expect.cli import main
request._HTTP, request._HTTPS = {ports}
sys.exit(main())
"""
NGINX = "_HTTP, _HTTPS = 80, 443"
# Without root there is one user only: who asks for another stays this one.
STUBS = {
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    "chown": "exit 0",
    "install": """
owner=; for word; do shift
    case $owner$word in yes*) owner=; continue ;; -o | -g) owner=yes; continue ;; esac
    set -- "$@" "$word"
done
PATH=${PATH#*:} exec install "$@"
""",
}


class Shell:
    """A folder that stands for a host."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "bin"
        self.programs.mkdir()
        for name, body in STUBS.items():
            self.stub(name, body)
        self.stub("python3", f'exec {sys.executable} "$@"')
        self.stub("sandbox", f'exec {sys.executable} {self.programs}/sandbox.py "$@"')
        (self.programs / "sandbox.py").write_text(SANDBOX)
        self.stub("expect", f'exec {sys.executable} -I {self.programs}/expect.py "$@"')
        self.listens()
        self.stub("tree", f'exec {sys.executable} {host_program("tree")} "$@"')
        # what a stub calls running stays so: nobody waits long for it
        self.stub("units", f'exec {sys.executable} {host_program("units")} --kill-seconds 0.3 "$@"')

    def stub(self, name: str, body: str) -> None:
        """Put a command before the system's."""
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def listens(self, http: int = 1, https: int = 1) -> None:
        """Have the host's own nginx listen on these ports."""
        self._ports = (http, https)
        text = EXPECT.format(programs=str(installed()), ports=self._ports)
        (self.programs / "expect.py").write_text(text)

    def __truediv__(self, path: str) -> Path:
        """Return where a path of the host is."""
        return self.root / path.removeprefix("/")

    def write(self, path: str, text: str = "", mode: int = 0o644) -> Path:
        """Write a file of the host, with its folders."""
        file = self / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def moved(self, text: str) -> str:
        """Return a script or an expectation with the host's paths below the folder."""
        for name in ("expect", "sandbox", "tree", "units"):
            if not (self / f"/usr/local/lib/changeover/{name}").exists():
                text = text.replace(f'"$programs/{name}"', name)
                text = text.replace(f'\\"$programs/{name}\\"', name)
        text = text.replace(NGINX, f"_HTTP, _HTTPS = {self._ports}")
        for place in PLACES:
            text = text.replace(place, f"{self.root}{place}")
        return text.replace("pwd.getpwnam(app)", "pwd.getpwuid(os.geteuid())")

    def try_(
        self, script: str, stdin: str = "", seconds: int = 30
    ) -> "subprocess.CompletedProcess[str]":
        """Run a script; return how it ended."""
        path = f"{self.programs}:{os.environ['PATH']}"
        network = {name: os.environ[name] for name in NETWORK_SETTINGS if name in os.environ}
        return subprocess.run(
            ["bash", "-c", self.moved(script)],
            input=stdin,
            env={"PATH": path, "HOME": str(self.root), **network},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def run(self, script: str, stdin: str = "", seconds: int = 30) -> str:
        """Run a script, which must succeed; return what it printed."""
        done = self.try_(script, stdin, seconds)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def probe(self, script: str, line: str = "") -> str:
        """Run a probe, with the package that it is sent; return what it printed."""
        return self.run(script, self.sent() + line)

    def sent(self) -> str:
        """Return that package as it would be sent."""
        return packed({path: self.moved(text) for path, text in files().items()}) + "\n"

    @property
    def walls(self) -> str:
        """What was run behind walls, and behind which: a line each."""
        path = self.programs / "sandbox.py.asked"
        return path.read_text() if path.exists() else ""

    def tree(self) -> dict[str, str]:
        """Return every file and link below the folder, with what is in it."""
        return {
            str(path.relative_to(self.root)): _content(path)
            for path in sorted(self.root.rglob("*"))
            if "bin" not in path.relative_to(self.root).parts
        }


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    if path.is_dir():
        return f"folder {path.stat().st_mode:o}"
    return f"{path.stat().st_mode:o} {path.read_bytes()!r}"

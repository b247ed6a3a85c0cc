"""The origin: the sample apps' git repositories, behind real ssh, private to each app's key."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from changeover.lab import history, keys, names, ssh, state
from changeover.lab.environment import APPS
from changeover.lab.errors import LabError
from changeover.lab.files import locked, write
from changeover.lab.history import Repository, Submodule
from changeover.lab.server import Server

PLACE = "/srv/git"
# git-shell, the user's shell, runs nothing but git's own commands and what is in this folder.
SERVE = f"""#!/bin/sh
# serve APP: let the holder of an app's deploy key read that app's repository and its libraries,
# and be told of the server of its large files; nothing else.
allowed="{PLACE}/$1.git"
libraries="{PLACE}/libraries/$1-"
case $SSH_ORIGINAL_COMMAND in
    *..*) ;;
    "git-upload-pack '$allowed'") exec git-upload-pack --strict "$allowed" ;;
    "git-upload-pack '$libraries"*"'")
        path=${{SSH_ORIGINAL_COMMAND#*\\'}}
        exec git-upload-pack --strict "${{path%\\'}}"
        ;;
    "git-lfs-authenticate $allowed download") exec cat "{PLACE}/$1.lfs" ;;
esac
echo "this key may only read $allowed" >&2
exit 1
"""
SETUP = f"""set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends git
apt-get clean
useradd --system --create-home --home-dir /home/git --shell /usr/bin/git-shell git
install -d -m 755 {PLACE} /home/git/git-shell-commands
install -d -m 755 /home/git/.ssh
git config --system --add safe.directory '*'
echo 'AcceptEnv GIT_PROTOCOL' > /etc/ssh/sshd_config.d/git.conf
"""
SERVER = Server(names.ORIGIN, SETUP)


class Origin:
    """The origin of one lab."""

    def __init__(self, number: int) -> None:
        """Take the lab's number."""
        self.number = number

    @property
    def address(self) -> str:
        """The origin's address."""
        return names.address(self.number, names.ORIGIN_PART)

    def url(self, app: str) -> str:
        """Return where an app's repository is cloned from."""
        return f"ssh://git@{self.address}{PLACE}/{app}.git"

    def deploy_key(self, app: str) -> Path:
        """Return the key that may read an app's repository, and no other."""
        return state.lab_folder(self.number) / "deploy-keys" / app

    def known_hosts(self) -> str:
        """Return the origin's own keys, as the lines of a known_hosts file."""
        return "".join(f"{line}\n" for line in ssh.host_key_lines(self._record()))

    def apps(self) -> list[str]:
        """Return the apps that are served."""
        place = self._record().root / PLACE[1:]
        return sorted(path.stem for path in place.glob("*.git"))

    def push(
        self,
        app: str,
        changes: Mapping[str, str | Submodule | None],
        message: str,
        tag: str | None = None,
        branch: str = "main",
        base: str | None = None,
    ) -> str:
        """
        Commit changes on top of a ref, move the branch there, and return the commit's id.

        Each path is given its new text, or None to be removed. The ref is by default the branch
        itself, or ``main`` for a new branch.
        """
        with locked(self._lock):
            repository = self._repository(app)
            begin = base or (branch if repository.has_branch(branch) else "main")
            commit = repository.change(begin, changes, message)
            repository.git("update-ref", f"refs/heads/{branch}", commit)
            if tag:
                repository.git("update-ref", f"refs/tags/{tag}", commit)
        return commit

    def library(self, app: str, name: str, files: Mapping[str, str]) -> str:
        """
        Have a repository beside an app's, with one more commit of these files; return its id.

        The app names it ``../libraries/<app>-<name>.git``, and its deploy key may read it.
        """
        repository = Repository(self._record().root / PLACE[1:] / f"libraries/{app}-{name}.git")
        with locked(self._lock):
            repository.create()
            base = "main" if repository.has_branch("main") else None
            commit = repository.change(base, files, "Library")
            repository.git("update-ref", "refs/heads/main", commit)
        return commit

    def large_files(self, app: str, server: str) -> None:
        """Tell who reads an app's repository of the server that has its large files."""
        write(self._record().root / PLACE[1:] / f"{app}.lfs", server)

    def refresh(self) -> list[str]:
        """Make every repository anew from the sample apps; return the apps."""
        with locked(self._lock):
            found = history.apps(APPS)
            for app in found:
                self._build(app)
            self._grant()
        return found

    def complete(self) -> None:
        """Make the repositories that are not there yet; the others keep what was pushed."""
        with locked(self._lock):
            for app in set(history.apps(APPS)) - set(self.apps()):
                self._build(app)
            self._grant()

    @property
    def _lock(self) -> str:
        return f"{self.number}.origin"

    def _record(self) -> state.Record:
        record = state.load(state.hosts_folder(self.number) / names.ORIGIN)
        if record is None:
            raise LabError("this lab has no origin: changeover lab origin")
        return record

    def _repository(self, app: str) -> Repository:
        path = self._record().root / PLACE[1:] / f"{app}.git"
        if not path.is_dir():
            raise LabError(f"the origin has no app {app!r}; it has {', '.join(self.apps())}")
        return Repository(path)

    def _build(self, app: str) -> None:
        complete = self._record().root / PLACE[1:] / f"{app}.git"
        building = complete.with_name(f".{app}")
        shutil.rmtree(building, ignore_errors=True)
        repository = Repository(building)
        repository.create()
        repository.build(history.versions(APPS / app))
        shutil.rmtree(complete, ignore_errors=True)
        building.rename(complete)
        keys.make_key(self.deploy_key(app), f"{app} deploy key")

    def _grant(self) -> None:
        home = self._record().root / "home/git"
        serve = home / "git-shell-commands/serve"
        write(serve, SERVE, 0o755)
        lines = [
            f'restrict,command="serve {app}" {self.deploy_key(app).with_suffix(".pub").read_text()}'
            for app in self.apps()
        ]
        write(home / ".ssh/authorized_keys", "".join(lines))

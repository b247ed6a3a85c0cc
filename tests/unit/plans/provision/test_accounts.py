"""Users and folders of an app, and whose they are."""

import os
import pwd
from dataclasses import replace

import pytest

from changeover.plans.provision.accounts import accounts_script, decide_accounts
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target


def test_folders_are_named_that_are_not_as_they_should_be() -> None:
    well = serving(target())
    wrong = replace(well, folders={**well.folders, "/srv/playmaker/shared": "root root 755"})

    assert decide_accounts(target(), wrong).why == "to make or mend: /srv/playmaker/shared"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")
def test_an_environment_that_is_the_apps_becomes_roots(shell: Shell) -> None:
    file = shell.write(target().paths.env_file, "KEY=value\n", 0o600)
    os.chown(file, pwd.getpwnam("games").pw_uid, 0)
    linger = shell.write("/var/lib/systemd/linger/playmaker")
    shell.stub("useradd", "exit 0")

    shell.run(accounts_script(target()))

    assert (file.read_text(), file.stat().st_mode & 0o777, file.stat().st_uid) == (
        *("KEY=value\n", 0o640),
        0,
    )
    assert not linger.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")
def test_an_environment_that_the_app_has_made_a_link_is_named(shell: Shell) -> None:
    file = shell.write(f"{target().paths.shared}/.keep").parent / ".env"
    file.symlink_to("/etc/shadow")
    shell.stub("useradd", "exit 0")
    os.chown(file, pwd.getpwnam("games").pw_uid, 0, follow_symlinks=False)

    done = shell.try_(accounts_script(target()))

    assert done.returncode == 1
    assert ".env is a symbolic link of the app's" in done.stderr
    assert file.is_symlink()

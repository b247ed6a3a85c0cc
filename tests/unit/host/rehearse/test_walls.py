"""A rehearsal whose app is another user: its copy is out of reach, and root follows nothing."""

import os
import pwd
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.host.rehearse.test_sqlite import MADE
from tests.unit.host.rehearsing import Rehearsal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act for other users")

APP, MARKER = "daemon", "what belongs to somebody else"
# as systemd does it: the folder is shown at its place, to the app's user
RUN = """
. FOLDER/environment
export DATABASE_URL
exec unshare -m sh -c 'mount --make-rprivate / && mount --bind FOLDER/data /run/changeover-leaf \\
    && exec setpriv --reuid daemon --regid daemon --clear-groups /usr/bin/python3 -c "$1" "$2"' \\
    sh 'import os, sqlite3, sys
path = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
if sys.argv[1].startswith("LINK"):
    os.unlink(path)
    os.symlink(sys.argv[1].removeprefix("LINK "), path)
else:
    sqlite3.connect(path).executescript(sys.argv[1])' "$1"
"""


@pytest.fixture
def app() -> Iterator[Rehearsal]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        root = Path(name)
        root.chmod(0o755)
        user, shared = pwd.getpwnam(APP), root / "shared"
        shared.mkdir()
        with closing(sqlite3.connect(shared / "app.db")) as connection:
            connection.executescript(MADE)
        with closing(sqlite3.connect(root / "other.db")) as connection:
            connection.execute("CREATE TABLE secret (v)")
            connection.execute("INSERT INTO secret VALUES (?)", (MARKER,))
            connection.commit()
        (root / "other.db").chmod(0o600)
        for path in (shared, *shared.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
        how = ["--sqlite", str(shared / "app.db"), "--within", str(shared)]
        made = Rehearsal(root, how, RUN, f"sqlite:///{shared}/app.db")
        made.user = APP
        yield made


def test_each_step_is_taken_on_a_copy_that_is_the_apps(app: Rehearsal) -> None:
    wanted = {"kind": "NoNulls", "table": "users", "column": "mail", "since": None}
    app.expectations = [wanted]
    steps = app.seen("ALTER TABLE users ADD COLUMN mail TEXT DEFAULT ''", "DELETE FROM users")
    assert steps[1]["destructive"] == ["users: all 3 rows were deleted"]
    refused = app.run("ALTER TABLE users ADD COLUMN mail TEXT")
    assert "not as expected: column users.mail: expected no NULL" in refused.stderr


def test_a_migration_that_leaves_a_link_shows_nobody_elses_data(app: Rehearsal) -> None:
    done = app.run(f"LINK {app.root}/other.db")
    assert done.returncode == 1
    assert "is a symbolic link out of /run/changeover-leaf" in done.stderr
    assert MARKER not in done.stdout + done.stderr
    assert not app.folder.exists()


def test_a_database_that_is_a_link_is_refused(app: Rehearsal) -> None:
    database = Path(app.how[1])
    database.unlink()
    link = ["ln", "-s", str(app.root / "other.db"), str(database)]
    become = ["setpriv", "--reuid", APP, "--regid", APP, "--clear-groups"]
    subprocess.run([*become, *link], check=True)
    done = app.run("DELETE FROM users")
    assert done.returncode == 1
    assert f"{database} is a symbolic link out of" in done.stderr
    assert "nothing was changed and the site was not closed" in done.stderr


@pytest.mark.parametrize("kind", ["link", "pipe", "large"])
def test_an_environment_that_the_app_made_is_not_given_to_it(app: Rehearsal, kind: str) -> None:
    secret = app.root / "secret.env"
    secret.write_text(f"DATABASE_URL={app.url}\nSECRET={MARKER}\n")
    secret.chmod(0o600)
    app.environment.unlink()
    if kind == "link":
        app.environment.symlink_to(secret)
        user = pwd.getpwnam(APP)
        os.chown(app.environment, user.pw_uid, user.pw_gid, follow_symlinks=False)
    elif kind == "pipe":
        os.mkfifo(app.environment)
    else:
        app.environment.touch()
        os.truncate(app.environment, 1 << 40)
    done = app.run("DELETE FROM users")
    assert done.returncode == 1
    assert f"{app.environment} is " in done.stderr
    assert MARKER not in done.stdout + done.stderr


def test_nobody_but_root_enters_the_copys_folder(app: Rehearsal) -> None:
    mode = f"{sys.executable} -c 'import os; print(oct(os.stat(\"FOLDER\").st_mode & 0o777))' >&2"
    app.script = f"{mode}; exit 1"
    assert "0o700" in app.run("x").stderr

"""An app that puts another app's data in the place of its database gets none of it released."""

import json
import re
import shlex
import time
from collections.abc import Iterator

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import load, releases
from tests.e2e.load import KEPT
from tests.e2e.releases import Run

pytestmark = pytest.mark.lab

MARKER = "a row that belongs to the other app alone"
DATA, DATABASE = "/srv/playmaker/shared", "/srv/playmaker/shared/playmaker.db"
THEIRS = "/srv/other/shared"
OUR_TRACEBACK = re.compile(r'File "(/usr/local/lib/changeover|[^"]*/(tasks/changeover|pyinfra)/)')
QUICK_SECONDS = 240
# another app as a host has it; its database is readable by all, should anybody come as far
OTHER = """
useradd --system --no-create-home other
install -d -m 0755 /srv/other
install -d -m 1770 -o root -g other THEIRS
python3 - <<'PYTHON'
import sqlite3
connection = sqlite3.connect("THEIRS/playmaker.db")
source = sqlite3.connect("/srv/playmaker/shared/playmaker.db")
source.backup(connection)
connection.execute("CREATE TABLE secret (v)")
connection.executemany("INSERT INTO secret VALUES (?)", [("MARKER",)] * 200)
connection.commit()
PYTHON
chown other:other THEIRS/playmaker.db; chmod 0644 THEIRS/playmaker.db
""".replace("MARKER", MARKER).replace("THEIRS", THEIRS)
# every file that a release could have made, also inside of compressed ones; by descriptor, as what
# is a file for the list may be a link to the other app's when it is read
PLACES = ["/var/backups", "/var/lib/changeover", DATA, "/tmp", "/var/tmp", "/run/changeover-leaf"]
SEARCH = f"""
python3 - <<'PYTHON'
import os, stat, subprocess
for top in filter(os.path.isdir, {PLACES!r}):
    for folder, _, names, inside in os.fwalk(top):
        for name in names:
            how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            try:
                descriptor = os.open(name, how, dir_fd=inside)
            except OSError:
                continue  # a link, a socket, or gone
            with open(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    continue
                content = file.read()
                if name.endswith(".zst"):
                    content = subprocess.run(["zstd", "-dcq"], input=content, stdout=-1).stdout
            if {MARKER!r}.encode() in content:
                print(os.path.join(folder, name))
PYTHON
"""
LINK = f"ln -sfn {THEIRS}/playmaker.db {DATABASE}"
LOOP = f"while :; do {LINK}; ln -f {DATA}/real {DATABASE}; done"
LEAVES_A_LINK = f"""\
import os
if "CHANGEOVER_REHEARSAL" in os.environ:
    return
os.rename("{DATABASE}", "{DATABASE}.stolen")
os.symlink("{THEIRS}/playmaker.db", "{DATABASE}")
raise ValueError("a link was left")"""
# what an undo once read, and cleared, in the app's own folder
LEAVES_TRAPS = f"""\
import os
if "CHANGEOVER_REHEARSAL" in os.environ:
    return
with open("{DATABASE.replace("playmaker.db", ".playmaker.db.restore.json")}", "w") as file:
    file.write("[" * 100000)
os.makedirs("{DATABASE.replace("playmaker.db", ".playmaker.db.restore")}/inner")
os.chmod("{DATABASE.replace("playmaker.db", ".playmaker.db.restore")}", 0)
os.chmod("{DATABASE}", 0)
raise ValueError("traps were left")"""
# on a database to which nothing else is done
FORGES_TIMES = f"""\
import os
if "CHANGEOVER_REHEARSAL" in os.environ:
    return
was = os.stat("{DATABASE}")
with open("{DATABASE}", "r+b") as file:
    content = file.read()
    assert b"first" in content
    file.seek(0)
    file.write(content.replace(b"first", b"worst"))
os.utime("{DATABASE}", ns=(was.st_atime_ns, was.st_mtime_ns))
raise ValueError("the times were forged")"""
ATTACKS = {
    "link": (LINK, f"leads to {THEIRS}/playmaker.db, which is not the app's"),
    "pipe": (f"rm {DATABASE}; mkfifo {DATABASE}", "playmaker.db is no file"),
    "log": (f"rm -f {DATABASE}-wal; mkfifo {DATABASE}-wal", "playmaker.db-wal is no file"),
    "folder": (f"rm {DATABASE}; mkdir {DATABASE}", "playmaker.db is no file"),
}


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host with PlayMaker's v2 and another app's database."""
    made = lab.up("walls-sqlite", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    load.wait_until(lambda: load.nginx_answers(made), "the host that was just booted serves")
    load.write(made, *KEPT)
    made.run(OTHER)
    yield made
    lab.down(made.name)


def as_app(host: LabHost, script: str, check: bool = True) -> int:
    """Run a script as the app's user; return its status."""
    command = f"runuser -u playmaker -- sh -c {shlex.quote(script)}"
    return host.run(command, check=check).returncode


def spoil(host: LabHost, script: str) -> None:
    """Have the running app keep its database by another name, and do something to the first."""
    host.run("systemctl stop playmaker")  # its log goes into the file
    as_app(host, f"cd {DATA}; ln {DATABASE} real; {script}")
    host.run("systemctl start playmaker.socket")


def mend(host: LabHost) -> None:
    """Put the database back."""
    host.run("systemctl stop playmaker.socket playmaker")
    as_app(host, f"rm -rf {DATABASE} {DATABASE}-wal {DATABASE}-shm; mv {DATA}/real {DATABASE}")
    host.run("systemctl start playmaker.socket playmaker")


def leaked(host: LabHost) -> list[str]:
    """Return files outside of the other app's folder that hold its rows."""
    return host.run(SEARCH).stdout.split()


def is_healthy(host: LabHost) -> bool:
    """Tell whether nothing is open, closed or failed, and the app serves."""
    state = host.run("ls -A /var/lib/changeover/playmaker").stdout.split()
    left = {"undo.d", "redo.d", "stuck", "maintenance", "quiesced", "rehearsal"} & set(state)
    return not left and load.names(host) == list(KEPT)


def timed(lab: Lab, host: LabHost, ref: str) -> Run:
    """Release; nothing may make it hang."""
    began = time.monotonic()
    run = load.release(lab, host, ref)
    assert time.monotonic() - began < QUICK_SECONDS
    # the app's own, whose file goes and comes, may stand in its log's last lines
    assert not OUR_TRACEBACK.search(run.output), run.output
    return run


def test_the_look_for_what_leaked_finds_it_and_follows_no_link(host: LabHost) -> None:
    """Else all that follows would say nothing."""
    plain, packed, link = f"{DATA}/theirs", "/var/backups/theirs.zst", f"{DATA}/link"
    host.run(f"cp {THEIRS}/playmaker.db {plain}; zstd -q {plain} -o {packed}")
    host.run(f"ln -s {THEIRS}/playmaker.db {link}")
    assert sorted(leaked(host)) == sorted([plain, packed])
    host.run(f"rm {plain} {packed} {link}")
    assert leaked(host) == []


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.slow
def test_what_is_in_the_place_of_the_database_is_refused_by_name(
    lab: Lab, host: LabHost, attack: str
) -> None:
    script, said = ATTACKS[attack]
    spoil(host, script)
    try:
        run = timed(lab, host, "v3")
        assert run.status == 1, run.output
        assert said in run.output
        assert DATA in run.output
        assert leaked(host) == []
    finally:
        mend(host)
    assert is_healthy(host)


@pytest.mark.slow
def test_a_hard_link_is_not_made_by_the_kernel(host: LabHost) -> None:
    assert as_app(host, f"ln {THEIRS}/playmaker.db {DATA}/hard", check=False) != 0
    # nor by somebody who can enter the folder
    host.run(f"chmod o+x {THEIRS}")
    try:
        assert as_app(host, f"ln {THEIRS}/playmaker.db {DATA}/hard", check=False) != 0
    finally:
        host.run(f"chmod o-x {THEIRS}; rm -f {DATA}/hard")


@pytest.mark.slow
def test_an_environment_that_is_a_link_is_given_to_nobody(lab: Lab, host: LabHost) -> None:
    """The file itself is root's; one that is not there yet the app could make."""
    host.run(f"echo SECRET_OF_OTHER={shlex.quote(MARKER)} > {THEIRS}/.env")
    host.run(f"chown other: {THEIRS}/.env; chmod 0600 {THEIRS}/.env; mv {DATA}/.env /root/kept")
    as_app(host, f"ln -s {THEIRS}/.env {DATA}/.env")
    try:
        run = timed(lab, host, "v3")
        assert MARKER not in run.output
        assert leaked(host) == []
    finally:
        host.run(f"rm -f {DATA}/.env; mv /root/kept {DATA}/.env; systemctl restart playmaker")
        host.run("rm -f /var/lib/changeover/playmaker/candidate.env")


def test_swaps_in_a_loop_during_a_release_get_nothing_of_the_other_app(
    lab: Lab, host: LabHost
) -> None:
    spoil(host, "true")
    host.run(
        "systemd-run --quiet --unit=swapper -p User=playmaker"
        f" sh -c {shlex.quote(LOOP).replace('$', '$$')}"
    )
    try:
        for _ in range(2):
            run = timed(lab, host, "v3")
            print(run.status, run.output[-2000:])  # noqa: T201 - for whoever looks at a failure
            assert leaked(host) == []
    finally:
        host.run("systemctl stop swapper")
        mend(host)
    assert leaked(host) == []


@pytest.mark.parametrize(
    ("body", "said"), [(LEAVES_A_LINK, "a link was left"), (LEAVES_TRAPS, "traps were left")]
)
@pytest.mark.slow
def test_what_a_migration_leaves_stops_no_undo(
    lab: Lab, host: LabHost, body: str, said: str
) -> None:
    undone(lab, host, body, said)
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    kind = host.run(f"stat -c '%U %F' {DATABASE}; ls {DATA}").stdout
    assert kind.startswith("playmaker regular file\n")
    assert leaked(host) == []
    host.run(f"rm -rf {DATA}/playmaker.db.* {DATA}/.playmaker.db.*")


def undone(lab: Lab, host: LabHost, body: str, said: str) -> None:
    """Release a migration that fails so, and see that all of it is put back."""
    branch = said.replace(" ", "-")
    wicked = lab.origin.push(load.APP, load.migration(body), branch, branch=branch, base="v3")
    run = timed(lab, host, wicked)
    assert run.status == 1, run.output
    assert said in run.output
    assert load.records(host)[-1]["outcome"] == "undone"
    assert is_healthy(host)


def test_after_all_of_it_a_release_goes_through(lab: Lab, host: LabHost) -> None:
    run = timed(lab, host, "v3")
    assert run.status == 0, run.output
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")
    assert leaked(host) == []
    manifests = host.run("cat /var/backups/changeover/playmaker/*.json").stdout
    assert '"secret"' not in manifests
    assert timed(lab, host, "v3").steps(host.name) == []
    owners = host.run(f"stat -c '%U' {DATABASE} {THEIRS}/playmaker.db").stdout.split()
    assert owners == ["playmaker", "other"]
    assert json.loads(host.run("tail -n 1 /var/lib/changeover/playmaker/ledger.jsonl").stdout)[
        "outcome"
    ] == ("committed")


@pytest.mark.slow
def test_data_that_was_changed_without_a_trace_is_put_back(lab: Lab, host: LabHost) -> None:
    """The app sets the old time: an undo that trusts it would find nothing to put back."""
    undone(lab, host, FORGES_TIMES, "the times were forged")
    assert load.serves(host) == (load.commit(lab, "v3"), "0002")
    assert host.run(f"ls {DATA}").stdout.count("playmaker.db.undone-") >= 1

"""A hostile repository: what it runs reaches nothing that is not its own, and nobody's secrets."""

import json
import re
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import CHANGES, domain
from tests.e2e import releases
from tests.e2e.releases import ROOT, Run, get

pytestmark = pytest.mark.lab

APP = "playmaker"
ATTACK = (ROOT / "tests/e2e/hostile/attack.sh").read_text()
PACKAGE: dict[str, object] = json.loads(
    (ROOT / "tests/apps/playmaker/v1/frontend/package.json").read_text()
)
NAMES = {
    *("HOME", "INVOCATION_ID", "LANG", "LOGNAME", "OLDPWD", "PATH", "PWD", "SHLVL", "USER", "_"),
    "SYSTEMD_EXEC_PID",
}
SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def host(lab: Lab) -> Iterator[LabHost]:
    """Return a host with two apps, entered by a user whose sudo wants a password."""
    layer = releases.layer(lab, "provisioned")
    settings = {"layer": layer, "user": "admin", "sudo_password": True}
    made = lab.up("walled", groups=[APP, "hello"], **settings)  # type: ignore[arg-type]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(CHANGES, json.dumps({"_preserve_sudo_env": True}))
            done = release(lab, "v1")
            assert done.status == 0, done.output
            yield made
    finally:
        lab.down("walled")


def release(lab: Lab, ref: str, **data: str) -> Run:
    return releases.pyinfra(
        lab, "release", "--limit", "walled", playmaker_ref=ref, hello_ref="v1", **data
    )


def push(lab: Lab, name: str, changes: dict[str, str | None]) -> str:
    """Push a commit on top of v1."""
    return lab.origin.push(APP, changes, name, branch=name, base="v1")


def with_scripts(**scripts: str) -> str:
    """Return a package.json with scripts that npm runs by itself or by name."""
    return json.dumps(PACKAGE | {"scripts": {"build": "vite build", **scripts}})


def as_root(host: LabHost, command: str) -> str:
    return host.run(command, user="root").stdout


def in_force(host: LabHost, link: str) -> str:
    """Return the folder that a link of the release leads to that serves."""
    return as_root(host, f"readlink -f /srv/playmaker/current/{link}").strip()


def is_well(host: LabHost, app: str) -> bool:
    return get(host, "/api/health", domain=domain(host, app))[0] == 200


def test_code_of_a_repository_reaches_nothing_and_learns_no_secret(lab: Lab, host: LabHost) -> None:
    before = as_root(host, "ls -l /etc/cron.d /srv/hello /usr/local/bin")
    build = f"sh attack.sh $PWD/attacked without-network {lab.origin.address}; vite build"
    changes: dict[str, str | None] = {
        "frontend/attack.sh": ATTACK,
        "frontend/package.json": with_scripts(
            postinstall="sh attack.sh $PWD/attacked",
            build=f"{build} && cp attacked attacked.env attacked.user dist/",
        ),
    }
    push(lab, "hostile", changes)

    done = release(lab, "hostile")

    assert done.status == 0, done.output
    environment = Path(in_force(host, "frontend/node_modules")).parent
    built = in_force(host, "frontend/dist")
    for place in (str(environment), built):
        assert as_root(host, f"cat {place}/attacked") == "", place
        assert as_root(host, f"cat {place}/attacked.user").strip() == "playmaker-build"
        lines = as_root(host, f"cat {place}/attacked.env").splitlines()
        given = {line.partition("=")[0] for line in lines if "=" in line}
        unknown = {
            one for one in given if not re.match(r"npm_|NPM_|NODE|INIT_CWD|COLOR|EDITOR", one)
        }
        assert unknown <= NAMES | {"VITE_APP_TITLE"}, unknown
        assert str(host.sudo_password) not in "\n".join(lines)
    assert as_root(host, "pgrep -u playmaker-build || true") == ""
    after = as_root(host, "ls -l /etc/cron.d /srv/hello /usr/local/bin")
    assert after == before
    assert is_well(host, "hello")
    assert is_well(host, APP)


def test_a_package_that_builds_itself_and_what_git_is_told_reach_nothing(
    lab: Lab, host: LabHost
) -> None:
    lock = (ROOT / "tests/apps/playmaker/v1/requirements.txt").read_text()
    pins = re.findall(r"^[a-z][^ ;]*==[^ ;\\]+", lock, re.MULTILINE)
    changes: dict[str, str | None] = {
        "requirements.txt": "\n".join([*pins, "./hostile", ""]),
        "hostile/pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
        'backend-path = ["."]\n[project]\nname = "hostile"\nversion = "1"\n',
        "hostile/backend.py": (ROOT / "tests/e2e/hostile/backend.py").read_text(),
        "hostile/attack.sh": ATTACK,
        # drivers and addresses that a commit names are not run and not fetched
        ".gitattributes": "*.md filter=own diff=own merge=own export-subst text eol=crlf\n"
        "frontend/package.json export-ignore\n",
        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = https://127.0.0.1/x\n',
        # what is made on the host takes the place of what was committed by mistake
        ".venv/bin/python": "#!/bin/sh\necho committed\n",
        "frontend/node_modules/vite/index.js": "throw new Error('committed')\n",
        "NOTES.md": "$Format:%H$\n",
    }
    push(lab, "odd", changes)

    done = release(lab, "odd")

    assert done.status == 0, done.output
    environment = in_force(host, ".venv")
    assert as_root(host, f"cat {environment}/attacked") == ""
    assert as_root(host, f"cat {environment}/attacked.user").strip() == "playmaker-build"
    assert str(host.sudo_password) not in as_root(host, f"cat {environment}/attacked.env")
    assert environment.startswith("/srv/playmaker/environments/python-")
    assert in_force(host, "frontend/node_modules").startswith("/srv/playmaker/environments/node-")
    assert as_root(host, "cat /srv/playmaker/current/NOTES.md") == "$Format:%H$\n"
    assert is_well(host, APP)


def test_nobody_but_root_may_write_what_was_made(host: LabHost) -> None:
    places = "/srv/playmaker/releases /srv/playmaker/environments /srv/playmaker/builds"
    writable = r"\( ! -user root -o ! -type l -perm /6022 \)"
    assert as_root(host, f"find {places} {writable} -print -quit") == ""
    assert as_root(
        host, f"getfacl -R {places} 2>/dev/null | grep -c '^user:.' || true"
    ).strip() in (*("", "0"),)
    for user in ("playmaker-build", "playmaker", "changeover", "hello"):
        for place in places.split():
            touched = host.run(f"touch {place}/x {place}/*/x", check=False, user=user)
            assert touched.returncode != 0
    assert as_root(host, "stat -c '%U %a' /etc/changeover/playmaker/deploy_key") == "root 600\n"


def test_again_nothing_changes(lab: Lab, host: LabHost) -> None:
    done = release(lab, "odd")

    assert done.status == 0, done.output
    assert done.steps(host.name) == []


@pytest.mark.parametrize(
    ("script", "data", "said"),
    [
        (
            "node -e 'const a = []; while (1) a.push(Buffer.alloc(1e7, 1))'",
            {"playmaker_build_memory_max": "200M"},
            "npm ci cannot install",
        ),
        (
            "head -c 900M /dev/zero > big",
            {"playmaker_build_disk_megabytes": "600"},
            "it used more than 600 MB of the disk",
        ),
        pytest.param(
            "for i in $(seq 5000); do sleep 60 & done", {}, "npm ci cannot install", marks=SLOW
        ),
        pytest.param("mkfifo pipe", {}, "pipe is a pipe, a socket or a device", marks=SLOW),
        pytest.param("yes noise | head -c 300M; exit 1", {}, "npm ci cannot install", marks=SLOW),
    ],
    ids=["memory", "disk", "processes", "a pipe", "noise"],
)
@pytest.mark.slow
def test_what_takes_too_much_is_ended_and_undone(
    lab: Lab, host: LabHost, script: str, data: dict[str, str], said: str
) -> None:
    name = "greedy-" + "".join(re.findall("[a-z]+", script))
    package = with_scripts(postinstall=script)
    # npm keeps what it does by the lock: another lock is another environment
    lock = json.loads((ROOT / "tests/apps/playmaker/v1/frontend/package-lock.json").read_text())
    lock["packages"][""]["description"] = name
    push(
        lab,
        name,
        {"frontend/package.json": package, "frontend/package-lock.json": json.dumps(lock)},
    )
    serving = in_force(host, "")

    done = release(lab, name, **data)

    assert done.status != 0, done.output
    assert said in done.output
    assert "serves as before" in done.output
    assert len(done.output) < 5_000_000
    assert in_force(host, "") == serving
    assert as_root(host, "pgrep -u playmaker-build || true") == ""
    assert is_well(host, APP)


@pytest.mark.parametrize("to", ["../../shared/data", pytest.param("/var/important", marks=SLOW)])
def test_a_link_of_the_commit_above_a_shared_path_is_refused_by_name(
    lab: Lab, host: LabHost, to: str
) -> None:
    shared = {"playmaker_shared": json.dumps(["playmaker.db", "data/uploads/"])}
    done = release(lab, "v1", **shared)
    assert done.status == 0, done.output
    as_root(host, "mkdir -p /var/important/uploads")
    for place in ("/srv/playmaker/shared/data/uploads", "/var/important/uploads"):
        as_root(host, f"echo live > {place}/photo.jpg")
    name = "linked-" + to.strip("./").replace("/", "-")
    push_link(lab, name, "data", to)

    done = release(lab, name, **shared)

    assert done.status != 0
    assert "data: a symbolic link in commit" in done.output
    for place in ("/srv/playmaker/shared/data/uploads", "/var/important/uploads"):
        assert as_root(host, f"cat {place}/photo.jpg") == "live\n"


def push_link(lab: Lab, branch: str, path: str, to: str) -> None:
    """Push a commit with a symbolic link on top of v1, which a map of texts cannot have."""
    git = f"git -C /srv/git/{APP}.git -c user.name=t -c user.email=t@example.test"
    made = f"printf %s {shlex.quote(to)} | {git} hash-object -w --stdin"
    add = f"{git} update-index --add --cacheinfo 120000,$blob,{path}"
    lab.host("origin").run(
        f"set -e; export GIT_INDEX_FILE=$(mktemp -u); blob=$({made}); {git} read-tree v1; {add};"
        f" tree=$({git} write-tree); commit=$({git} commit-tree -p v1 -m link $tree);"
        f" {git} update-ref refs/heads/{branch} $commit; chown -R git: /srv/git/{APP}.git"
    )


@pytest.mark.parametrize("path", [".changeover/release.json", pytest.param("REVISION", marks=SLOW)])
def test_a_file_that_is_ours_is_refused_by_name(lab: Lab, host: LabHost, path: str) -> None:
    name = "own-" + path.strip(".").partition("/")[0]
    push(lab, name, {path: "{}\n"})
    serving = in_force(host, "")

    done = release(lab, name)

    assert done.status != 0
    ours = path.partition("/")[0]
    assert f"{ours}: Changeover itself writes that into every release" in done.output
    assert in_force(host, "") == serving


@pytest.mark.slow
def test_an_app_cannot_hold_up_a_release(lab: Lab, host: LabHost) -> None:
    """Its own files are pipes without end, and it tries to take every lock."""
    stop = threading.Event()
    grab = "for l in /run/changeover* /run/changeover*/*; do flock -n $l sleep 20 & done; wait"
    started = "/var/lib/changeover-started/playmaker/playmaker.service"

    def hold() -> None:
        while not stop.is_set():
            host.run(grab, check=False, user=APP)

    host.run(f"rm -f {started}; mkfifo {started}", user=APP)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        done = release(lab, "v2")
    finally:
        stop.set()
        holder.join()
    assert done.status == 0, done.output
    assert is_well(host, APP)

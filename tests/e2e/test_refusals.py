"""What can be seen to be wrong changes nothing; what fails before the switch, not the site."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.lab import HostSpec
from tests.e2e import load, releases
from tests.e2e.often import often
from tests.e2e.refused import REFUSALS, Refusal

pytestmark = pytest.mark.lab

APPS = releases.ROOT / "tests/apps/playmaker"
PLACES = "/srv /etc/nginx /etc/systemd/system /var/lib/changeover /var/backups /etc/passwd"
UNIT = "/etc/systemd/system/playmaker.service"
SITE = "/etc/nginx/sites-available/playmaker.conf"
OTHER = "/etc/nginx/sites-enabled/other.conf"
ENVIRONMENT = "DATABASE_URL=sqlite:///./playmaker.db\nSPOTIFY_CLIENT_ID=x\nSESSION_SECRET=x\n"


@pytest.fixture(scope="module")
def hosts(lab: Lab) -> Iterator[dict[str, LabHost]]:
    """Return a host that serves v2, one that is only provisioned, and a fresh one."""
    groups = ("playmaker",)
    made = lab.up_all(
        [
            HostSpec("serving", groups, layer=releases.layer(lab, "v2")),
            HostSpec("prepared", groups, layer=releases.layer(lab, "provisioned")),
            HostSpec("fresh", groups),
        ]
    )
    yield {host.name: host for host in made}
    lab.down(*(host.name for host in made))


# a single wrong setting is refused in unit tests too
SAMPLE = ("several problems at once", "a database that the ref does not know")


@pytest.mark.parametrize(
    "refusal",
    often(REFUSALS, lambda refusal: refusal.name in SAMPLE),
    ids=lambda refusal: refusal.name.replace(" ", "-"),
)
def test_settings_that_cannot_be_met_are_refused(
    refusal: Refusal, lab: Lab, hosts: dict[str, LabHost]
) -> None:
    host = hosts["serving"]
    before = digest(host)

    run = load.release(lab, host, refusal.ref, **refusal.data)

    see_refused(run, host, refusal.says)
    assert digest(host) == before
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")


@pytest.mark.slow
def test_an_environment_that_others_may_read_is_refused(
    lab: Lab, hosts: dict[str, LabHost], tmp_path: Path
) -> None:
    file = environment_file(tmp_path, mode=0o644)

    see_untouched_refusal(
        lab, [hosts["serving"]], hosts["serving"], [f"{file}: mode 0644", f"chmod 0600 {file}"],
        playmaker_env_command="", playmaker_env_file=str(file),
    )  # fmt: skip


def test_a_missing_required_key_is_named(
    lab: Lab, hosts: dict[str, LabHost], tmp_path: Path
) -> None:
    file = environment_file(tmp_path, mode=0o600)

    see_untouched_refusal(
        lab, [hosts["prepared"]], hosts["prepared"],
        ["SPOTIFY_CLIENT_SECRET: a required environment key that neither the host nor the"],
        playmaker_env_command="", playmaker_env_file=str(file),
    )  # fmt: skip


def test_what_others_made_is_never_overwritten(lab: Lab, hosts: dict[str, LabHost]) -> None:
    host = hosts["prepared"]
    plant(host, UNIT, "[Service]\nExecStart=/bin/true\n")
    plant(host, SITE, "server { listen 80; server_name elsewhere.test; }\n")
    plant(
        host, OTHER, f"server {{ listen 80; server_name {releases.DOMAIN} www.elsewhere.test; }}\n"
    )

    see_untouched_refusal(
        lab, [host], host,
        [f"{UNIT}: a file that Changeover did not make is in the way; move it away first",
         f"{SITE}: a file that Changeover did not make is in the way; move it away first",
         f"{releases.DOMAIN}: {OTHER} serves it already; remove it there or choose another name"],
    )  # fmt: skip
    host.run(f"rm {UNIT} {SITE} {OTHER}")


@pytest.mark.slow
def test_a_broken_nginx_is_left_as_it_is(lab: Lab, hosts: dict[str, LabHost]) -> None:
    host = hosts["prepared"]
    plant(host, OTHER, "include /etc/nginx/nonesuch.conf;\n")

    see_untouched_refusal(
        lab, [host], host, ["nginx: its configuration is broken", "nonesuch.conf", "mend it first"]
    )  # fmt: skip
    host.run(f"rm {OTHER}")


@pytest.mark.slow
def test_a_folder_and_a_user_of_others_are_left_as_they_are(
    lab: Lab, hosts: dict[str, LabHost]
) -> None:
    host = hosts["fresh"]
    plant(host, "/srv/playmaker/precious", "something\n")
    host.run("useradd --comment 'A person' playmaker")

    see_untouched_refusal(
        lab, [host], host,
        ["/srv/playmaker: a directory that Changeover did not make is in the way",
         "user playmaker: exists already and is not ours"],
    )  # fmt: skip


def test_one_host_with_a_problem_keeps_the_others_untouched(
    lab: Lab, hosts: dict[str, LabHost]
) -> None:
    plant(hosts["prepared"], UNIT, "[Service]\nExecStart=/bin/true\n")

    see_untouched_refusal(
        lab, [hosts["prepared"], hosts["serving"]], hosts["prepared"],
        [f"{UNIT}: a file that Changeover did not make is in the way"],
    )  # fmt: skip
    hosts["prepared"].run(f"rm {UNIT}")


def text(path: str) -> str:
    """Return a file of PlayMaker v2."""
    later = APPS / "v2" / path
    return (later if later.exists() else APPS / "v1" / path).read_text()


@pytest.mark.parametrize(
    ("path", "old", "new", "says"),
    [
        pytest.param(
            "frontend/src/main.jsx", "import", 'import "./nonesuch.js";\nimport',
            ["nonesuch.js", "the build failed: npm run build (in frontend)"], id="the-build",
        ),
        pytest.param(
            "frontend/package.json", '"react":', '"nonesuch-in-lock": "1.0.0",\n    "react":',
            ["npm ci cannot install what frontend/package-lock.json asks for"], id="npm-ci",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "requirements.txt", "uvicorn==", "uvicorn==999.",
            ["cannot install what requirements.txt asks for"], id="requirements",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_what_fails_before_the_switch_leaves_the_old_release(
    path: str, old: str, new: str, says: list[str], lab: Lab, hosts: dict[str, LabHost]
) -> None:
    host = hosts["serving"]
    broken = push(lab, path, old, new)

    run = load.release(lab, host, broken)

    see_refused(run, host, says)
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")
    assert host.run("cat /srv/playmaker/current/REVISION").stdout.strip() == load.commit(lab, "v2")


def test_an_app_that_does_not_start_is_told_with_its_own_last_words(
    lab: Lab, hosts: dict[str, LabHost]
) -> None:
    host = hosts["serving"]
    broken = push(lab, "app/main.py", "settings = Settings()", "raise SystemExit('no tuning fork')")

    run = load.release(lab, host, broken, playmaker_health_timeout_seconds="3")

    see_refused(
        run, host, ["playmaker is not healthy after 3 s", "playmaker.service", "no tuning fork"]
    )
    mended = load.release(lab, host, "v2")
    assert mended.status == 0, mended.output
    assert load.serves(host) == (load.commit(lab, "v2"), "0001")


def push(lab: Lab, path: str, old: str, new: str) -> str:
    """Push a commit that breaks a file of v2; return its id."""
    before = text(path)
    assert old in before
    branch = f"broken-{path.replace('/', '-').replace('.', '-')}"
    changes: dict[str, str | None] = {path: before.replace(old, new, 1)}
    return lab.origin.push(load.APP, changes, f"Break {path}", branch=branch, base="v2")


def plant(host: LabHost, path: str, content: str) -> None:
    """Put a file of somebody else on a host."""
    quoted = shlex.quote(path)
    host.run(f'mkdir -p "$(dirname {quoted})"; cat > {quoted}', text=content)


def environment_file(folder: Path, mode: int) -> Path:
    """Return a file with an environment in which a required key is missing."""
    file = folder / "playmaker.env"
    file.write_text(ENVIRONMENT)
    file.chmod(mode)
    return file


def digest(host: LabHost) -> str:
    """Return what names, owners, modes and contents on a host amount to."""
    # the files beside a database in WAL mode come and go with its readers
    chosen = f"find {PLACES} -path '*/environments/*/*' -prune -o -not -name '*.db-*'"
    listing = f"{chosen} -printf '%p %y %u %g %m %l\\n' | LC_ALL=C sort"
    contents = f"{chosen} -type f -print0 | LC_ALL=C sort -z"
    running = "systemctl show -p MainPID,ActiveState playmaker.service nginx.service"
    return host.run(f"{{ {listing}; {contents} | xargs -0 sha256sum; {running}; }} 2>&1").stdout


def see_untouched_refusal(
    lab: Lab, asked: list[LabHost], host: LabHost, says: list[str], **data: str
) -> None:
    """Release v3 on hosts; see it refused for the sake of one, and all as they were."""
    before = [digest(each) for each in asked]
    limits = [word for each in asked for word in ("--limit", each.name)]

    run = releases.pyinfra(lab, "release", *limits, **load.settings("v3", data))

    see_refused(run, host, says)
    assert [digest(each) for each in asked] == before


def see_refused(run: releases.Run, host: LabHost, says: tuple[str, ...] | list[str]) -> None:
    """See a release fail with exit status 1, and lines of the host that say why."""
    assert run.status == 1, run.output
    lines = [line for line in run.output.splitlines() if f"[{host.name}]" in line]
    for words in says:
        assert any(words in line for line in lines), f"{words!r} is not in {run.output}"
    assert "Traceback" not in run.output

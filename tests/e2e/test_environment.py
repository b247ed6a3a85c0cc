"""The app's environment: where values come from, what a release does to the host's file."""

import base64
import json
import re
import secrets
from pathlib import Path

import pytest

from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import DOMAIN, Run, get, pyinfra
from tests.e2e.watch import files_with, watched
from tests.lab import Lab, LabHost, environment
from tests.lab.inventory import CHANGES

pytestmark = pytest.mark.lab

ENV_FILE = "/srv/playmaker/shared/.env"
KEPT = "/var/lib/changeover/playmaker/environments"
BUILD = "readlink -e /srv/playmaker/current/frontend/dist"
# single quotes alone, then what needs double quotes and escapes, then what a shell would read
HOSTILE = {
    "HOSTILE_QUOTED": """it's "both" kinds""",
    "HOSTILE_DOLLAR": "$HOME and ${PATH} and `id` and $(id)",
    "HOSTILE_BACKSLASH": r"C:\new\table\\ and 'so on' \"",
    "HOSTILE_HASH": " # no comment, with spaces at both ends ",
    "HOSTILE_UNICODE": "São Tomé, 日本, 🎵",
    "HOSTILE_PERCENT": "%h %% =a=b= ; & | < > * ?",
    "HOSTILE_EMPTY": "",
}


class Values:
    """The environment file on the controller, private and of this test alone."""

    def __init__(self, path: Path, lab: Lab) -> None:
        self.path = path
        lines = (line.partition("=") for line in environment.lines(lab.number, "playmaker"))
        self.values = {key: value for key, _, value in lines}
        self.write()

    def write(self, **changes: str) -> None:
        """Write the file with some values changed or added."""
        self.values |= changes
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text("".join(f"{key}={_quoted(v)}\n" for key, v in self.values.items()))
        self.path.chmod(0o600)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@pytest.fixture
def values(tmp_path: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Values:
    """Return the file that releases of this test take the environment from."""
    path = tmp_path / "playmaker.env"
    changes = {"playmaker_env_command": None, "playmaker_env_file": str(path)}
    monkeypatch.setenv(CHANGES, json.dumps(changes))
    return Values(path, lab)


def run_release(
    lab: Lab, host: LabHost, *options: str, ref: str = "v2", update: tuple[str, ...] = ()
) -> Run:
    """Release PlayMaker; the keys of ``update`` are changed on the host."""
    return pyinfra(
        lab,
        "release",
        "--limit",
        host.name,
        *options,
        playmaker_ref=ref,
        playmaker_domain=DOMAIN,
        playmaker_env_update=json.dumps(update),
    )


def release(lab: Lab, host: LabHost, *options: str, ref: str = "v2", update: str = "") -> Run:
    """Release PlayMaker and see it end well."""
    done = run_release(lab, host, *options, ref=ref, update=tuple(update.split()))
    assert done.status == 0, done.output
    return done


def sees_no_changes(lab: Lab, host: LabHost, update: str = "") -> None:
    """Release once more, and see that nothing is done."""
    again = release(lab, host, update=update)
    assert again.steps(host.name) == [], again.output


def text_of(host: LabHost, path: str) -> str:
    return host.run(f"cat {path}").stdout


def owner_of(host: LabHost, path: str) -> str:
    return host.run(f"stat -c '%a %U %G' {path}").stdout.strip()


def process_environment(host: LabHost) -> dict[str, str]:
    """Return what the app's process was given."""
    pid = host.run("systemctl show -p MainPID --value playmaker").stdout.strip()
    given = host.run(f"base64 -w0 /proc/{pid}/environ").stdout
    lines = base64.b64decode(given).decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def starts(host: LabHost) -> int:
    """Return how often the app was started since the host booted."""
    said = host.run("journalctl -q -b -u playmaker.service -o cat --no-pager").stdout
    return said.count("Started playmaker")


@pytest.fixture
def own_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout of this test's own: the same code, its own secrets."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for path in releases.ROOT.iterdir():
        if not path.name.startswith(".") and path.name != "secrets":
            (checkout / path.name).symlink_to(path)
    monkeypatch.setattr(releases, "ROOT", checkout)
    return checkout


def test_values_come_from_the_private_file_of_the_inventory(
    lab: Lab, new_host: NewHost, own_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = new_host("secrets-file", "v2")
    monkeypatch.setenv(CHANGES, json.dumps({"playmaker_env_command": None}))

    missing = run_release(lab, host)
    assert missing.status == 1
    assert "secrets/lab/playmaker.env: not there" in missing.output

    values = Values(own_checkout / "secrets/lab/playmaker.env", lab)
    values.write(COLOUR="green")
    values.path.chmod(0o644)
    public = run_release(lab, host)
    assert public.status == 1
    assert "secrets/lab/playmaker.env: mode 0644, others may read it" in public.output
    assert "COLOUR" not in text_of(host, ENV_FILE)

    values.path.chmod(0o600)
    release(lab, host)
    assert "COLOUR=green\n" in text_of(host, ENV_FILE)


def test_missing_keys_are_added_and_the_rest_of_the_file_stays_to_the_letter(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-added", "v2")
    by_hand = (
        "# a remark, with = and a $sign\n"
        "\n"
        "  # indented\n"
        "export EXPORTED = 'by hand'\n"
        'UNKNOWN="kept  as it is" \n'
        "COLOUR=blue"
    )
    host.run(f"cat >> {ENV_FILE}", text=by_hand)
    before = text_of(host, ENV_FILE)
    values.write(COLOUR="green", EXPORTED="by machine", SPOTIFY_CLIENT_ID="another", SHAPE="round")

    done = release(lab, host)

    assert "Environment | Prepare the environment" in done.steps(host.name)
    assert text_of(host, ENV_FILE) == f"{before}\nSHAPE=round\n"
    assert owner_of(host, ENV_FILE) == "640 root playmaker"
    kept = host.run(f"ls {KEPT}").stdout.split()
    assert len(kept) == 1
    assert text_of(host, f"{KEPT}/{kept[0]}") == before
    assert owner_of(host, f"{KEPT}/{kept[0]}") == "600 root root"
    sees_no_changes(lab, host)


def test_hostile_values_reach_the_app_unchanged_after_one_restart(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-hostile", "v2")
    values.write(**dict.fromkeys(HOSTILE, "tame"))
    release(lab, host)
    values.write(**HOSTILE)
    names = " ".join(HOSTILE)
    before = starts(host)
    unnamed = release(lab, host)
    assert unnamed.steps(host.name) == []

    changed = release(lab, host, update=names)

    assert starts(host) == before + 1
    assert changed.steps(host.name) == [
        "Environment | Prepare the environment",
        "Activate | Activate the release",
        "Service | Restart the app",
        "Health | Ask for pages and look through the log",
        "Changeover | Commit",
    ]
    given = process_environment(host)
    assert {key: given[key] for key in HOSTILE} == HOSTILE
    assert "tame" not in text_of(host, ENV_FILE)
    sees_no_changes(lab, host, update=names)
    assert starts(host) == before + 1


@pytest.mark.slow
def test_a_value_that_readers_would_understand_differently_is_refused_unseen(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-refused", "v2")
    before = text_of(host, ENV_FILE)
    values.write(AMBIGUOUS="it's $5")

    refused = run_release(lab, host)

    assert refused.status == 1
    where = rf"{re.escape(str(values.path))}: line \d+"
    assert re.search(f"{where}: AMBIGUOUS: its value has a quote", refused.output), refused.output
    assert "$5" not in refused.output
    assert text_of(host, ENV_FILE) == before


def title(host: LabHost) -> str:
    status, page = get(host, "/")
    assert status == 200
    found = re.search("<title>(.*?)</title>", page)
    assert found, page
    return found[1]


@pytest.mark.slow
@pytest.mark.parametrize("wished", ["Café São João", "New & Improved"])
def test_a_changed_public_value_rebuilds_the_front_end(
    lab: Lab, new_host: NewHost, values: Values, wished: str
) -> None:
    host = new_host("env-public", "v2")
    old, current = host.run(BUILD).stdout, host.run("readlink /srv/playmaker/current").stdout
    values.write(VITE_APP_TITLE=wished, COLOUR="green")

    private = release(lab, host)
    assert "Build | Build the front end" not in private.steps(host.name)
    assert title(host) == "PlayMaker"
    assert host.run(BUILD).stdout == old

    public = release(lab, host, update="VITE_APP_TITLE")
    assert "Build | Build the front end" in public.steps(host.name)
    assert title(host).replace("&amp;", "&") == wished
    assert host.run(BUILD).stdout != old
    assert host.run("readlink /srv/playmaker/current").stdout == current
    sees_no_changes(lab, host, update="VITE_APP_TITLE")
    sees_no_changes(lab, host)


def new_secrets(values: Values) -> list[str]:
    """Give the app new secrets; return them."""
    words = [f"leaked-{secrets.token_hex(12)}" for _ in range(2)]
    values.write(SESSION_SECRET=words[0], SPOTIFY_CLIENT_SECRET=words[1])
    return words


def test_secrets_appear_nowhere(lab: Lab, new_host: NewHost, values: Values) -> None:
    host = new_host("env-secrets", "v2")
    update = "SESSION_SECRET SPOTIFY_CLIENT_SECRET"
    everywhere = "/srv /var/lib/changeover /etc /run /var/backups /tmp /opt /var/log /var/tmp"

    for options, ref in ((["-vvv"], "v3"), (["--debug"], "v3"), (["--dry", "-vvv"], "v3")):
        words = new_secrets(values)
        with watched(host, words) as watch:
            done = release(lab, host, *options, ref=ref, update=update)
        assert [line for line in done.output.splitlines() if any(w in line for w in words)] == []
        assert watch.found == set()
        assert watch.seen_in_app == ("--dry" not in options)
        assert files_with(host, words, everywhere, user="nobody") == []
        assert files_with(host, words, "/tmp /var/tmp /var/log /etc", user="root") == []
    host.run("install -d -m 755 /opt/open")
    host.run("cat > /opt/open/file", text=words[0])
    assert files_with(host, words, everywhere, user="nobody") == ["/opt/open/file"]

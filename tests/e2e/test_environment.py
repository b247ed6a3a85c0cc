"""The app's environment: where values come from, what a release does to the host's file."""

import json
import re
import secrets
from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from changeover.lab.inventory import CHANGES
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.releases import get
from tests.e2e.values import (
    ENV_FILE,
    Values,
    release,
    run_release,
    sees_no_changes,
    text_of,
    values,
)
from tests.e2e.watch import files_with, watched

__all__ = ["values"]
pytestmark = pytest.mark.lab

KEPT = "/var/lib/changeover/playmaker/environments"
BUILD = "readlink -e /srv/playmaker/current/.changeover/build"


def owner_of(host: LabHost, path: str) -> str:
    return host.run(f"stat -c '%a %U %G' {path}").stdout.strip()


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
        " INDENTED = 'by hand'\n"
        "LINES='one\nSHAPE=none\n'\n"
        'UNKNOWN="kept  as it is" \n'
        "COLOUR=blue"
    )
    host.run(f"cat >> {ENV_FILE}", text=by_hand)
    before = text_of(host, ENV_FILE)
    values.write(COLOUR="green", INDENTED="by machine", SPOTIFY_CLIENT_ID="another", SHAPE="round")

    done = release(lab, host)

    assert "Environment | Prepare the environment" in done.steps(host.name)
    assert text_of(host, ENV_FILE) == f"{before}\nSHAPE=round\n"
    assert owner_of(host, ENV_FILE) == "640 root playmaker"
    kept = host.run(f"ls {KEPT}").stdout.split()
    assert len(kept) == 1
    assert text_of(host, f"{KEPT}/{kept[0]}") == before
    assert owner_of(host, f"{KEPT}/{kept[0]}") == "600 root root"
    sees_no_changes(lab, host)


@pytest.mark.slow
def test_lines_that_systemd_passes_over_are_refused_and_nothing_is_touched(
    lab: Lab, new_host: NewHost, values: Values
) -> None:
    host = new_host("env-passed-over", "v2")
    values.write(COLOUR="green")
    host.run(f"cat >> {ENV_FILE}", text="export EXPORTED=hidden\nMY KEY=hidden\nOPEN='hidden\n")
    before = text_of(host, ENV_FILE)

    refused = run_release(lab, host)

    count = before.count("\n")
    assert refused.status == 1
    for line, why in (
        (count - 2, "begins with export"),
        (count - 1, "no KEY=value"),
        (count, "a quote that is not closed"),
    ):
        assert f"{ENV_FILE}: line {line}: {why}" in refused.output
    assert "hidden" not in refused.output
    assert text_of(host, ENV_FILE) == before


def title(host: LabHost) -> str:
    status, page = get(host, "/")
    assert status == 200
    found = re.search("<title>(.*?)</title>", page)
    assert found, page
    return found[1]


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["Café São João", "New & Improved"])
def test_a_changed_public_value_rebuilds_the_front_end(
    lab: Lab, new_host: NewHost, values: Values, wanted: str
) -> None:
    host = new_host("env-public", "v2")
    old, current = host.run(BUILD).stdout, host.run("readlink /srv/playmaker/current").stdout
    values.write(VITE_APP_TITLE=wanted, COLOUR="green")

    private = release(lab, host)
    assert "Build | Build the front end" not in private.steps(host.name)
    assert title(host) == "PlayMaker"
    assert host.run(BUILD).stdout == old

    public = release(lab, host, update="VITE_APP_TITLE")
    assert "Build | Build the front end" in public.steps(host.name)
    assert title(host).replace("&amp;", "&") == wanted
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

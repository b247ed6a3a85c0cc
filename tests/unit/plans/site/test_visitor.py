"""How the host asks its own nginx: as a visitor of the site that is published would."""

import subprocess

import pytest

from changeover.plans import health, maintenance
from changeover.plans.maintenance import BY_HAND
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import serving, target

CURL = 'for word; do printf "%s\\n" "$word"; done > "$0.words"; printf 503'
SITE = "/etc/nginx/sites-enabled/playmaker.conf"
CERTIFICATE = "/etc/changeover/playmaker/tls/current"


@pytest.fixture
def secured(shell: Shell) -> str:
    """Publish a site by https; return the digest of its key."""
    shell.stub("curl", CURL)
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.write(SITE, "server {\n    ssl_certificate /x/fullchain.pem;\n}\n")
    folder = shell.write(f"{CERTIFICATE}/.keep").parent
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)
    key = ["openssl", "pkey", "-in", str(folder / "privkey.pem"), "-pubout", "-outform", "DER"]
    public = subprocess.run(key, check=True, capture_output=True).stdout
    digest = ["openssl", "dgst", "-sha256", "-binary"]
    found = subprocess.run(digest, input=public, check=True, capture_output=True).stdout
    coded = subprocess.run(["base64"], input=found, check=True, capture_output=True).stdout
    return coded.decode().strip()


def asked(shell: Shell) -> list[str]:
    """Return the words that curl was called with."""
    return (shell.programs / "curl.words").read_text().splitlines()


def test_a_site_by_https_is_held_to_its_very_key(shell: Shell, secured: str) -> None:
    shell.run(maintenance.close_script(target(tls="acme"), BY_HAND))

    words = asked(shell)
    assert words[-1] == "https://play.example/"
    assert words[words.index("--pinnedpubkey") + 1] == f"sha256//{secured}"
    assert words[words.index("--connect-to") + 1] == "::127.0.0.1:"


def test_a_site_that_is_published_by_http_is_asked_so_whatever_is_wanted(shell: Shell) -> None:
    shell.stub("curl", CURL)
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.write(SITE, "server {\n    listen 80;\n}\n")

    shell.run(maintenance.close_script(target(tls="acme"), BY_HAND))

    assert asked(shell)[-3:] == ["-H", "Host: play.example", "http://127.0.0.1/"]


@pytest.mark.usefixtures("secured")
def test_health_is_asked_by_https_too(shell: Shell) -> None:
    wanted = target(tls="acme", health_timeout_seconds=1)

    done = shell.try_(health.site_script(wanted, serving(wanted)))

    assert done.returncode == 1
    assert asked(shell)[-1] == "https://play.example/api/health"

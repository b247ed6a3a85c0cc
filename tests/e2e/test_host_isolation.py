"""Two apps on one host: neither reads what is the other's, and nginx tells strangers nothing."""

import shlex
import socket
import ssl
import threading
from pathlib import Path

import pytest

from changeover.lab import LabHost
from changeover.lab.environment import Secrets
from changeover.lab.inventory import domain
from changeover.lab.state import lab_folder
from tests.e2e.both import APPS, Both
from tests.e2e.jersey import SECRET
from tests.e2e.nginx import exposure, findings, raw
from tests.e2e.watch import files_with

pytestmark = pytest.mark.lab

OTHER = dict(zip(APPS, reversed(APPS), strict=True))
PLACES = "/srv /var /run /etc /home /root /tmp /opt /dev/shm /proc/*/environ /proc/*/cmdline"
OTHERS = "/etc/nginx/sites-enabled/others.conf"
BAD_SITE = """\
server {
    listen 80;
    server_name bad.test;
    location /files { alias /srv/files/; }
    location ~ /old/([^/]*) { return 302 http://bad.test/$1; }
    location /to/ { proxy_pass http://$arg_where; }
}
"""
UNKNOWN = ("unknown.test", "10.0.0.1", "[::1]:80")

PRIVATE = (
    "/srv/{app}/shared",
    "/srv/{app}/shared/.env",
    "/var/backups/changeover/{app}",
    "/var/lib/changeover/{app}",
    "/var/lib/changeover/{app}/ledger.jsonl",
    "/etc/changeover/{app}/deploy_key",
    "/etc/nginx/changeover/{app}-bypass.conf",
    "/run/changeover-locks/{app}.lock",
    "/var/lib/changeover-started/{app}/{app}.service",
)
OWN = (
    "/srv/{app}/shared",
    "/srv/{app}/shared/.env",
    "/var/lib/changeover-started/{app}/{app}.service",
)
CONNECT = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"


def readable(host: LabHost, user: str, paths: list[str]) -> list[str]:
    """Return the paths that a user can list or read."""
    look = "if [ -d $p ]; then ls $p; else cat $p; fi"
    command = f"for p in {' '.join(paths)}; do ({look}) > /dev/null 2>&1 && echo $p; done; true"
    return host.run(command, user=user).stdout.split()


def secrets(both: Both, app: str) -> list[str]:
    """Return what stands in an app's environment and is a secret."""
    kept = Secrets(lab_folder(both.lab.number) / "environment" / f"{app}.json").kept
    return [*kept.values(), *([SECRET] if app == "jersey_events" else [])]


@pytest.mark.parametrize("app", APPS)
def test_what_is_an_apps_own_is_read_by_nobody_else(both: Both, app: str) -> None:
    paths = [path.format(app=app) for path in PRIVATE]
    paths += both.host.run(f"ls -d /var/backups/changeover/{app}/*", check=False).stdout.split()
    assert readable(both.host, "root", paths) == paths
    assert readable(both.host, app, paths) == [path.format(app=app) for path in OWN]
    for user in (OTHER[app], "www-data", "nobody"):
        assert readable(both.host, user, paths) == [], user


@pytest.mark.parametrize("app", APPS)
def test_an_apps_secrets_are_found_nowhere_by_another(both: Both, app: str) -> None:
    words = secrets(both, app)
    assert words
    found = files_with(both.host, words, PLACES, app)
    assert f"/srv/{app}/shared/.env" in found
    for user in (OTHER[app], "www-data", "changeover"):
        assert files_with(both.host, words, PLACES, user) == [], user


@pytest.mark.slow
def test_not_even_while_a_release_goes_on(both: Both) -> None:
    words, found, looked = secrets(both, "playmaker"), set[str](), []
    places = "/srv/playmaker/shared /var/lib/changeover/ /var/backups /run /tmp /proc/*/environ"
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            found.update(files_with(both.host, words, places, "jersey_events"))
            journal = "ls /var/lib/changeover/playmaker/undo.d /var/lib/changeover/playmaker"
            seen = both.host.run(journal, check=False, user="jersey_events").stdout
            looked.append(seen)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        done = both.run("release", playmaker_ref="v3", jersey_events_ref="v1")
    finally:
        ended.set()
        thread.join()
    assert done.status == 0, done.output
    assert "Migrate | Apply migrations" in done.steps(both.host.name)
    assert found == set()
    assert len(looked) > 5
    assert set(looked) == {""}


@pytest.mark.parametrize("app", APPS)
def test_only_nginx_reaches_an_apps_socket(both: Both, app: str) -> None:
    def reaches(user: str) -> bool:
        words = ["python3", "-c", CONNECT, f"/run/changeover/{app}/{app}.sock"]
        return both.host.run(shlex.join(words), check=False, user=user).returncode == 0

    assert reaches("www-data")
    assert not reaches(OTHER[app])
    assert not reaches("nobody")


def test_a_database_lets_its_own_app_in_only(both: Both) -> None:
    host = both.host
    urls = "postgresql:///jersey_events postgresql://{role}:{word}@localhost/jersey_events"

    def enters(user: str, url: str) -> bool:
        command = f'psql "{url}" -qAtc "table django_migrations"'
        return host.run(command, check=False, user=user).returncode == 0

    own = '$(sed -n "s/^DATABASE_URL=//p" /srv/jersey_events/shared/.env)'
    assert enters("jersey_events", own)
    make = "create role stranger login password 'word'; create role playmaker login"
    host.run(f'psql -qc "{make}"', user="postgres")
    for url in urls.format(role="stranger", word="word").split():
        assert not enters("playmaker", url)
    host.run('psql -qc "drop role stranger; drop role playmaker"', user="postgres")
    database = "/srv/playmaker/shared/playmaker.db"
    assert readable(host, "playmaker", [database]) == [database]
    assert readable(host, "jersey_events", [database]) == []


@pytest.mark.parametrize("app", APPS)
def test_an_apps_process_does_not_even_see_the_others_code(both: Both, app: str) -> None:
    host = both.host
    assert set(host.run("ls /srv").stdout.split()) >= set(APPS)
    pid = host.run(f"systemctl show -p MainPID --value {app}").stdout.strip()
    # by its own view of the files, whatever its user could read
    inside = f"/proc/{pid}/root"
    assert host.run(f"ls {inside}/srv").stdout.split() == [app]
    assert host.run(f"ls {inside}/srv/{app}/current/").stdout == host.run(
        f"ls /srv/{app}/current/"
    ).stdout  # fmt: skip
    assert Path(host.run(f"readlink {inside}/srv/{app}/current").stdout).name.strip()


def test_gixy_finds_nothing(both: Both, tmp_path: Path) -> None:
    assert findings(both.host, tmp_path) == []

    both.host.run(f"cat > {OTHERS}", text=BAD_SITE)
    found = " ".join(findings(both.host, tmp_path))
    both.host.run(f"rm {OTHERS}")

    assert all(fault in found for fault in ("alias_traversal", "http_splitting", "ssrf")), found


@pytest.mark.parametrize(
    ("unit", "most"), [("nginx.service", 4.0), *((f"{app}.service", 2.0) for app in APPS)]
)
def test_units_are_sandboxed(both: Both, unit: str, most: float) -> None:
    assert exposure(both.host, unit) <= most
    assert exposure(both.host, "ssh.service") > most


def test_unknown_names_get_no_answer(both: Both) -> None:
    for name in UNKNOWN:
        assert raw(both.host, f"GET / HTTP/1.1\nHost: {name}\n\n") == b""
    assert raw(both.host, "GET / HTTP/1.0\n\n") == b""
    for app in APPS:
        asked = f"GET /api/health HTTP/1.0\nHost: {domain(both.host, app)}\n\n"
        assert raw(both.host, asked).startswith(b"HTTP/1.1 200")


def test_unknown_names_get_no_certificate(both: Both) -> None:
    context = ssl.create_default_context()
    with (
        socket.create_connection((both.host.address, 443), 5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="unknown.test")

"""The checks that users run after a deploy: green on a sound host, and each can fail."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.often import often
from tests.e2e.releases import checks, pyinfra

pytestmark = pytest.mark.lab

SHARED = "/srv/playmaker/shared"
BACKUPS = "/var/backups/changeover/playmaker"
SITE = "/etc/nginx/sites-available/playmaker.conf"


@dataclass(frozen=True)
class Break:
    """One way to break a host, the check that has to see it, and the way back."""

    check: str
    how: str
    back: str


BREAKS = [
    Break("processes_run", "systemctl disable -q playmaker", "systemctl enable -q playmaker"),
    Break("processes_run", "systemctl stop playmaker.socket", "systemctl start playmaker"),
    Break(
        "no_unit_of_the_host_has_failed",
        "systemd-run -q --wait --unit broken false || true",
        "systemctl reset-failed broken",
    ),
    Break(
        "current_release_runs",
        "cd /srv/playmaker && readlink current > /root/was && ln -sfn /srv current",
        "cd /srv/playmaker && ln -sfn $(cat /root/was) current",
    ),
    Break(
        "app_says_that_the_current_release",
        "cd /srv/playmaker/current && cp REVISION /root/was && echo x > REVISION",
        "cp /root/was /srv/playmaker/current/REVISION",
    ),
    Break(
        "was_not_changed_afterwards",
        "chown nobody /srv/playmaker/current/REVISION",
        "chown root /srv/playmaker/current/REVISION",
    ),
    Break("environment_is_private", f"chmod 644 {SHARED}/.env", f"chmod 640 {SHARED}/.env"),
    Break(
        "every_required_key",
        f"cp -p {SHARED}/.env /root/was; sed -i /SESSION_SECRET/d {SHARED}/.env",
        f"cp -p /root/was {SHARED}/.env",
    ),
    Break(
        "database_is_at_the_head",
        "cp /srv/playmaker/current/.changeover/migrations.json /root/was;"
        ' sed -i \'s/"0002"/"0009"/\' /srv/playmaker/current/.changeover/migrations.json',
        "cp /root/was /srv/playmaker/current/.changeover/migrations.json",
    ),
    Break(
        "verified_way_back",
        f"cd {BACKUPS} && cp *.zst /root/was"
        " && printf x | dd of=$(ls *.zst) bs=1 seek=100 conv=notrunc status=none",
        f"cp /root/was $(ls {BACKUPS}/*.zst)",
    ),
    Break(
        "newest_backup_is_recent",
        f"cd {BACKUPS} && cp *.json /root/was"
        ' && sed -i \'s/"finished": "2026/"finished": "2016/\' *.json',
        f"cp /root/was $(ls {BACKUPS}/*.json)",
    ),
    Break(
        "configuration_is_valid",
        "echo broken > /etc/nginx/conf.d/broken.conf",
        "rm /etc/nginx/conf.d/broken.conf",
    ),
    Break("nginx_runs_at_boot", "systemctl disable -q nginx", "systemctl enable -q nginx"),
    Break(
        "site_is_open",
        "touch /var/lib/changeover/playmaker/maintenance",
        "rm /var/lib/changeover/playmaker/maintenance",
    ),
    Break(
        "security_header",
        f"cp {SITE} /root/was; sed -i /X-Frame-Options/d {SITE}; systemctl reload nginx",
        f"cp /root/was {SITE}; systemctl reload nginx",
    ),
    Break(
        "does_not_tell_its_version",
        f"cp {SITE} /root/was; sed -i /server_tokens/d {SITE}; systemctl reload nginx",
        f"cp /root/was {SITE}; systemctl reload nginx",
    ),
    Break(
        "main_page_loads",
        "cd /srv/playmaker/current/; mv frontend/dist frontend/gone",
        "cd /srv/playmaker/current/; mv frontend/gone frontend/dist",
    ),
    Break("login_redirects", "systemctl stop playmaker.socket", "systemctl start playmaker"),
    Break(
        "account_works",
        f"mv {SHARED}/playmaker.db {SHARED}/away.db; systemctl restart playmaker",
        f"mv {SHARED}/away.db {SHARED}/playmaker.db; systemctl restart playmaker",
    ),
    Break(
        "new_playlist_shows",
        f"cp -p {SHARED}/playmaker.db /root/was; systemctl stop playmaker; python3 -c"
        f" \"import sqlite3; sqlite3.connect('{SHARED}/playmaker.db').execute("
        "'create trigger refuse before insert on playlist_history begin"
        " select raise(ignore); end')\"; systemctl start playmaker",
        "systemctl stop playmaker; python3 -c"
        f" \"import sqlite3; sqlite3.connect('{SHARED}/playmaker.db')"
        ".execute('drop trigger refuse')\"; systemctl start playmaker",
    ),
]


@pytest.fixture(scope="module")
def serving(lab: Lab) -> Iterator[LabHost]:
    """Return a host that serves v3 under its own address, migrated with data."""
    host = lab.up("checked", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    done = pyinfra(lab, "release", "--limit", host.name, playmaker_ref="v3")
    assert done.status == 0, done.output
    yield host
    lab.down(host.name)


def test_a_sound_host_passes_every_check(lab: Lab, serving: LabHost) -> None:
    found = checks(lab, serving)
    assert found.status == 0, found.output
    assert "skipped" not in found.output


# CI breaks one of some kinds: the code, the backup, the site
SAMPLE = {
    "current_release_runs",
    "verified_way_back",
    "site_is_open",
}


@pytest.mark.parametrize(
    "broken",
    often(BREAKS, lambda broken: broken.check in SAMPLE),
    ids=lambda broken: broken.check,
)
def test_each_check_can_fail(lab: Lab, serving: LabHost, broken: Break) -> None:
    serving.run(f"set -e; {broken.how}")
    try:
        found = checks(lab, serving, "-k", broken.check)
    finally:
        serving.run(f"set -e; {broken.back}")
    assert found.status == 1, found.output
    assert "failed" in found.output


@pytest.mark.slow
def test_without_writes_nothing_is_written(lab: Lab, serving: LabHost) -> None:
    log = "journalctl -q -u playmaker -o cat | grep -cE '\"(POST|PUT|DELETE) ' || true"
    before = serving.run(log).stdout
    found = checks(lab, serving, writes=False)
    assert found.status == 0, found.output
    assert serving.run(log).stdout == before
    checks(lab, serving, "-k", "new_playlist_shows")
    assert serving.run(log).stdout != before  # the journal does tell


def test_a_release_with_nothing_to_do_opens_few_channels(lab: Lab, serving: LabHost) -> None:
    again = pyinfra(
        lab,
        "release",
        "--limit",
        serving.name,
        playmaker_ref="v3",
        changeover_channels="true",
    )
    assert again.steps(serving.name) == []
    assert f"{serving.name}: 1 ssh channels" in again.output

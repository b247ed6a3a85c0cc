"""nginx around the sites: what is asked of a host, and that nginx takes it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from changeover.hardening.plans import converge
from changeover.hardening.plans.part import Carried, HostTarget, Machine, Part
from changeover.hardening.plans.parts import web
from changeover.hardening.plans.snapshot import HostState
from changeover.settings.host import HostSettings
from tests.unit.plans.world import target

CARRIED = Carried(target().app, target().values)
UNIT = Path("/lib/systemd/system/nginx.service")
# as Debian ships it, for machines without nginx
SHIPPED = """\
[Service]
Type=forking
PIDFile=/run/nginx.pid
ExecStart=/usr/sbin/nginx -g 'daemon on; master_process on;'
"""


def host_target(system: str = "debian 12", **settings: object) -> HostTarget:
    return HostTarget(HostSettings.model_validate(settings), Machine(system=system), (CARRIED,))


def configuration(part: Part) -> str:
    return part.files[web.CONFIGURATION].content


def test_a_host_without_apps_has_no_business_with_nginx() -> None:
    for make in (web.nginx, web.sandbox):
        part = make(HostTarget(HostSettings()))
        assert (part.files, part.answers, part.packages) == ({}, {}, ())
        decided = converge.decide(part, HostState(), {})
        assert (decided.needed, decided.why) == (False, "the host carries no app that has a site")


def test_only_proxies_that_the_settings_name_are_believed() -> None:
    assert "real_ip" not in configuration(web.nginx(host_target()))
    text = configuration(web.nginx(host_target(proxies=["192.0.2.0/24", "2001:db8::1"])))
    believed = [line.strip() for line in text.splitlines() if "real_ip" in line]
    assert believed == [
        "set_real_ip_from 192.0.2.0/24;",
        "set_real_ip_from 2001:db8::1;",
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


@pytest.mark.parametrize(("system", "packaged"), [("ubuntu 24.04", True), ("debian 11", False)])
def test_brotli_is_used_where_it_is_packaged(system: str, packaged: bool) -> None:
    part = web.nginx(host_target(system))
    assert (web.BROTLI in part.packages) is packaged
    assert ("brotli on;" in part.files[web.STATIC].content) is packaged
    assert "gzip on;" in part.files[web.STATIC].content


def test_drift_is_named() -> None:
    part = web.nginx(host_target())
    answers = {name: answer.wanted for name, answer in part.answers.items()}
    answers["Debian's own site"] = "enabled"
    found = converge.differences(part, HostState(), answers)
    assert f"{web.CONFIGURATION} is missing" in found
    assert "Debian's own site is enabled, not disabled" in found
    assert not [line for line in found if "loaded" in line]


def test_the_undo_puts_back_debians_site_too() -> None:
    saved = set(converge.undo(web.nginx(host_target())).save)
    assert saved == {web.CONFIGURATION, web.DEFAULT, web.STATIC, web.DEBIANS}


@pytest.mark.skipif(
    not shutil.which("nginx"), reason="no nginx on PATH: apt-get install nginx (it is in /usr/sbin)"
)
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    part = web.nginx(host_target("a system without brotli", proxies=["192.0.2.1"]))
    for path, file in part.files.items():
        place = tmp_path / Path(path).relative_to("/etc/nginx")
        place.parent.mkdir(parents=True, exist_ok=True)
        # the test's own folder, and ports that need no root
        text = file.content.replace("/etc/nginx/mime.types", "MIME")
        text = text.replace("/etc/nginx/", f"{tmp_path}/").replace("MIME", "/etc/nginx/mime.types")
        text = text.replace("/run/nginx.pid", f"{tmp_path}/pid")
        text = text.replace("/var/log/nginx/", f"{tmp_path}/").replace("user www-data;", "")
        place.write_text(text.replace(":80 ", ":8080 ").replace(" 80 ", " 8080 "))
    main = str(tmp_path / "nginx.conf")
    command = ["nginx", "-t", "-q", "-p", str(tmp_path), "-e", "stderr", "-c", main]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    faults = [line for line in done.stderr.splitlines() if "Permission denied" not in line]
    assert faults == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_sandbox_is_tight(tmp_path: Path) -> None:
    shipped = UNIT.read_text() if UNIT.exists() else SHIPPED

    def judged(text: str) -> int:
        file = tmp_path / "nginx.service"
        file.write_text(text)
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=40", str(file)]
        return subprocess.run(command, check=False, capture_output=True).returncode

    drop_in = web.sandbox(host_target()).files[web.SANDBOX].content
    assert judged(f"{shipped}\n{drop_in}") == 0
    assert judged(shipped) != 0

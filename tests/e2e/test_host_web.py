"""A host's nginx around the sites of two apps: judged by others, never away, put right by a run."""

import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from changeover.lab import LabHost
from changeover.lab.inventory import domain
from tests.e2e import load
from tests.e2e.both import APPS, Both
from tests.e2e.nginx import raw
from tests.e2e.releases import get, start

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CONFIGURATION = "/etc/nginx/nginx.conf"
SANDBOX = "/etc/systemd/system/nginx.service.d/50-changeover.conf"
DEBIANS = "/etc/nginx/sites-enabled/default"
OTHERS = "/etc/nginx/sites-enabled/others.conf"
OTHERS_SITE = "server { listen 80%s; server_name others.test; return 200 others; }\n"
COMMIT = "Host | Let a new connection in, and commit"


@pytest.fixture
def web(both: Both) -> LabHost:
    """Return a host on which both apps serve."""
    return both.host


def sandboxed(host: LabHost) -> bool:
    status = 'cat "/proc/$(systemctl show -p MainPID --value nginx)/status"'
    # amid a restart there is no process
    return "NoNewPrivs:\t1" in host.run(status, check=False).stdout


@contextmanager
def asked_all_the_time(host: LabHost) -> Iterator[Counter[str]]:
    """Ask both sites again and again, on a new connection each time; count what they answer."""
    answers: Counter[str] = Counter()
    stop = threading.Event()

    def ask(app: str) -> None:
        while not stop.is_set():
            try:
                connection = http.client.HTTPConnection(host.address, timeout=10)
                connection.request("GET", "/api/health", headers={"Host": domain(host, app)})
                answers[str(connection.getresponse().status)] += 1
                connection.close()
            except OSError as error:
                answers[repr(error)] += 1

    threads = [threading.Thread(target=ask, args=[app]) for app in APPS * 2]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_second_run_changes_nothing(both: Both) -> None:
    assert both.converged() == []


def test_a_challenge_is_answered_under_any_name(web: LabHost) -> None:
    folder = "/var/lib/changeover/acme/.well-known/acme-challenge"
    web.run(f"mkdir -p {folder} && echo proof > {folder}/token")
    path = "/.well-known/acme-challenge"
    assert get(web, f"{path}/token", domain="unknown.test") == (200, "proof\n")
    assert get(web, f"{path}/other", domain="unknown.test")[0] == 404
    web.run(f"rm {folder}/token")


def test_slow_requests_are_sent_away(web: LabHost) -> None:
    began = time.monotonic()
    assert raw(web, f"GET / HTTP/1.1\nHost: {domain(web, 'playmaker')}\nX-") == b""
    # ours is 15 s, nginx's own 60; raw() itself waits for 40 s
    assert time.monotonic() - began > 10


def test_files_are_compressed_and_answers_are_not(web: LabHost) -> None:
    page = get(web, "/", domain=domain(web, "playmaker"))[1]
    script = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page)[0]
    for coding in ("gzip", "br"):
        for path, wanted in ((script, coding), ("/", None), ("/api/playlists", None)):
            connection = http.client.HTTPConnection(web.address, timeout=10)
            headers = {"Host": domain(web, "playmaker"), "Accept-Encoding": coding}
            connection.request("GET", path, headers=headers)
            assert connection.getresponse().getheader("Content-Encoding") == wanted, path


def test_the_sandbox_bears_what_nginx_does(both: Both, web: LabHost) -> None:
    pid = "systemctl show -p MainPID --value nginx"
    with asked_all_the_time(web) as answers:
        # what logrotate and an upgrade of the package do
        web.run("mv /var/log/nginx/access.log /var/log/nginx/access.log.1")
        web.run("invoke-rc.d nginx rotate")
        old = web.run(pid).stdout
        web.run("invoke-rc.d nginx upgrade")
        load.wait_until(lambda: web.run(pid).stdout != old, "another main process", 20)
        time.sleep(1)
    assert set(answers) == {"200"}, answers
    assert web.run("wc -l < /var/log/nginx/access.log").stdout.strip() != "0"
    assert sandboxed(web)
    web.run(f"kill -KILL $({pid})")
    load.wait_until(
        lambda: web.run("systemctl is-active nginx", check=False).stdout == "active\n",
        "nginx is back", 20,
    )  # fmt: skip
    assert both.health("playmaker") == 200


def test_drift_is_named_and_put_back_and_nobody_notices(both: Both, web: LabHost) -> None:
    before = web.run(f"cat {CONFIGURATION}").stdout
    web.run(f"sed -i s/server_tokens\\ off/server_tokens\\ on/ {CONFIGURATION}")
    web.run(f"ln -s ../sites-available/default {DEBIANS}")
    web.run("rm /etc/nginx/changeover/static.conf")
    with asked_all_the_time(web) as answers:
        done = both.run("provision")
    assert done.status == 0, done.output
    assert done.steps(web.name) == ["Web | Configure nginx", COMMIT]
    for named in (
        f"{CONFIGURATION} differs",
        "/etc/nginx/changeover/static.conf is missing",
        "Debian's own site is enabled, not disabled",
    ):
        assert named in done.output
    assert set(answers) == {"200"}, answers
    assert web.run(f"cat {CONFIGURATION}").stdout == before
    assert web.run(f"ls {DEBIANS}", check=False).returncode != 0
    assert both.converged() == []


def test_a_sandbox_that_is_gone_is_made_again(both: Both, web: LabHost) -> None:
    web.run(f"rm {SANDBOX} && systemctl daemon-reload && systemctl restart nginx")
    assert not sandboxed(web)
    done = both.run("provision")
    assert f"{SANDBOX} is missing" in done.output
    assert "nginx's sandbox is out of date" in done.output
    assert sandboxed(web)
    web.run(f"touch {SANDBOX}")  # its time is of the file that is in force no more
    assert "nginx's sandbox is out of date" in both.run("provision").output
    assert both.converged() == []


def test_a_site_of_others_stays_unless_it_answers_unknown_names(both: Both, web: LabHost) -> None:
    web.run(f"cat > {OTHERS} && systemctl reload nginx", text=OTHERS_SITE % "")
    web.run(f"echo >> {CONFIGURATION}")
    assert "Web | Configure nginx" in both.converged()
    assert get(web, "/", domain="others.test") == (200, "others")

    web.run(f"cat > {OTHERS}", text=OTHERS_SITE % " default_server")
    web.run(f"echo >> {CONFIGURATION}")
    with asked_all_the_time(web) as answers:
        refused = both.run("provision")
    assert refused.status != 0
    assert f"{OTHERS} calls itself default_server" in refused.output
    assert set(answers) == {"200"}, answers
    assert web.run(f"tail -c 2 {CONFIGURATION}").stdout == "\n\n"

    web.run(f"rm {OTHERS}")
    assert "Web | Configure nginx" in both.converged()


def test_a_restart_that_nobody_confirms_is_taken_back(both: Both, web: LabHost) -> None:
    web.run(f"rm {SANDBOX} && systemctl daemon-reload && systemctl restart nginx")
    process = start(both.lab, "../tests/e2e/web_deploy", "--limit", web.name, **both.data)
    try:
        load.wait_until(lambda: sandboxed(web), "the sandbox is in force")
        web.cut()
    finally:
        process.kill()
        process.communicate()
        time.sleep(45)
        web.heal()
    load.wait_until(lambda: not sandboxed(web), "nginx runs as before")
    assert web.run(f"ls {SANDBOX}", check=False).returncode != 0
    assert both.health("playmaker") == 200
    assert "Web | Sandbox nginx" in both.converged()
    assert both.converged() == []

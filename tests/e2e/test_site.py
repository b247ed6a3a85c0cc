"""The site: closed and opened by hand, and put right again whatever was done to it by hand."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e import releases
from tests.e2e.conftest import NewHost
from tests.e2e.often import often
from tests.e2e.releases import DOMAIN, Run, pyinfra

pytestmark = pytest.mark.lab

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
BYPASS = "/etc/nginx/changeover/playmaker-bypass.conf"
SITE = "/etc/nginx/sites-available/playmaker.conf"
UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class Answer:
    """What a site answered."""

    status: int
    headers: Message
    body: str


def ask(host: LabHost, path: str, accept: str = BROWSER, cookie: str = "") -> Answer:
    """Return the answer of the host's nginx."""
    headers = {"Host": DOMAIN, "Accept": accept, "Cookie": cookie}
    asked = urllib.request.Request(f"http://{host.address}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  always http
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


def bypass(host: LabHost) -> str:
    """Return the operator's cookie, as root reads it on the host."""
    token = host.run(f"cat {BYPASS}").stdout.split('"')[1]
    return f"changeover_bypass_playmaker={token}"


def release(lab: Lab, host: LabHost, ref: str = "v2", **data: str) -> Run:
    return pyinfra(
        lab,
        "release",
        "--limit",
        host.name,
        playmaker_ref=ref,
        playmaker_domain=DOMAIN,
        **data,
    )


def released(lab: Lab, host: LabHost, ref: str = "v2") -> Run:
    """Release, and see it end well."""
    done = release(lab, host, ref)
    assert done.status == 0, done.output
    return done


def maintenance(lab: Lab, host: LabHost, wanted: str) -> list[str]:
    """Close or open the site by hand; return what was done."""
    done = pyinfra(
        lab, "maintenance", "--limit", host.name, playmaker_domain=DOMAIN, maintenance=wanted
    )
    assert done.status == 0, done.output
    return done.steps(host.name)


def test_a_site_closed_by_hand_stays_closed_until_it_is_opened_by_hand(
    lab: Lab, new_host: NewHost
) -> None:
    host = new_host("by-hand", "v2")

    assert maintenance(lab, host, "on") == ["Maintenance | Close the site by hand"]
    assert maintenance(lab, host, "on") == []
    page = ask(host, "/")
    assert (page.status, page.headers["Retry-After"]) == (503, "120")
    assert page.headers["Content-Type"] == "text/html"
    assert "We are updating the site" in page.body
    for answer in (ask(host, "/api/health"), ask(host, "/", accept="application/json")):
        assert (answer.status, answer.headers["Retry-After"]) == (503, "120")
        assert json.loads(answer.body)["error"] == "maintenance"
    operator = bypass(host)
    assert ask(host, "/", cookie=operator).status == 200
    assert ask(host, "/", cookie=operator[:-1]).status == 503
    assert json.loads(ask(host, "/api/health", cookie=operator).body)["schema"] == "0001"

    # with a migration, and without: neither opens what a person has closed
    released(lab, host, "v3")
    assert ask(host, "/").status == 503
    assert json.loads(ask(host, "/api/health", cookie=operator).body)["schema"] == "0002"
    released(lab, host, "v3")
    assert ask(host, "/").status == 503

    assert maintenance(lab, host, "off") == ["Maintenance | Open the site closed by hand"]
    assert ask(host, "/").status == 200
    assert maintenance(lab, host, "off") == []
    assert released(lab, host, "v3").steps(host.name) == []


@pytest.fixture(scope="module")
def v2(lab: Lab) -> Iterator[LabHost]:
    """Return a host on which v2 serves; a test leaves it so."""
    host = lab.up("v2", groups=["playmaker"], layer=releases.layer(lab, "v2"))
    released(lab, host)  # the layer may be from another lab, whose deploy keys are others
    yield host
    lab.down(host.name)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [{}, {"maintenance": "perhaps"}])
def test_closing_without_a_clear_word_is_refused_in_one_line(
    lab: Lab, v2: LabHost, wanted: dict[str, str]
) -> None:
    done = pyinfra(lab, "maintenance", "--limit", v2.name, **wanted)

    assert done.status == 1
    assert "maintenance: give --data maintenance=on or off" in done.output
    assert "Traceback" not in done.output
    assert ask(v2, "/").status == 200


# what is put in force is looked at before, and a process that is older than that does not stay
PUT_IN_FORCE = [
    "Verify | See that data and release are as expected",
    "Activate | Activate the release",
    "Service | Restart the app",
]
# what a person does, and the steps of the release that puts it right
BY_HAND: dict[str, tuple[str, list[str]]] = {
    "the site was edited": (
        f"sed -i 's/client_max_body_size .*/client_max_body_size 1k;/' {SITE}; nginx -s reload",
        ["Site | Publish the site"],
    ),
    "the site was disabled": (
        "rm /etc/nginx/sites-enabled/playmaker.conf; nginx -s reload",
        ["Site | Publish the site"],
    ),
    "nginx was stopped": ("systemctl stop nginx", ["Site | Publish the site"]),
    "the app was stopped": (
        "systemctl stop playmaker.socket playmaker.service",
        ["Service | Restart the app"],
    ),
    "the app was disabled": (
        "systemctl --quiet disable playmaker.socket playmaker.service",
        ["Service | Install the processes"],
    ),
    "the unit was edited": (
        f"sed -i '/^ProtectSystem/d' {UNITS}/playmaker.service",
        ["Service | Install the processes"],
    ),
    "the unit was edited and took effect": (
        f"sed -i '/^ProtectSystem/d' {UNITS}/playmaker.service;"
        " systemctl daemon-reload; systemctl restart playmaker",
        ["Service | Install the processes", "Service | Restart the app"],
    ),
    "another release is current": (
        "cd /srv/playmaker; ln -sfn releases/$(ls releases | head -n 1) current",
        PUT_IN_FORCE,
    ),
    "another release is current and runs": (
        "cd /srv/playmaker; ln -sfn releases/$(ls releases | head -n 1) current;"
        " systemctl restart playmaker",
        PUT_IN_FORCE,
    ),
    "no release is current": (
        "rm /srv/playmaker/current",
        PUT_IN_FORCE,
    ),
}
STATE = (
    f"sha256sum {SITE} {UNITS}/playmaker.* /srv/playmaker/shared/.env;"
    " readlink /srv/playmaker/current /etc/nginx/sites-enabled/playmaker.conf;"
    " systemctl is-active nginx playmaker.socket playmaker.service;"
    " systemctl is-enabled nginx playmaker.socket playmaker.service;"
    " systemctl show -p ProtectSystem -p NeedDaemonReload playmaker"
)


SAMPLE = ("the unit was edited and took effect",)


@pytest.mark.parametrize(
    "what",
    often(BY_HAND, lambda what: what in SAMPLE),
)
def test_a_release_puts_right_what_was_done_by_hand(lab: Lab, v2: LabHost, what: str) -> None:
    before = v2.run(STATE).stdout
    command, expected = BY_HAND[what]
    v2.run(command)
    assert v2.run(STATE, check=False).stdout != before

    healed = released(lab, v2)

    done = [step for step in healed.steps(v2.name) if not step.startswith("Health | ")]
    assert done == [*expected, "Changeover | Commit"]
    assert v2.run(STATE).stdout == before
    assert json.loads(ask(v2, "/api/health").body)["schema"] == "0001"
    assert released(lab, v2).steps(v2.name) == []


def nginx_files(host: LabHost) -> str:
    """Return every file of nginx's configuration with its digest, and every link."""
    links = "find /etc/nginx -type l -printf '%p %l\\n'"
    return host.run(f"find /etc/nginx -type f -exec sha256sum {{}} +; {links}").stdout


def test_a_site_that_nginx_refuses_leaves_the_last_good_one_serving(lab: Lab, v2: LabHost) -> None:
    before = nginx_files(v2)

    # a number to us, too large a number to nginx
    refused = release(lab, v2, playmaker_body_limit="99999999999999999999m")

    assert refused.status == 1
    assert f"nginx refuses the site of {DOMAIN}" in refused.output
    assert "client_max_body_size" in refused.output
    assert nginx_files(v2) == before
    assert ask(v2, "/").status == 200
    assert v2.run("nginx -t; systemctl reload nginx").returncode == 0
    assert ask(v2, "/").status == 200
    assert released(lab, v2).steps(v2.name) == []


@pytest.mark.slow
def test_nothing_is_touched_while_nginx_has_a_broken_configuration(lab: Lab, v2: LabHost) -> None:
    foreign = "/etc/nginx/conf.d/foreign.conf"
    v2.run(f"echo 'nonsense on;' > {foreign}")
    try:
        refused = release(lab, v2, "v3")
    finally:
        v2.run(f"rm {foreign}")
    assert refused.status == 1
    assert "nginx: its configuration is broken (" in refused.output
    assert 'unknown directive "nonsense"' in refused.output
    assert refused.steps(v2.name) == []
    assert released(lab, v2).steps(v2.name) == []

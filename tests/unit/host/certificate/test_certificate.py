"""Certificates on a host: what is in place stays until something better is known to be sound."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.host.certificate.certifying import CA, NAMES, Host

DAY = 86400


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Return a host without any certificate."""
    with Host(tmp_path).running() as host:
        yield host


@pytest.fixture
def published(host: Host) -> Host:
    """Return a host that shows a self-signed certificate."""
    host.ready()
    host.publish()
    host.ok("seen")
    return host


def test_a_self_signed_certificate_is_made_once(host: Host) -> None:
    assert host.look() == {"kind": None, "renews": "", "problem": None}

    host.ready("a.example", "10.0.0.1")
    first = host.look()
    host.ready("a.example", "10.0.0.1")

    assert host.look() == first
    assert (first["kind"], first["names"]) == ("self-signed", ["a.example", "10.0.0.1"])
    assert first["ends"] - time.time() > 3000 * DAY
    assert first["loaded"], "there is no site to show it"
    assert [path.stat().st_mode & 0o777 for path in (host.place / "current").iterdir()] == [
        0o600
    ] * 5
    assert host.place.stat().st_mode & 0o777 == 0o700
    assert (host.place / "current/hsts.conf").read_text() == ""


def test_other_names_are_another_self_signed_certificate(host: Host) -> None:
    host.ready("a.example")
    host.ready("a.example", "c.example")

    assert host.look()["names"] == ["a.example", "c.example"]


@pytest.mark.parametrize("name", ["privkey.pem", "fullchain.pem", "about.json", "hsts.conf"])
def test_what_is_damaged_is_said_and_made_anew(host: Host, name: str) -> None:
    host.ready()
    (host.place / "current" / name).unlink()

    told = host.look()
    assert told["kind"] is None
    assert name in told["damage"]
    host.ready()
    assert host.look()["kind"] == "self-signed"


def test_a_key_that_is_not_its_own_is_damage(host: Host) -> None:
    host.ready()
    host.openssl("genpkey", "-algorithm", "ed25519", "-out", host.place / "current/privkey.pem")

    assert "is not the key of the certificate" in host.look()["damage"]


def test_the_real_one_takes_the_place_of_the_self_signed_one(published: Host) -> None:
    published.issues(*NAMES)

    assert published.obtain() == ""

    told = published.look()
    assert (told["kind"], told["directory"], told["renews"]) == ("acme", CA, CA)
    assert (told["names"], told["loaded"], told["problem"]) == (list(NAMES), True, None)
    assert told["ends"] - told["due"] == 30 * DAY
    assert published.lines("shows") == [str((published.place / "current").resolve())]
    assert (published.place / "current/hsts.conf").read_text() == 'on "max-age=63072000";\n'
    (call,) = published.lines("certbot.calls")
    for word in ("--non-interactive", f"--server {CA}", "--register-unsafely-without-email",
                 "--domain a.example --domain b.example", "--deploy-hook"):  # fmt: skip
        assert word in call
    published.ready()
    assert published.look()["kind"] == "acme", "publishing leaves it in place"


def test_what_certbot_has_already_is_not_asked_for_again(published: Host) -> None:
    published.issues(*NAMES)
    published.obtain()
    published.ready(kind="self-signed", load=True)

    assert published.obtain() == ""

    assert published.look()["kind"] == "acme"
    assert len(published.lines("certbot.calls")) == 1


@pytest.mark.parametrize("again", [{"directory": "https://other/dir"}, {"names": ["c.example"]}])
def test_another_directory_or_other_names_are_asked_for(
    published: Host, again: dict[str, object]
) -> None:
    published.issues(*NAMES)
    published.obtain()
    names = again.get("names", NAMES)
    assert isinstance(names, list | tuple)
    published.issues(*names)

    assert published.obtain(*names, directory=str(again.get("directory", CA))) == ""

    told = published.look()
    assert (told["names"], told["directory"]) == (list(names), again.get("directory", CA))


REFUSAL = """echo 'Saving debug log to x
Certbot failed to authenticate some domains. The Certificate Authority reported these problems:
  Domain: b.example
  Detail: no such name

Hint: look
Some challenges have failed.
Ask for help'; exit 1"""


def test_a_refusal_leaves_the_old_one_and_is_said_in_one_line(published: Host) -> None:
    before = published.look()
    published.does(REFUSAL)

    said = published.obtain()

    assert said == f"{CA}: Domain: b.example Detail: no such name"
    told = published.look()
    assert told.pop("problem")["what"] == said
    before.pop("problem")
    assert told == before
    published.issues(*NAMES)
    published.does("issue")
    assert published.obtain() == ""
    assert published.look()["problem"] is None


def test_a_server_that_does_not_come_to_an_end_is_given_up(published: Host) -> None:
    published.does(f"echo $$ > {published.root}/pid; exec sleep 600")

    assert published.obtain(seconds=1) == f"{CA} did not come to an end within 1 s"
    (pid,) = published.lines("pid")
    assert not Path("/proc", pid).exists(), "it was ended"
    assert published.look()["kind"] == "self-signed"


def test_another_certbot_is_waited_for(published: Host) -> None:
    published.issues(*NAMES)
    busy = "Another instance of Certbot is already running"
    published.does(f"echo issue > {published.root}/does; echo '{busy}.'; exit 1")

    assert published.obtain(seconds=30) == ""
    assert len(published.lines("certbot.calls")) == 2


def test_nobody_is_asked_while_nginx_does_not_show_challenges(published: Host) -> None:
    published.webroot = published.root / "elsewhere"

    said = published.obtain()

    assert said.startswith("a.example: nginx does not show challenges on port 80")
    assert published.lines("certbot.calls") == []


@pytest.mark.parametrize(
    ("names", "days", "says"),
    [
        (("a.example",), 90, "the new certificate does not name b.example"),
        (NAMES, 0, "the new certificate has ended already"),
    ],
)
def test_what_is_not_sound_is_not_shown(
    published: Host, names: tuple[str, ...], days: int, says: str
) -> None:
    published.issues(*names, days=days)
    time.sleep(1.1 if days == 0 else 0)

    assert published.obtain() == says
    assert published.look()["kind"] == "self-signed"


def test_a_key_of_another_certificate_is_not_taken_over(published: Host) -> None:
    published.issues(*NAMES)
    published.openssl("genpkey", "-algorithm", "ed25519", "-out",
                      published.root / "issued/privkey.pem")  # fmt: skip

    assert "is not the key of the certificate beside it" in published.obtain()
    assert published.look()["kind"] == "self-signed"


def test_an_older_one_does_not_take_the_place_of_a_newer_one(published: Host) -> None:
    published.issues(*NAMES)
    old = published.root / "old"
    shutil.copytree(published.root / "issued", old)
    time.sleep(1.1)
    published.issues(*NAMES)
    published.obtain()
    before = published.look()
    live = published.letsencrypt / "live/changeover-a"
    for name in ("fullchain.pem", "privkey.pem"):
        shutil.copyfile(old / name, live / name)

    refused = published.run("deploy")

    assert refused.returncode == 3
    assert refused.stderr == "the new certificate is older than the one in place\n"
    told = published.look()
    assert told["begins"] == before["begins"]
    assert told["problem"]["what"] == refused.stderr.strip()


def test_what_nginx_refuses_is_never_in_place(published: Host) -> None:
    published.issues(*NAMES)
    before = (published.place / "current").resolve()
    (published.root / "refuses").touch()

    assert published.obtain() == "nginx refuses the certificate: [emerg] no"

    assert (published.place / "current").resolve() == before
    assert published.lines("reloads") == []
    (mount,) = published.lines("mounts")
    assert mount.startswith("--bind ")
    assert mount.endswith(str(before))


def test_what_nginx_does_not_come_to_show_is_taken_back(published: Host) -> None:
    published.issues(*NAMES)
    before = (published.place / "current").resolve()
    (published.root / "deaf").touch()

    said = published.obtain()

    assert said.startswith("nginx does not show the certificate in place: port ")
    assert (published.place / "current").resolve() == before
    assert published.lines("reloads") == ["reload", "reload"]


def test_a_link_that_was_switched_by_hand_counts_as_not_loaded(published: Host) -> None:
    published.issues(*NAMES)
    published.obtain()
    (other,) = [p for p in (published.place / "certificates").iterdir()
                if p != (published.place / "current").resolve()]  # fmt: skip
    (published.place / "current").unlink()
    (published.place / "current").symlink_to(other)

    assert not published.look()["loaded"]
    assert published.obtain() == ""
    assert published.look()["loaded"]


def test_half_of_what_a_stopped_certbot_left_is_taken_away_first(published: Host) -> None:
    published.issues(*NAMES)
    for folder in ("live", "archive"):
        (published.letsencrypt / folder / "changeover-a").mkdir(parents=True)
    check = f"[ ! -e $base/live/$name ] || exit 1\necho issue > {published.root}/does"
    published.does(check)

    assert published.obtain() == ""


def test_old_ones_go_and_what_is_in_place_stays(published: Host) -> None:
    for number in range(6):
        published.ready(f"n{number}.example", kind="self-signed", load=True)

    kept = list((published.place / "certificates").iterdir())
    assert len(kept) == 4
    assert (published.place / "current").resolve() in kept


def test_what_is_no_longer_renewed_stays_in_place(published: Host) -> None:
    published.issues(*NAMES)
    published.obtain()

    published.ok("give-up")
    published.ok("give-up")

    told = published.look()
    assert (told["kind"], told["renews"]) == ("acme", "")
    assert not (published.letsencrypt / "live/changeover-a").exists()


def test_while_nginx_is_stopped_a_certificate_is_put_in_place_all_the_same(
    published: Host,
) -> None:
    published.issues(*NAMES)
    (published.root / "stopped").touch()

    assert published.obtain() == ""
    told = published.look()
    assert (told["kind"], told["loaded"]) == ("acme", False)

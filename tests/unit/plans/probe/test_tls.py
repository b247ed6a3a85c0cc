"""What the probe sees of a site's certificate, and the script that gets another one."""

import json

import pytest

from changeover.plans import tls
from changeover.plans.probe import probe_script, question
from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.snapshot import Certificate, Tls
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import target

TARGET = target(tls="acme")
PROGRAM = "/usr/local/lib/changeover/certificate"
PATHS = TARGET.paths
REAL = {
    "kind": "acme",
    "directory": "https://ca",
    "names": ["play.example"],
    "begins": 1,
    "ends": 9,
    "due": 6,
    "loaded": True,
}
CATCH_ALL = """\
# configuration file /etc/nginx/sites-enabled/other.conf:
server { listen 80; }
# configuration file /etc/nginx/conf.d/all.conf:
server {
    listen 80 default_server;
    root /var/lib/changeover/acme;
}
"""


@pytest.fixture(autouse=True)
def quiet(shell: Shell) -> None:
    """Let the probe neither ask this machine's services nor its network."""
    for name in ("systemctl", "nginx", "dpkg-query"):
        shell.stub(name, "exit 1")


def probed(shell: Shell) -> Tls:
    return parse_snapshot(shell.probe(probe_script(question(TARGET))).splitlines()).tls


def says(shell: Shell, told: dict[str, object]) -> None:
    """Let the host program tell this."""
    shell.write(PATHS.certificates + "/.keep")
    shell.write(PROGRAM, f"#!/bin/sh\necho \"$*\" >&2\necho '{json.dumps(told)}'\n", 0o755)


def test_a_host_without_certificates_is_not_asked(shell: Shell) -> None:
    shell.write(PROGRAM, "#!/bin/sh\necho no\n", 0o755)

    assert probed(shell) == Tls()


def test_the_certificate_in_place_is_read(shell: Shell) -> None:
    shell.stub("systemctl", "exit 0")
    problem = {"when": 3, "what": "https://ca: refused"}
    says(shell, {**REAL, "renews": "https://ca", "problem": problem})

    names = ("play.example",)
    assert probed(shell) == Tls(
        Certificate("acme", "https://ca", names, begins=1, ends=9, due=6),
        renews="https://ca",
        timer=True,
        problem="https://ca: refused",
    )


def test_damage_is_told(shell: Shell) -> None:
    says(shell, {"kind": None, "renews": "", "problem": None, "damage": "no key"})

    assert probed(shell) == Tls(damage="no key")


def test_a_site_shows_challenges_where_its_own_file_does(shell: Shell) -> None:
    shell.write(PATHS.site_enabled, "server { listen 80; }\n")
    assert not probed(shell).challenges

    shell.write(PATHS.site_enabled, shell.moved("    root /var/lib/changeover/acme;\n"))
    assert probed(shell).challenges


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        (CATCH_ALL, True),
        (CATCH_ALL.replace(" default_server", ""), False),
        (CATCH_ALL.replace("80 default_server;", "80;\n    server_name _;"), True),
        (CATCH_ALL.replace("/var/lib/changeover/acme", "/var/www"), False),
        (CATCH_ALL.replace("    root", "}\n# configuration file /x:\n    root"), False),
        ("", False),
    ],
)
def test_before_a_site_is_published_the_one_for_all_names_may_show_them(
    shell: Shell, text: str, shows: bool
) -> None:
    (shell.root / "nginx.txt").write_text(shell.moved(text))
    shell.stub("nginx", f"cat {shell.root}/nginx.txt")

    assert probed(shell).challenges is shows


@pytest.mark.parametrize(("status", "ends"), [(0, 0), (3, 0), (1, 1), (127, 127)])
def test_what_cannot_be_had_is_no_failure_of_the_script(
    shell: Shell, status: int, ends: int
) -> None:
    shell.stub("systemctl", "exit 0")
    shell.write(PROGRAM, f'#!/bin/sh\necho "$*"\necho why >&2\nexit {status}\n', 0o755)
    authority = tls.Authority("https://ca", "me@example.com")

    done = shell.try_(tls.certificate_script(TARGET, authority))

    assert done.returncode == ends
    assert "why" in done.stderr
    assert done.stdout.startswith("obtain --folder ")
    assert "--email me@example.com" in done.stdout
    assert done.stdout.endswith("--hsts play.example\n")


def test_what_is_not_wanted_is_renewed_no_longer(shell: Shell) -> None:
    shell.write(PROGRAM, '#!/bin/sh\necho "$1 ${*: -1}"\n'.replace("sh", "bash", 1), 0o755)

    assert shell.run(tls.certificate_script(target(), None)).startswith("give-up ")
    own = shell.run(tls.certificate_script(target(tls="self-signed"), None)).splitlines()
    assert [line.split()[0] for line in own] == ["give-up", "ready"]

"""The probe of a host that has no Python: it tells what a fresh host is asked, as it would else."""

import json
import sys
from dataclasses import replace

import pytest

from changeover.plans.probe import candidate_script, probe_script, status_script
from changeover.plans.probe_answer import parse_candidate, parse_snapshot
from changeover.plans.snapshot import Snapshot
from changeover.plans.status import parse_status
from tests.unit.plans.probe.test_probe import PATHS, QUESTION
from tests.unit.plans.shell import Shell

NGINX = """\
# configuration file /etc/nginx/sites-enabled/other.conf:
server {
    listen 80; # server_name no.example
    server_name a.example "b.example";
}
"""


@pytest.fixture
def other(shell: Shell) -> Shell:
    """Return a host that serves something else."""
    block = "ActiveState=inactive\\n\\n"
    show = f"*--value*) echo inactive ;; show*) printf '{block * 3}' ;;"
    shell.stub("systemctl", f'case "$*" in {show} *) exit 3 ;; esac')
    shell.stub("nginx", f"cat {shell.write('/var/lib/changeover/nginx.txt', NGINX)}")
    shell.stub(
        "dpkg-query", "echo 'installed git'; echo 'config-files nginx'; echo 'installed zstd'"
    )
    shell.write(f"{PATHS.root}/index.html")
    shell.write("/etc/systemd/system/playmaker.service", '[Unit]\n# "of\\another"\n')
    shell.write(PATHS.site, "# Managed by Changeover for playmaker. Do not edit.\n")
    return shell


def probed(shell: Shell) -> Snapshot:
    """Probe, see that the answer is one line of JSON, and return what was found."""
    said = shell.probe(probe_script(replace(QUESTION, packages=("git", "zstd"))))
    assert set(json.loads(said)) == {"probe"}
    return parse_snapshot(said.splitlines())


@pytest.mark.parametrize("status", [127, 3])
def test_it_tells_the_same_as_with_python(other: Shell, status: int) -> None:
    with_python = probed(other)
    other.stub("python3", f"exit {status}")

    bare = probed(other)

    same = replace(bare, clock=with_python.clock, free_kilobytes=with_python.free_kilobytes)
    # which a host without programs of ours is not asked
    same = replace(same, files=with_python.files, folders=with_python.folders)
    assert same == replace(with_python, site_health=None)
    assert bare.clock > 1_700_000_000
    assert bare.free_kilobytes > 0
    assert bare.packages == {"git", "zstd"}
    assert bare.server_names == {
        "/etc/nginx/sites-enabled/other.conf": ("a.example", '"b.example"')
    }
    assert len(bare.foreign) == 2


def test_what_nginx_complains_of_is_told_whatever_it_says(other: Shell) -> None:
    other.stub("python3", "exit 127")
    other.stub("nginx", r"""printf '[warn]\n[emerg] "x\\y" \001\377 is odd\n' >&2; exit 1""")

    assert probed(other).nginx_error == '[emerg] "x\\y"  is odd'


def test_a_small_python_is_none(other: Shell) -> None:
    """Debian's python3-minimal has neither SQLite nor all else that is needed."""
    hidden = "import sys; sys.modules['sqlite3'] = None; exec(sys.argv.pop(1))"
    other.stub("python3", f'shift 2; exec {sys.executable} -IS -c "{hidden}" "$@"')

    assert probed(other).packages == {"git", "zstd"}


@pytest.mark.parametrize("status", [127, 3])
def test_nobody_knows_what_a_url_leads_to(other: Shell, status: int) -> None:
    other.stub("python3", f"exit {status}")
    script = candidate_script(QUESTION, local_server=True)

    said = other.probe(script, "DATABASE_URL=postgresql:///x\n")

    assert parse_candidate(said.splitlines()) is None


def test_a_person_is_told_of_the_disk_too(other: Shell) -> None:
    other.stub("python3", "exit 127")

    found = parse_status(other.probe(status_script(QUESTION)).splitlines())

    assert found.total_kilobytes > found.snapshot.free_kilobytes > 0
    assert found.complaint == "it is not installed"

"""When pages are asked for and the log is looked through, and what is asked."""

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from changeover.operations.view import View
from changeover.plans import observe
from changeover.plans.rollback_methods.method import CODE, Method
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target
from tests.unit.plans.shell import Shell
from tests.unit.plans.web import web
from tests.unit.plans.world import DEMANDING, V3, serving, target, view, with_release

WELL = target(DEMANDING)
NEXT = target(DEMANDING, V3)
HELD: dict[str, Any] = {
    "held": {"what": "release"},
    "open_changeover": {"id": "x", "began": 1767500000.5},
}


def decided(seen: View) -> tuple[bool, str]:
    found = observe.decide(seen.target, seen.snapshot, switches=seen.switches)
    return found.needed, found.why


def variables(wanted: Target, snapshot: Snapshot) -> dict[str, str]:
    """Return the values that the script is given."""
    text = observe.observe_script(wanted, snapshot)
    found = re.findall(r"(?m)^([a-z_]+)=(.*)$", text)
    return {name: " ".join(shlex.split(value)) for name, value in found if name != "failed"}


def test_where_nothing_is_put_in_force_nothing_is_asked() -> None:
    assert decided(view(WELL, serving(WELL))) == (False, "nothing was put in force")


def test_a_release_that_is_held_is_looked_at_also_when_all_is_well_already() -> None:
    assert decided(view(WELL, replace(serving(WELL), **HELD))) == (
        True,
        "1 page and the log (not what is so since 0002, which it does not know)",
    )


def test_what_a_dead_release_left_open_is_not_this_ones() -> None:
    left = replace(serving(WELL), open_changeover=HELD["open_changeover"])

    assert not decided(view(WELL, left))[0]


@pytest.mark.parametrize(
    "changes", [{"current": "other"}, {"site_loaded": "other"}, {"processes": {}}], ids=str
)
def test_code_a_restart_and_the_site_put_something_in_force(changes: dict[str, Any]) -> None:
    assert decided(view(WELL, replace(serving(WELL), **changes)))[0]
    assert decided(view(WELL, web(serving(WELL), release="other")))[0]


def test_a_rollback_is_not_held_to_what_a_newer_deploy_file_expects() -> None:
    snapshot = replace(serving(WELL), **HELD)
    (release,) = snapshot.releases.values()
    back = replace(WELL, rollback=Rollback(release, Method(CODE)))

    assert not observe.decide(back, snapshot, switches=True).needed


def test_pages_since_a_migration_are_asked_of_releases_that_know_it() -> None:
    older = json.loads(variables(WELL, serving(WELL))["pages"])
    newer = json.loads(variables(NEXT, with_release(serving(WELL), NEXT))["pages"])

    assert [page["path"] for page in older] == ["/"]
    assert [page["path"] for page in newer] == ["/", "/new"]


def test_the_log_is_that_of_this_changeover_and_files_are_in_the_shared_folder() -> None:
    found = variables(WELL, replace(serving(WELL), **HELD))

    assert found["began"] == "1767500000.5"
    assert json.loads(found["errors"])["files"] == ["/srv/playmaker/shared/logs/a.log"]
    assert json.loads(found["errors"])["allowed"] == 1


@pytest.mark.parametrize(
    ("there", "how"),
    [
        ((), "--socket /run/changeover/playmaker/playmaker.sock --scheme http"),
        (("/etc/nginx/sites-enabled/playmaker.conf",), ""),
        (
            (
                "/etc/nginx/sites-enabled/playmaker.conf",
                "/var/lib/changeover/playmaker/maintenance",
            ),
            "--bypass /etc/nginx/changeover/playmaker-bypass.conf",
        ),
    ],
)
def test_all_is_looked_at_even_if_the_first_is_not_as_expected(
    shell: Shell, there: tuple[str, ...], how: str
) -> None:
    program = '#!/bin/sh\necho "$@" >> "$0.arguments"\n[ "$1" = log ]\n'
    shell.write("/usr/local/lib/changeover/expect", program, 0o755)
    for path in there:
        shell.write(path)

    done = shell.try_(observe.observe_script(WELL, serving(WELL)))

    assert done.returncode == 1
    called = (shell / "/usr/local/lib/changeover/expect.arguments").read_text().splitlines()
    pages = shell.moved(f"pages --app playmaker --domain play.example {how}").strip()
    assert called[0] == pages
    code = shell.moved(f"code --root /srv/playmaker --release {WELL.release}")
    assert called[1] == code
    assert called[2].startswith("log --unit playmaker.service --user playmaker --marked ")

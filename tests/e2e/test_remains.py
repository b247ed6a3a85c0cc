"""What a power cut can leave behind, beside what the undo journal knows."""

import pytest

from tests.e2e import load
from tests.e2e.conftest import NewHost
from tests.e2e.matrix import judge
from tests.lab import Lab

pytestmark = pytest.mark.lab

# What a power cut can leave in the middle of a file's replacement, a fetch or a build.
REMAINS = """set -e
cd /srv/playmaker
mkdir releases/.20260103T120000Z-0123456789ab.new builds/.work builds/.new builds/.gone
mkdir environments/.gone environments/python-0123456789abcdef builds/build-0123456789abcdef
touch shared/.env.changeover.AbCdEfGh .current.changeover.AbCdEfGh
touch /var/lib/changeover/playmaker/candidate.env.changeover.AbCdEfGh.wanted
touch /etc/systemd/system/playmaker.service.changeover.AbCdEfGh
touch repository.git/refs/heads/news.lock
"""
PLACES = "/srv/playmaker /var/lib/changeover /etc/systemd"
LIE_ABOUT = f"find {PLACES} -name '*AbCdEfGh*' -o -name '*0123456789ab*'"


def test_a_release_clears_away_what_a_power_cut_left(lab: Lab, new_host: NewHost) -> None:
    host = new_host("remains", "v2")
    host.run(REMAINS)
    commit = lab.origin.push(load.APP, {"NEWS": "new\n"}, "Add news", branch="news", base="v3")

    mended = load.release(lab, host, commit)

    assert mended.status == 0, mended.output
    assert host.run(LIE_ABOUT).stdout == ""
    assert judge.leftovers(host, "playmaker") == []

"""What a power cut can leave behind, beside what the undo journal knows."""

import pytest

from changeover.lab import Lab
from tests.e2e import load
from tests.e2e.conftest import NewHost
from tests.e2e.matrix import judge

pytestmark = pytest.mark.lab

# What a power cut can leave in the middle of a file's or a link's replacement, a fetch or a build.
REMAINS = """set -e
cd /srv/playmaker
mkdir releases/.20260103T120000Z-0123456789ab.new builds/.work builds/.new builds/.gone
mkdir environments/.gone environments/python-0123456789abcdef builds/build-0123456789abcdef
touch repository.git/refs/heads/news.lock
ln -s "$(readlink current)" .current.changeover.AbCdEfGh
ln -s ../sites-available/playmaker.conf /etc/nginx/sites-enabled/.playmaker.conf.changeover.AbCdEfGh
mkdir -p /var/lib/changeover/playmaker/environments
for file in /srv/playmaker/shared/.env /etc/changeover/playmaker/deploy_key \\
    /var/lib/changeover/playmaker/environments/20260103T120000Z.env \\
    /etc/nginx/changeover/playmaker-bypass.conf /etc/systemd/system/playmaker.service; do
    touch $file.changeover.AbCdEfGh
    echo half > $file.changeover.AbCdEfGi
done
touch /var/lib/changeover/playmaker/candidate.env.changeover.AbCdEfGh.wanted
"""
PLACES = "/srv/playmaker /var/lib/changeover /etc/changeover /etc/nginx /etc/systemd"
LIE_ABOUT = f"find {PLACES} -name '*AbCdEf*' -o -name '*0123456789ab*'"


def test_a_release_clears_away_what_a_power_cut_left(lab: Lab, new_host: NewHost) -> None:
    host = new_host("remains", "v2")
    host.run(REMAINS)
    commit = lab.origin.push(load.APP, {"NEWS": "new\n"}, "Add news", branch="news", base="v3")

    mended = load.release(lab, host, commit)

    assert mended.status == 0, mended.output
    assert host.run(LIE_ABOUT).stdout == ""
    assert judge.leftovers(host, "playmaker") == []

"""The host's own PostgreSQL: sized, closed, and put back when somebody changes it."""

from pathlib import Path

import pytest

from changeover.lab import Lab, LabHost
from tests.e2e.conftest import NewHost
from tests.e2e.jersey import APP, FLAVOURS, Deployed

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NETWORK = {"host_postgres_networks": '["10.99.0.0/16"]'}


def sql(host: LabHost, text: str) -> str:
    """Ask the host's server as its superuser."""
    return host.run(f'cd / && runuser -u postgres -- psql -XAtc "{text}"').stdout.strip()


def test_a_server_is_sized_closed_and_put_back(lab: Lab, new_host: NewHost, tmp_path: Path) -> None:
    host = new_host("sized", groups=[APP])
    app = Deployed(lab, host, FLAVOURS["postgres"].environment(lab, tmp_path))
    done = app.run("provision")
    assert done.status == 0, done.output
    assert app.run("provision").steps(host.name) == []
    assert sql(host, "show password_encryption") == "scram-sha-256"
    memory = int(host.run("awk '/MemTotal/ { print $2 }' /proc/meminfo").stdout) // 1024
    wanted = min(memory // 4, 8192)
    assert sql(
        host, "select setting::int / 128 from pg_settings where name = 'shared_buffers'"
    ) == (f"{wanted}")
    begun = sql(host, "select pg_postmaster_start_time()")

    host.run("echo 'work_mem = 1MB' > /etc/postgresql/15/main/conf.d/changeover.conf")
    sql(host, "alter system set random_page_cost = 4")
    sql(host, "select pg_reload_conf()")
    said = app.run("provision")
    assert said.status == 0, said.output
    assert "conf.d/changeover.conf differs" in said.output
    assert "random_page_cost is 4" in said.output
    assert sql(host, "show random_page_cost") == "1.1"
    # nothing that was put back was in force with another value and needs a restart
    assert sql(host, "select pg_postmaster_start_time()") == begun
    assert app.run("provision").steps(host.name) == []

    opened = app.run("provision", **NETWORK)
    assert opened.status == 0, opened.output
    assert sql(host, "show listen_addresses") == "*"
    rows = sql(
        host, "select address, type, auth_method from pg_hba_file_rules where type = 'hostssl'"
    )
    assert rows == "10.99.0.0|hostssl|scram-sha-256"
    closed = app.run("provision")
    assert closed.status == 0, closed.output
    assert "networks in pg_hba.conf is hostssl all all 10.99.0.0/16" in closed.output
    assert sql(host, "show listen_addresses") == "localhost"

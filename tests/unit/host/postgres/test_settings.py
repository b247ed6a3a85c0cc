"""The settings that a host's PostgreSQL gets, told to a real server."""

import subprocess

from changeover.hardening.plans.part import Carried, HostTarget, Machine
from changeover.hardening.plans.parts import postgres
from changeover.settings.host import HostSettings
from tests.unit.host.postgres.cluster import Cluster
from tests.unit.plans.world import PLAYMAKER, target


def settings(memory: int) -> tuple[dict[str, str], str]:
    """Return the settings, and the query that tells which are not in force."""
    ask = HostTarget(
        HostSettings(),
        Machine(memory_megabytes=memory, cores=4),
        (Carried(PLAYMAKER, target().values, local_server=True),),
    )
    made = postgres.server(ask)
    (file,) = made.files.values()
    rows = [line.split(" = ") for line in file.content.splitlines() if " = " in line]
    return {name: value.strip("'") for name, value in rows}, str(made.variables["query"])


def test_a_server_understands_them_and_is_then_found_as_wanted(cluster: Cluster) -> None:
    wanted, query = settings(256)
    said = cluster.sql("postgres", query)
    assert "shared_buffers is 32MB" in said
    assert "password_encryption" not in said  # its default is the wanted one

    # as they are written into a file, by a process that says what it would run with
    as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
    for name, value in (("shared_buffers", "8192"), ("max_wal_size", "1024"), ("ssl", "on")):
        command = [str(cluster.programs / "postgres"), "-D", str(cluster.data), "-C", name]
        # the running server's files are only read
        done = subprocess.run(
            [*as_postgres, *command, *options],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )
        assert (done.returncode, done.stdout.strip()) == (0, value), done.stderr


def test_only_what_is_not_in_force_is_named(cluster: Cluster) -> None:
    wanted, query = settings(128)  # a quarter of it is what the tests' server has
    assert wanted["shared_buffers"] == "32MB"
    named = {one.split(" is ")[0] for one in cluster.sql("postgres", query).split(", ")}
    assert not named & {"shared_buffers", "max_connections", "checkpoint_completion_target"}
    assert {"random_page_cost", "log_lock_waits"} <= named

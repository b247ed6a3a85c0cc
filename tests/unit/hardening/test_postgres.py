"""The host's PostgreSQL: there where an app is on it, sized by the host, closed unless asked."""

from dataclasses import replace
from typing import Any

import pytest

from changeover.hardening.plans.part import Carried, HostTarget, Machine, Part
from changeover.hardening.plans.parts import postgres
from changeover.settings.host import HostSettings
from tests.unit.plans.world import PLAYMAKER, target

CONFIGURATION = "/etc/postgresql/15/main/conf.d/changeover.conf"


def part(memory: int = 2048, system: str = "debian 12", cores: int = 2, **settings: Any) -> Part:
    app = Carried(PLAYMAKER, target().values, local_server=True)
    machine = Machine(system=system, memory_megabytes=memory, cores=cores)
    return postgres.server(HostTarget(HostSettings(**settings), machine, (app,)))


def values(made: Part) -> dict[str, str]:
    (file,) = made.files.values()
    lines = (line for line in file.content.splitlines() if not line.startswith("#"))
    return {name: value.strip("'") for name, value in (line.split(" = ") for line in lines)}


def test_there_is_none_where_no_app_needs_it() -> None:
    app = Carried(PLAYMAKER, target().values)
    found = postgres.server(HostTarget(HostSettings(), apps=(app,)))

    assert (dict(found.files), found.packages, dict(found.answers)) == ({}, (), {})
    assert found.because == "no app has its database on a server of this host"


@pytest.mark.parametrize(
    ("system", "version"), [("debian 12", "15"), ("debian 13", "17"), ("ubuntu 24.04", "16")]
)
def test_the_version_is_the_one_that_the_system_packages(system: str, version: str) -> None:
    assert list(part(system=system).files) == [
        f"/etc/postgresql/{version}/main/conf.d/changeover.conf"
    ]


def test_a_system_whose_version_is_not_known_stops_the_host() -> None:
    with pytest.raises(ValueError, match="debian 14: it is not known which PostgreSQL"):
        part(system="debian 14")


@pytest.mark.parametrize(
    ("memory", "buffers", "cache", "maintenance", "work", "most"),
    [
        (512, "128MB", "256MB", "32MB", "4MB", "1024MB"),
        (2048, "512MB", "1024MB", "128MB", "5MB", "1024MB"),
        (8192, "2048MB", "4096MB", "512MB", "20MB", "4096MB"),
        (65536, "8192MB", "32768MB", "2048MB", "64MB", "4096MB"),
    ],
)
def test_memory_goes_by_the_host(
    memory: int, buffers: str, cache: str, maintenance: str, work: str, most: str
) -> None:
    found = values(part(memory))

    assert found["shared_buffers"] == buffers
    assert found["effective_cache_size"] == cache
    assert found["maintenance_work_mem"] == maintenance
    assert found["work_mem"] == work
    assert found["max_wal_size"] == most


def test_it_listens_to_the_host_alone_unless_networks_are_given() -> None:
    closed = part()
    networks = ["10.1.2.3", "192.168.7.0/24", "fd00::/64"]
    opened = part(postgres_networks=networks)

    assert values(closed)["listen_addresses"] == "localhost"
    assert closed.variables["rows"] == []
    assert values(opened)["listen_addresses"] == "*"
    assert opened.variables["rows"] == [
        "hostssl all all 10.1.2.3/32 scram-sha-256",
        "hostssl all all 192.168.7.0/24 scram-sha-256",
        "hostssl all all fd00::/64 scram-sha-256",
    ]


def test_what_is_in_force_is_asked_of_every_setting() -> None:
    made = part()
    command = made.answers["PostgreSQL's settings in force"].command
    assert [
        name for name, value in values(made).items() if f"('{name}', '{value}')" not in command
    ] == []


def test_parallel_workers_are_for_hosts_with_cores() -> None:
    assert "max_worker_processes" not in values(part(cores=2))
    assert values(part(cores=8))["max_worker_processes"] == "8"
    assert replace(part(cores=2)).step == "postgres.server"

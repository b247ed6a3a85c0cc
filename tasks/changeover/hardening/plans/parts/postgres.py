"""The host's own PostgreSQL server: sized for a host that it shares with apps, and closed."""

import ipaddress

from changeover.hardening.plans.part import File, HostTarget, Part, Setting
from changeover.hardening.plans.texts import HEADER
from changeover.plans.paths import PROGRAMS

# which version a system packages
VERSIONS = {"debian 12": "15", "debian 13": "17", "ubuntu 24.04": "16"}
_CONNECTIONS = 100
_LARGE_MEGABYTES = 4096
_PSQL = "runuser -u postgres -- psql -XAtq -c"
# what is in force, not what is written: a setting may wait for a restart, or come from elsewhere
_IN_FORCE = """select coalesce(string_agg(name || ' is ' || current_setting(name), ', '), 'yes')
from (values {values}) as wanted (name, value)
where case when value ~ '^[0-9]+MB$'
then pg_size_bytes(current_setting(name)) <> pg_size_bytes(value)
else current_setting(name) <> value end"""


def server(target: HostTarget) -> Part:
    """
    Return the server that some app of the host has its database on.

    Raises ValueError where it is not known which version the system packages.
    """
    step = "postgres.server"
    if not any(carried.local_server for carried in target.apps):
        return Part(step=step, because="no app has its database on a server of this host")
    version = VERSIONS.get(target.machine.system)
    if version is None:
        raise ValueError(f"{target.machine.system}: it is not known which PostgreSQL it packages")
    folder = f"/etc/postgresql/{version}/main"
    values = _values(target)
    text = "".join(f"{name} = '{value}'\n" for name, value in values.items())
    query = _IN_FORCE.format(values=", ".join(f"('{n}', '{v}')" for n, v in values.items()))
    rows = _rows(target.settings.postgres_networks)
    return Part(
        step=step,
        packages=("postgresql",),
        files={f"{folder}/conf.d/changeover.conf": File(HEADER + text)},
        answers={
            "PostgreSQL's settings in force": Setting(f'{_PSQL} "{query}"', "yes"),
            "networks in pg_hba.conf": Setting(
                _written(f"{folder}/pg_hba.conf"), " | ".join(rows) or "nothing"
            ),
            "postgresql at boot": Setting("systemctl is-enabled postgresql", "enabled"),
        },
        keep=(f"{folder}/pg_hba.conf", f"/var/lib/postgresql/{version}/main/postgresql.auto.conf"),
        apply="postgres/server",
        settle="postgres/server_settle",
        variables={
            "version": version,
            "access": f"{folder}/pg_hba.conf",
            "rows": rows,
            "query": query,
            "names": list(values),
            "quiet": f"{PROGRAMS}/quiet",
        },
    )


def _values(target: HostTarget) -> dict[str, str]:
    """Return the settings: pgtune's rules for a web application, on a host shared with its app."""
    memory, cores = target.machine.memory_megabytes, target.machine.cores
    buffers = min(memory // 4, 8192)
    large = memory >= _LARGE_MEGABYTES
    found = {
        "listen_addresses": "*" if target.settings.postgres_networks else "localhost",
        "password_encryption": "scram-sha-256",
        "ssl": "on",
        "max_connections": str(_CONNECTIONS),
        "shared_buffers": f"{buffers}MB",
        # half, where pgtune says three quarters of a host that does nothing else
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{_between(memory // 16, 32, 2048)}MB",
        # a sort may take it, and a query may sort three times
        "work_mem": f"{_between((memory - buffers) // (_CONNECTIONS * 3), 4, 64)}MB",
        "checkpoint_completion_target": "0.9",
        "min_wal_size": "1024MB" if large else "256MB",
        "max_wal_size": "4096MB" if large else "1024MB",
        # any page of an SSD is as near as the next
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        "log_lock_waits": "on",
        "log_connections": "on",
        "log_disconnections": "on",
    }
    if cores >= 4:
        found |= {"max_worker_processes": str(cores), "max_parallel_workers": str(cores)}
    return found


def _rows(networks: list[str]) -> list[str]:
    """Return the rows of pg_hba.conf that let networks in: with a password, and encrypted."""
    found = (ipaddress.ip_network(network, strict=False) for network in networks)
    return [f"hostssl all all {network} scram-sha-256" for network in found]


def _between(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def _written(path: str) -> str:
    """Return the command that prints the rows between Changeover's marks, on one line."""
    marks = "/^# Begin of Changeover/,/^# End of Changeover/"
    return f"sed -n '{marks}{{/^#/d;p}}' {path} | paste -sd '|' | sed 's/|/ | /g'"

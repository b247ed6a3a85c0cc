"""What the probe is asked: the app, and where its things are."""

from typing import NamedTuple

NOT_INSTALLED = "its program is not installed: run deploys/provision.py"
"""Why nobody knows what is in a database."""


class Asked(NamedTuple):
    """One app on one host. Everything may be missing: a fresh machine has none of it."""

    app: str
    fetch_user: str
    build_user: str
    packages: tuple[str, ...]
    domain: str
    scheme: str
    health_path: str
    database_key: str
    pooled_key: str
    """The key of the app's own URL where that is another one; "" where it is not."""
    server_reach: tuple[str, ...]
    migration_tables: str
    """In which tables the database notes migrations."""
    public_prefix: str
    local_server: bool
    """Whether the server of a wanted URL is on the host itself."""
    root: str
    lock: str
    releases: str
    shared: str
    current: str
    environments: str
    builds: str
    env_file: str
    state: str
    candidate: str
    maintenance: str
    quiesced: str
    backups: str
    configuration: str
    socket: str
    """Where the app listens: a path, or ``ADDRESS:PORT``; port 0 is the one that was chosen."""
    serving: str
    """The name of the process that serves."""
    processes: str
    """Shell that has ``tell_processes``."""
    process_files: tuple[str, ...]
    """Files that installing the processes makes."""
    process_rivals: tuple[str, ...]
    """Files of others that would stand in their way."""
    site: str
    site_enabled: str
    include: str
    includes: str
    certificates: str
    certificate: str
    lineage: str
    renewal: str
    webroot: str
    mirror: str
    modules: str
    large: str
    cache: str
    programs: str
    pages: str
    uv: str
    node: str
    guard: str

    def program(self, name: str) -> str:
        """Return where one of our own programs would be."""
        return f"{self.programs}/{name}"

"""What a database URL means to a host."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """Where a database URL leads."""

    name: str | None = None
    """What the host's programs call it: a SQLite file's path, a database's name on its server."""
    problem: str | None = None
    functions: str = "database/sqlite"
    """The script file of the shell functions that work with it."""
    packages: tuple[str, ...] = ()
    """Debian packages that the host needs for it."""
    local_server: bool = False
    """Its server is on the host itself, so that provisioning looks after it."""

    @property
    def is_file(self) -> bool:
        """Tell whether it is a file of SQLite."""
        return self.functions == "database/sqlite"

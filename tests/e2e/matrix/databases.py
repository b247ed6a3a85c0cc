"""What the judge reads of a database: its data, not what the product says of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from changeover.lab import LabHost
from tests.e2e import load
from tests.e2e.load import Site

_PROGRAMS = "/usr/local/lib/changeover"
_UNDONE = ".undone-"

# Read as the app's user, so that no file of the database becomes another's.
_READ_SQLITE = """
import json, pathlib, sqlite3, sys
path = pathlib.Path(sys.argv[1])
found = None
if path.exists() and path.stat().st_size:
    connection = sqlite3.connect(path)
    ask = lambda words: [row[0] for row in connection.execute(words)]
    found = {
        "integrity": ask("PRAGMA integrity_check"),
        "strangers": ask("SELECT \\"table\\" FROM pragma_foreign_key_check"),
        "revisions": ask("SELECT version_num FROM alembic_version"),
    }
print(json.dumps(found))
"""

# amcheck reads every row and every entry of an index; the extension goes with the transaction.
_READ_POSTGRES = """
BEGIN;
CREATE EXTENSION amcheck;
SELECT json_build_object(
    'revisions', (SELECT string_agg(head, ', ' ORDER BY head) FROM (
        SELECT app || '.' || max(name) AS head FROM django_migrations GROUP BY app) AS heads),
    'damage', (SELECT json_agg(format('%s: %s', oid::regclass, msg)) FROM pg_class,
        LATERAL verify_heapam(oid) WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'),
    'indexes', (SELECT count(bt_index_check(c.oid, true)) > 0 FROM pg_class c JOIN pg_am a
        ON a.oid = c.relam WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
        AND amname = 'btree'),
    'invalid', (SELECT json_agg(conname) FROM pg_constraint WHERE NOT convalidated),
    'strangers', (SELECT json_agg(id) FROM accounts_artistprofile
        WHERE user_id NOT IN (SELECT id FROM accounts_user)),
    'owners', (SELECT json_agg(DISTINCT pg_get_userbyid(relowner)) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    'owner', (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())
);
ROLLBACK;
"""
_LIST_POSTGRES = """
SELECT json_object_agg(datname, coalesce(shobj_description(oid, 'pg_database'), ''))
FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1');
"""
_WRITTEN_POSTGRES = """
SELECT coalesce(json_agg(json_build_array(username, p.id)), '[]')
FROM accounts_artistprofile p JOIN accounts_user u ON u.id = p.user_id;
"""


class Database(Protocol):
    """The database of an app."""

    @property
    def verify(self) -> str:
        """The command that restores a backup once more, without its manifest."""

    def wrong(self, host: LabHost, schema: str | None) -> list[str]:
        """Return what is wrong with it under a release that needs a schema."""

    def written(self, host: LabHost) -> Mapping[str | None, list[int]]:
        """Return the ids of what is stored, by the keys with which it was written."""

    def kept(self, host: LabHost) -> set[str]:
        """Return the databases that an undo set aside."""


@dataclass(frozen=True)
class Sqlite:
    """A file, with revisions of Alembic; what was written is read through the site."""

    path: str
    user: str
    site: Site
    verify: str = f"{_PROGRAMS}/sqlite_backup verify"

    def wrong(self, host: LabHost, schema: str | None) -> list[str]:
        """Return what is wrong with it under a release that needs a schema."""
        read = host.run(f"python3 - {self.path}", user=self.user, text=_READ_SQLITE)
        found = json.loads(read.stdout)
        if schema is None:
            return [f"a database is left without a release for it: {found}"] if found else []
        if found is None:
            return ["the database is gone"]
        return _unlike(found, {"integrity": ["ok"], "strangers": [], "revisions": [schema]})

    def written(self, host: LabHost) -> Mapping[str | None, list[int]]:
        """Return the ids of what is stored, by the keys with which it was written."""
        return load.stored(host, self.site)

    def kept(self, host: LabHost) -> set[str]:
        """Return the databases that an undo set aside."""
        return set(host.run(f"ls -d {self.path}{_UNDONE}* 2> /dev/null || true").stdout.split())


@dataclass(frozen=True)
class Postgres:
    """One of a server on the host, with migrations of Django."""

    name: str
    owner: str
    environment: str

    @property
    def verify(self) -> str:
        """The command that restores a backup once more, without its manifest."""
        return f"{_PROGRAMS}/postgres_backup verify --environment {self.environment} --superuser postgres"  # noqa: E501

    def wrong(self, host: LabHost, schema: str | None) -> list[str]:
        """Return what is wrong with it under a release that needs a schema."""
        there = self._listed(host)
        if self.name not in there:
            return ["the database is gone"] if schema else []
        strays = there.keys() - self.kept(host) - {self.name}
        found = self._ask(host, _READ_POSTGRES, self.name)
        nothing = dict.fromkeys(("damage", "invalid", "strangers"))
        wanted = {"owner": self.owner, "owners": [self.owner], "indexes": True, **nothing}
        return [f"the database {stray} is left" for stray in sorted(strays)] + _unlike(
            found, {"revisions": schema, **wanted}
        )

    def written(self, host: LabHost) -> Mapping[str | None, list[int]]:
        """Return the ids of what is stored, by the keys with which it was written."""
        found: dict[str | None, list[int]] = {}
        for key, identity in self._ask(host, _WRITTEN_POSTGRES, self.name):
            found.setdefault(key, []).append(identity)
        return found

    def kept(self, host: LabHost) -> set[str]:
        """Return the databases that an undo set aside."""
        begin = f"{self.name}{_UNDONE}"
        there = self._listed(host)
        return {name for name in there if name.startswith(begin) and '"kept"' in there[name]}

    def _listed(self, host: LabHost) -> dict[str, str]:
        return dict(self._ask(host, _LIST_POSTGRES, "postgres"))

    def _ask(self, host: LabHost, text: str, database: str) -> Any:
        psql = f"psql -qXAt -v ON_ERROR_STOP=1 -d {database}"
        return json.loads(host.run(psql, user="postgres", text=text).stdout)


def _unlike(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    return [f"{key} is {found[key]}" for key in wanted if found[key] != wanted[key]]

"""Whether anything was written to a database since: cheap, and never wrong about a write.

PostgreSQL counts the rows that are inserted, updated and deleted, in each table
and in each catalog, so every change of rows or of definitions counts, also
TRUNCATE, which notes a new file in a catalog; sequences are read. What
autovacuum and ANALYZE write is not counted, or is in two catalogs that are
left out.

A backend reports its counts late: at its end, else when it was idle for 10 s at
most. So while somebody is connected who was active since, nothing can be said,
and the fingerprint is None, which equals none. Up to PostgreSQL 14 the counts
travel by UDP and can be lost: there it is always None.

Counts are lost in a crash and by pg_stat_reset(): both leave their time.
"""

import hashlib
import json
from typing import Any

from .session import Session, literal

FIRST_VERSION = 150000
# 10 s until an idle backend reports (PGSTAT_IDLE_INTERVAL), and some for a busy host
REPORTED_SECONDS = 12
# What ANALYZE writes, and where the oversized values of both go.
_ANALYZED = "('pg_catalog.pg_statistic'::regclass, 'pg_catalog.pg_statistic_ext_data'::regclass)"

_OTHERS = f"""
SELECT count(*) FROM pg_catalog.pg_stat_activity
WHERE datname = {{database}}
AND pid NOT IN ({{own}}, pg_backend_pid()) AND backend_type IS DISTINCT FROM 'autovacuum worker'
AND NOT coalesce(backend_type = 'client backend' AND state = 'idle'
    AND state_change < clock_timestamp() - interval '{REPORTED_SECONDS} s', false)
"""  # noqa: S608 - a constant
# A session that does not count would write unseen.
_UNCOUNTED = """
SELECT current_setting('track_counts') <> 'on' OR EXISTS (
    SELECT FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS one
    WHERE one LIKE 'track_counts=%')
"""
_COUNTS = f"""
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system,
    d.oid::text AS database, pg_postmaster_start_time()::text AS started,
    pg_stat_get_db_stat_reset_time(d.oid)::text AS reset,
    (SELECT stats_reset::text FROM pg_catalog.pg_stat_bgwriter) AS crashed,
    (SELECT md5(string_agg(format('%s %s %s %s', c.oid,
            pg_stat_get_tuples_inserted(c.oid), pg_stat_get_tuples_updated(c.oid),
            pg_stat_get_tuples_deleted(c.oid)), ',' ORDER BY c.oid))
        FROM pg_catalog.pg_class c
        WHERE c.relkind IN ('r', 't', 'm') AND NOT c.relisshared AND c.oid NOT IN {_ANALYZED}
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_class a
            WHERE a.oid IN {_ANALYZED} AND a.reltoastrelid = c.oid)) AS counts
FROM pg_catalog.pg_database d WHERE d.datname = current_database()
"""  # noqa: S608 - a constant
_SEQUENCES = """
SELECT string_agg(format('SELECT %L, last_value, is_called FROM %s', c.oid, c.oid::regclass),
    ' UNION ALL ' ORDER BY c.oid)
FROM pg_catalog.pg_class c WHERE c.relkind = 'S' AND c.relpersistence <> 't'
"""


def fingerprint(session: Session, above: Session) -> str | None:
    """
    Return a value that is equal to an earlier one only if nothing was written between.

    None, which says nothing, where that cannot be known. ``above`` is a connection to another
    database of that server: who else is there is seen best by a superuser.
    """
    if int(session.value("SHOW server_version_num")) < FIRST_VERSION:
        return None
    # In this order: who was there, then what was counted. Each statement sees the latest.
    own, database = (
        session.value("SELECT pg_backend_pid()"),
        session.value("SELECT current_database()"),
    )
    others = _OTHERS.format(own=int(own), database=literal(database))
    if above.value(others) != "0" or session.value(_UNCOUNTED) != "f":
        return None
    found: list[Any] = session.rows(_COUNTS)
    sequences = session.value(_SEQUENCES)
    if sequences:
        found += session.run(sequences)
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()

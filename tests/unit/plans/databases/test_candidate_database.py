"""A URL that a run puts in force: what it leads to is asked, and unknown is never no."""

from dataclasses import replace

import pytest

from changeover.plans import candidate_database as candidate
from changeover.plans import pending
from changeover.plans.preflight import problems
from changeover.plans.snapshot import Backup, CandidateDatabase, Database, Snapshot
from changeover.plans.target import Target
from tests.unit.plans.world import NOW, V3, backup, fresh, serving, target

URL = "postgresql://playmaker:secret@localhost/shop"
REMOTE = "postgresql://playmaker:secret@db.example/shop"
HERE = Database("shop", ("0001",), "f")
EMPTY = Database("shop", (), "f")
SHUT = Database("shop", (), None, 'password authentication failed for user "playmaker"')
UPDATE = target(env_update=["DATABASE_URL"])
FIRST = replace(fresh(), users={"playmaker": "Changeover app playmaker"})
SERVING = replace(serving(target()), database_url=URL, database=HERE)


def said(
    aim: Target, host: Snapshot, told: CandidateDatabase | None, url: str = REMOTE
) -> list[str]:
    return problems(aim, candidate.seen(host, told), now=NOW, database_url=url)


def test_a_url_is_asked_for_where_none_is_in_force_and_where_it_is_replaced() -> None:
    assert candidate.asks(target(), FIRST, ())
    assert not candidate.asks(target(), fresh(), ())  # nothing of the app is there
    assert not candidate.asks(target(), SERVING, ())
    assert not candidate.asks(UPDATE, SERVING, ())
    assert candidate.asks(UPDATE, SERVING, ("DATABASE_URL",))
    broken = replace(SERVING, database=SHUT)
    assert candidate.asks(UPDATE, broken, ())
    assert not candidate.asks(target(), broken, ())


def test_an_undone_first_release_leaves_a_database_that_is_there() -> None:
    kept = replace(FIRST, backups=(backup(target()),))

    (line,) = said(target(), kept, None)

    assert "where there is no database" in line
    assert said(target(), kept, CandidateDatabase(EMPTY, ())) == []


def test_a_backup_without_a_table_is_no_sign_that_data_is_missing() -> None:
    empty: Backup = replace(backup(target()), empty=True)

    assert said(target(), replace(FIRST, backups=(empty,)), CandidateDatabase(None)) == []
    (line,) = said(
        target(), replace(FIRST, backups=(backup(target()), empty)), CandidateDatabase(None)
    )
    assert backup(target()).manifest in line


def test_a_wrong_url_in_force_is_named_with_its_file_and_what_to_do() -> None:
    (line,) = problems(target(), replace(SERVING, database=SHUT), now=NOW, database_url=URL)

    assert line.startswith("DATABASE_URL in /srv/playmaker/shared/.env: shop cannot be read (pass")
    assert """--data 'playmaker_env_update=["DATABASE_URL"]'""" in line


def test_a_wrong_url_in_force_is_replaced_by_one_that_is_right() -> None:
    assert said(UPDATE, replace(SERVING, database=SHUT), CandidateDatabase(HERE)) == []


def test_a_wrong_new_url_is_refused_and_says_nothing_of_migrations() -> None:
    (line,) = said(UPDATE, SERVING, CandidateDatabase(SHUT))

    assert line.startswith("DATABASE_URL: the new URL leads to shop, which cannot be read (pass")
    assert pending.names(UPDATE, candidate.seen(SERVING, CandidateDatabase(SHUT))) is None
    assert pending.names(target(commit=V3), replace(SERVING, database=SHUT)) is None


def test_the_hosts_own_server_gives_its_role_the_new_password() -> None:
    told = CandidateDatabase(SHUT, ("password",))

    assert said(UPDATE, SERVING, told, URL) == []
    host = candidate.seen(SERVING, told)
    assert host.database == HERE  # which the old one still opens
    assert candidate.sets_password(UPDATE, host, ("DATABASE_URL",))
    assert not candidate.sets_password(UPDATE, host, ())
    assert not candidate.sets_password(target(), candidate.seen(FIRST, told), ("DATABASE_URL",))


def test_a_role_of_somebody_else_is_refused_by_name() -> None:
    told = CandidateDatabase(
        SHUT, (), "the role playmaker is not ours and the URL does not let it in"
    )

    assert said(UPDATE, SERVING, told, URL) == [f"DATABASE_URL: {told.refused}"]


def test_a_server_of_the_host_that_was_not_started_yet_is_left_to_provisioning() -> None:
    assert said(target(), FIRST, CandidateDatabase(SHUT), URL) == []
    assert said(target(), FIRST, CandidateDatabase(SHUT)) != []


@pytest.mark.parametrize("found", [EMPTY, None, replace(HERE, revisions=("beef",))])
def test_a_url_that_leads_away_from_the_data_is_refused(found: Database | None) -> None:
    lines = said(UPDATE, SERVING, CandidateDatabase(found))

    assert (
        "DATABASE_URL: leads to shop, and the app's data is in shop on another server" in lines[0]
    )

"""Where the app comes in through a pooler, all that Changeover does goes to the server itself."""

import json
import shlex
from dataclasses import replace

from changeover.host.postgres.session import POOLER
from changeover.plans import candidate_database as wanted
from changeover.plans import databases, environment, rehearse
from changeover.plans.databases.kind import Location
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.preflight import problems
from changeover.plans.probe import question
from changeover.plans.snapshot import CandidateDatabase, Database, Snapshot
from changeover.plans.target import Target
from tests.unit.plans.world import NOW, PLAYMAKER, V3, serving, target, with_release

SERVER = Location(POSTGRES, "shop")
URL = "postgresql://playmaker@db.example/shop"
POOLED = Database("shop", (), None, f"{POOLER} (FATAL: unsupported startup parameter: options)")
FOUND = Database("shop", ("0001",), "f")


def declared(aim: Target, **fields: str | bool) -> Target:
    """Return the target with another database in its deploy file."""
    assert aim.app.database
    database = aim.app.database.model_copy(update=fields)
    return replace(aim, app=PLAYMAKER.model_copy(update={"database": database}))


WISH = declared(target(), direct_url="DIRECT_URL")


def said(aim: Target, host: Snapshot) -> list[str]:
    return problems(aim, host, now=NOW, database_url=URL)


def test_the_hosts_programs_are_told_its_key_and_of_the_pooler() -> None:
    reach = ("--superuser", "postgres", "--user", "playmaker")
    assert databases.key(target()) == "DATABASE_URL"
    assert databases.server_reach(target()) == reach
    assert databases.key(WISH) == "DIRECT_URL"
    assert databases.server_reach(WISH) == (*reach, "--pooled", "DATABASE_URL")
    assert question(WISH).database_key == "DIRECT_URL"
    named = declared(target(), history_schema="tenant", as_superuser=True)
    assert databases.server_reach(named) == (*reach, "--trusted", "--history-schema", "tenant")


def test_each_host_has_to_have_it() -> None:
    assert environment.required(target().app) == target().app.required_env
    assert environment.required(WISH.app) == (*target().app.required_env, "DIRECT_URL")


def test_a_rehearsal_turns_both_urls_to_the_copy() -> None:
    aim = declared(target(commit=V3), direct_url="DIRECT_URL")
    text = rehearse.rehearse_script(aim, with_release(serving(target()), aim), SERVER)
    line = text[text.index("\nasked=") + 1 :]
    told = json.loads(shlex.split(line)[0].removeprefix("asked="))
    assert (told["key"], told["app_key"]) == ("DIRECT_URL", "DATABASE_URL")


def test_a_pooler_is_refused_by_name_and_nothing_else_is_advised() -> None:
    host = replace(serving(target()), database_url=URL, database=POOLED)
    (line,) = said(target(), host)
    assert line == f"DATABASE_URL: {POOLED.error}"
    assert 'Database(direct_url="DIRECT_URL")' in line
    # also by a URL that is not in force yet
    first = replace(host, database_url=None, database=None)
    (line,) = said(target(), wanted.seen(first, CandidateDatabase(POOLED)))
    assert line == f"DATABASE_URL: {POOLED.error}"


def test_a_live_app_can_be_given_one() -> None:
    """The host has no such key yet, so what the new one leads to is asked before it is in force."""
    host = replace(serving(target()), database_url=None, database=None)
    assert wanted.asks(WISH, host, ())
    assert said(WISH, wanted.seen(host, CandidateDatabase(FOUND))) == []


def test_each_obstacle_has_a_line_of_its_own() -> None:
    aim = target(commit=V3)
    host = with_release(serving(target()), aim)
    foreign = replace(FOUND, foreign="one thing: do this\nanother: do that")
    lines = said(aim, replace(host, database_url=URL, database=foreign))
    assert [line for line in lines if "cannot be backed up" in line] == [
        "shop: cannot be backed up: one thing: do this",
        "shop: cannot be backed up: another: do that",
    ]

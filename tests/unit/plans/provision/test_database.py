"""A database on the host's own server is made where it is not there, and only there."""

import pytest

from changeover.plans import candidate_database as wanted
from changeover.plans.databases.kind import Location
from changeover.plans.databases.postgres import POSTGRES
from changeover.plans.databases.postgres.here import HERE
from changeover.plans.provision.database import database_script, decide_database
from changeover.plans.snapshot import CandidateDatabase, Database
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import fresh, target


@pytest.mark.parametrize(
    ("wanting", "needed"),
    [(None, True), (["password"], True), ([], False)],
)
def test_a_database_that_the_server_already_has_is_not_made_again(
    wanting: list[str] | None, needed: bool
) -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    told = (
        CandidateDatabase(Database("shop", (), None), tuple(wanting))
        if wanting is not None
        else None
    )
    host = wanted.seen(fresh(), told)

    assert decide_database(target(), host, here).needed == needed
    assert not decide_database(target(), host, Location(POSTGRES, "shop")).needed


def test_the_units_of_a_databases_place_run_before_it_is_made(shell: Shell) -> None:
    shell.stub("systemctl", f'echo "$*" >> {shell.root}/done')
    program = f'#!/bin/sh\necho "$1" >> {shell.root}/done\n'
    shell.write("/usr/local/lib/changeover/postgres_backup", program, 0o755)

    shell.run(database_script(target(), Location(POSTGRES, "shop", place=HERE)))

    done = (shell / "/done").read_text().splitlines()
    assert done == ["--quiet enable --now postgresql.service", "provision"]


def test_a_role_that_serves_gets_its_new_password_later() -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    host = wanted.seen(fresh(), CandidateDatabase(None, ("password",)))

    decision = decide_database(target(), host, here, later=True)

    assert not decision.needed
    assert decision.why == "the role gets its new password with the environment"


def test_a_server_that_did_not_answer_is_provisioned_and_not_taken_for_there() -> None:
    here = Location(POSTGRES, "shop", place=HERE)
    host = wanted.seen(fresh(), CandidateDatabase(Database("shop", (), None, "no answer")))

    assert decide_database(target(), host, here).needed

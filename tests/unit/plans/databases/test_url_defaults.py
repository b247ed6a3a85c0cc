"""Keys that lead the app elsewhere than its URL alone would are refused by name."""

from dataclasses import replace

from changeover.plans.probe_answer import parse_snapshot
from changeover.plans.target import Target
from changeover.settings.app import Database
from tests.unit.plans.probe.test_probe import PATHS, answered, quiet
from tests.unit.plans.shell import Shell
from tests.unit.plans.world import PLAYMAKER, WANTED, fresh, serving, target, view

__all__ = ["quiet"]
SOCKET = "postgresql:///shop"
SAYS = (
    "the app's driver takes it for what DATABASE_URL does not say, and backups go by DATABASE_URL"
    " alone"
)


def refused(wanted: Target, *keys: str, counts: str = "", **env: str) -> list[str]:
    """
    Return the lines about the keys of the controller's and of the host's environment.

    A host whose URL is in force has these keys; what counts beside the URL is told.
    """
    snapshot = fresh()
    if counts:
        defaults = {"DATABASE_URL": (counts,)}
        snapshot = replace(serving(wanted), env_keys=(*WANTED, *keys), env_defaults=defaults)
    problems = view(wanted, snapshot, {**WANTED, **env}).problems()
    return [line for line in problems if "the app's driver takes it" in line]


def test_a_new_url_that_leaves_something_to_a_key_is_refused() -> None:
    found = refused(target(), DATABASE_URL=SOCKET, PGHOST="db.example")

    assert found == [
        f"PGHOST: {SAYS}; say it there (host=), and take PGHOST out of the environment"
        " (playmaker_env_remove)"
    ]


def test_a_service_is_refused_whatever_the_url_says() -> None:
    url = "postgresql://u:p@h:1/db"

    (line,) = refused(target(), DATABASE_URL=url, PGSERVICE="x", PGHOST="h")

    assert line.startswith(f"PGSERVICE: {SAYS}; say in DATABASE_URL all that is meant")


def test_a_key_of_the_host_or_one_that_comes_counts_beside_the_hosts_url() -> None:
    wanted, gone = target(), target(env_remove=["PGOPTIONS"])

    assert refused(wanted, "PGOPTIONS", counts="PGOPTIONS")
    assert refused(wanted, counts="PGOPTIONS", PGOPTIONS="x")
    assert refused(gone, "PGOPTIONS", counts="PGOPTIONS") == []
    assert refused(wanted, "PGHOST", "PGADMIN", counts="PGOPTIONS") == []


def test_the_url_of_a_pooler_counts_too() -> None:
    database = Database(url="DATABASE_URL", direct_url="DIRECT_URL")
    wanted = target(PLAYMAKER.model_copy(update={"database": database}))
    direct = "postgresql://u:p@h:1/shop"

    (line,) = refused(wanted, DATABASE_URL=SOCKET, DIRECT_URL=direct, PGUSER="u")

    assert "DATABASE_URL does not say" in line


def test_the_probe_tells_keys_and_nothing_of_the_url(shell: Shell) -> None:
    url = "postgresql://u:s3cret@h/db?options=-csearch_path%3Dx"
    shell.write(PATHS.env_file, f"DATABASE_URL={url}\nPGPORT=7\n", 0o640)

    said = answered(shell)

    found = parse_snapshot(said.splitlines()).env_defaults["DATABASE_URL"]
    assert "PGPORT" in found
    assert not {"PGHOST", "PGUSER", "PGPASSWORD", "PGOPTIONS"} & {*found}
    assert "s3cret" not in said

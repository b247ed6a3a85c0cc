"""
What a host needs before it can carry an app.

    provision.packages(name="Install packages", app=app)
"""

from pyinfra.api import operation

from changeover.facts.program import deploy_key, program_files
from changeover.operations.step import Commands, apply
from changeover.operations.view import View
from changeover.plans.provision.access import access_script, decide_access
from changeover.plans.provision.accounts import accounts_script, decide_accounts
from changeover.plans.provision.database import database_script, decide_database
from changeover.plans.provision.node import decide_node, node_script
from changeover.plans.provision.packages import (
    LARGE_PACKAGE,
    decide_large,
    decide_packages,
    missing,
    needed_packages,
    packages_script,
)
from changeover.plans.provision.port import decide_port, port_script
from changeover.plans.provision.programs import archive, decide_programs, programs_script
from changeover.plans.provision.uv import decide_uv, uv_script
from changeover.settings.app import App


@operation()
def packages(app: App) -> Commands:
    """
    Install the Debian packages that the app's parts need.

    Only what is missing is installed. Another apt that holds dpkg's lock is waited for, five
    minutes at most.
    """
    yield from apply(
        app,
        lambda v: decide_packages(_missing(v)),
        lambda v: packages_script(_missing(v)),
        needs_commit=False,
    )


def _missing(view: View) -> list[str]:
    return missing(needed_packages(view.target, view.database), view.snapshot.packages)


@operation()
def large_files(app: App) -> Commands:
    """
    Install git-lfs where the commit has files whose content is not in git.

    It comes after the way to the repository: where only the host can read that, nobody knows of
    the commit before.
    """
    yield from apply(
        app,
        lambda v: decide_large(v.target, v.snapshot.packages),
        lambda _: packages_script([LARGE_PACKAGE]),
    )


@operation()
def accounts(app: App) -> Commands:
    """
    Make the users and folders of the app.

    Root owns the code of all apps. Each app runs as a system user of its own and is built by
    another; one more, which all apps share, only fetches. None of them can change finished code.
    """
    yield from apply(
        app,
        lambda v: decide_accounts(v.target, v.snapshot),
        lambda v: accounts_script(v.target),
        needs_commit=False,
    )


@operation()
def programs(app: App) -> Commands:
    """
    Put the host programs of this version in place.

    One rename puts all of them in place, so that no program works with modules of another version.
    The guard that undoes interrupted changeovers is enabled. Versions before the last one go, once
    no changeover is open on the host.
    """
    yield from apply(
        app,
        lambda v: decide_programs(
            v.target.paths, program_files(), v.snapshot.files, quiet=not v.snapshot.under_way
        ),
        lambda v: programs_script(v.target.paths),
        lambda _: archive(program_files()),
        needs_commit=False,
    )


@operation()
def uv(app: App) -> Commands:
    """
    Install uv, which makes Python environments.

    It lives in a virtual environment of its own and changes nothing of the system's Python.
    """
    yield from apply(
        app,
        lambda v: decide_uv(v.target, v.snapshot),
        lambda _: uv_script(),
        needs_commit=False,
    )


@operation()
def node(app: App) -> Commands:
    """
    Install the version of Node that the app asks for.

    Versions stand side by side, so that two apps may ask for different ones.
    """
    yield from apply(
        app,
        lambda v: decide_node(v.target, v.snapshot),
        lambda v: node_script(v.target),
        needs_commit=False,
    )


@operation()
def port(app: App) -> Commands:
    """
    Give the app a port of its own on the host, if its process listens on one.

    It is kept: another release has the same. No two apps of a host have the same one.
    """
    yield from apply(
        app,
        lambda v: decide_port(v.target, v.snapshot),
        lambda v: port_script(v.target),
        needs_commit=False,
    )


@operation()
def database(app: App) -> Commands:
    """
    Make the app's role and database on the host's own PostgreSQL server, if its URL names that.

    Only what is missing. A new password of a role with which the app serves is set with the
    environment, where an undo sets it back. What somebody else made is never changed. The server
    is only told a verifier of the password (SCRAM-SHA-256), not the password.
    """
    yield from apply(
        app,
        lambda v: decide_database(v.target, v.snapshot, v.database, later=v.sets_password),
        lambda v: database_script(v.target, v.database),
        secret=lambda v: v.new_database_url,
        needs_commit=False,
    )


@operation()
def access(app: App) -> Commands:
    """
    Put the deploy key and the pinned host keys of the repository in place.

    Only root can read the key: who fetches is lent it while that runs. It never is on a command
    line.
    """
    yield from apply(
        app,
        lambda v: decide_access(v.target, v.snapshot, deploy_key(v.target.values)),
        lambda v: access_script(v.target),
        lambda v: deploy_key(v.target.values),
        needs_commit=False,
    )

"""
The command line: one JSON value on standard output, words on standard error.

A probe runs it after every step that acts, so a command loads only its own part.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..backup import files as backup_files
from ..files import Failure
from . import reach
from .access import Access, access_to

_TRUST = (
    "or, on the host's own server and if the app may have all of it, set"
    " Database(as_superuser=True) in the deploy file"
)
_EXTENSION = (
    "drop it, if nothing needs it, or name a role that can make it in Database(direct_url=...)"
)
_NAMES = (
    "a restore finds nothing that is not named in full: let that function say where it finds what"
    " it names, ALTER FUNCTION ... SET search_path = ..."
)
# What to do about the words of PostgreSQL and of the system: who reads it has a deploy file.
REMEDIES = (
    ("'zstd'", "install the package zstd"),
    ("permission denied to create extension", _EXTENSION),
    ("permission denied to create database", "ALTER ROLE ... CREATEDB on that server"),
    ("permission denied", f"give the role what it lacks, {_TRUST}"),
    ("must be owner", f"make the role the owner, {_TRUST}"),
    ("must be a superuser", "end that connection, then run this again"),
    ("must be a member of the role", "end that connection, then run this again"),
    ("must be superuser", f"let the role do without it, {_TRUST}"),
    ("must be able to SET ROLE", f"make the role a member of that one, {_TRUST}"),
    ("must be member of role", f"make the role a member of that one, {_TRUST}"),
    ("password authentication failed", "check the user and the password in the URL"),
    ("no password supplied", "write the password into the URL"),
    ("Peer authentication failed", "let pg_hba.conf admit that user by peer"),
    ("no pg_hba.conf entry", "let pg_hba.conf admit the user"),
    ("too many connections", "free connections, then run this again"),
    ("remaining connection slots", "free connections, then run this again"),
    ("No space left", "free space in that file system, then run this again"),
    ("Connection refused", "is the server running? check the URL"),
    ("No such file or directory", "is the server running? check the URL and the paths"),
    ("could not translate host name", "check the URL"),
    ("server closed the connection", "start the server, then run this again"),
    ("terminating connection", "start the server, then run this again"),
    ("shutting down", "start the server, then run this again"),
    ("SQL function", _NAMES),
    ("extension", "ALTER EXTENSION ... UPDATE, if its version is not the installed one"),
)


def _backup(access: Access, options: argparse.Namespace) -> Any:
    from . import archive

    names = ("into", "name", "app", "release", "commit")
    wanted = {name: getattr(options, name) for name in names}
    return archive.backup(archive.Request(access, **wanted))


def _verify(access: Access, options: argparse.Namespace) -> Any:
    from . import archive

    return archive.verify(access, options.manifest)


def _restore(access: Access, options: argparse.Namespace) -> Any:
    from . import restore

    return restore.restore(
        access,
        options.manifest,
        options.keep_as,
        unless_unchanged=options.unless_unchanged,
        as_it_was=options.as_it_was,
    )


def _set_aside(access: Access, options: argparse.Namespace) -> Any:
    from . import restore

    return restore.set_aside(access, options.keep_as)


def _losses(access: Access, options: argparse.Namespace) -> Any:
    from . import losses

    return losses.losses(access, options.manifest)


def _revisions(access: Access, _options: argparse.Namespace) -> Any:
    from . import look as revisions

    return revisions.revisions(access)


def _provision(access: Access, options: argparse.Namespace) -> Any:
    from . import provision

    return provision.provision(access, options.app)


def _wanting(access: Access, options: argparse.Namespace) -> Any:
    from . import provision

    return provision.wanting(access, options.app)


def _connections(access: Access, _options: argparse.Namespace) -> Any:
    from . import look as revisions

    return revisions.connections(access)


def _kept(access: Access, _options: argparse.Namespace) -> Any:
    from . import restore

    return restore.kept(access)


def _drop_scratch(access: Access, _options: argparse.Namespace) -> Any:
    from . import restore

    return restore.drop_scratch(access)


def _drop_kept(access: Access, options: argparse.Namespace) -> Any:
    from . import restore

    return restore.drop_kept(access, options.kept)


def _path(text: str) -> Path:
    return Path(text).resolve()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="postgres_backup", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        # the app's folder is above it: a link there is not followed
        added.add_argument("--environment", type=Path, required=True, metavar="FILE")
        added.add_argument("--key", default="DATABASE_URL", help="the URL's key in that file")
        reach.add_arguments(added)
        return added

    def manifest(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("--manifest", type=_path, required=True, metavar="PATH")
        return added

    take = command("backup", _backup, "take a backup and verify it by restoring it")
    take.add_argument("--into", type=_path, required=True, metavar="DIR")
    for name in ("name", "app", "release", "commit"):
        take.add_argument(f"--{name}", required=True)
    manifest(command("verify", _verify, "restore a backup into a scratch database and compare"))
    back = manifest(command("restore", _restore, "put a backup in place"))
    back.add_argument("--keep-as", metavar="SUFFIX", help="suffix for the replaced database")
    back.add_argument(
        "--unless-unchanged", action="store_true", help="not if nothing was written since"
    )
    back.add_argument(
        "--as-it-was", action="store_true", help="with the settings and the role of that time"
    )
    aside = command("set-aside", _set_aside, "rename the database out of the way")
    aside.add_argument("--keep-as", required=True, metavar="SUFFIX")
    manifest(command("losses", _losses, "tell what a restore would lose"))
    command("revisions", _revisions, "tell which migrations a database has")
    make = command("provision", _provision, "make the role and the database of the URL")
    look = command("wanting", _wanting, "tell what that would make; change nothing")
    for one in (make, look):
        one.add_argument("--app", required=True)
    command("connections", _connections, "list who is connected to a database")
    command("drop-scratch", _drop_scratch, "drop the scratch database that a killed run left")
    command("kept", _kept, "list the databases that were set aside")
    command("drop-kept", _drop_kept, "drop one of those").add_argument("kept", metavar="NAME")
    return parser


def _explain(error: Exception) -> str:
    """Return what is wrong and what to do."""
    what = " ".join(str(error).split())
    stages = "".join(f" during {note}" for note in getattr(error, "__notes__", []))
    remedy = next((remedy for words, remedy in REMEDIES if words in what), None)
    return f"failed{stages}: {what}" + (f"; {remedy}" if remedy else "")


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    backup_files.begin()
    subject = f"{options.key} in {options.environment}"
    try:
        address = reach.read_address(options.environment, options.key)
        subject = f"the database {address.database}"
        reach.require_same(options, address)
        result = options.run(access_to(address, **reach.told(options)), options)
    except (Failure, OSError, UnicodeError) as error:
        sys.stderr.write(f"postgres_backup: {options.command} of {subject} {_explain(error)}\n")
        return 1
    sys.stdout.write(json.dumps(result, sort_keys=True) + "\n")
    return 0

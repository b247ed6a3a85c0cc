"""The command line. Exit status 3: what was wanted could not be had, and the old one stays."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from ..beside import lasting
from ..files import Failure
from . import acme, nginx, x509
from .store import ACME, SELF_SIGNED, Store

NOT_HAD = 3


def _look(options: argparse.Namespace) -> int:
    """Tell what is in place, as JSON."""
    store, lineage, site = _places(options)
    told: dict[str, Any] = {"kind": None, "renews": lineage.directory, "problem": store.problem}
    try:
        found = store.current()
    except Failure as error:
        told["damage"] = str(error)
    else:
        if found:
            about = found.about
            told |= {"kind": found.kind, "directory": found.directory, "names": about.names}
            told |= {"begins": int(about.begins), "ends": int(about.ends)}
            told["due"] = int(about.ends - acme.due_seconds(about))
            told["loaded"] = store.loaded or not site.shows(store)
    print(json.dumps(told))  # noqa: T201 - the answer
    return 0


def _ready(options: argparse.Namespace) -> int:
    """See that there is one: what is there stays if it will do, else one is made here."""
    store, _, site = _places(options)
    with store.locked():
        if not _will_do(store, options):
            new = store.add(
                lambda folder: x509.make(options.names, folder), SELF_SIGNED, "", hsts=False
            )
            if options.load:
                nginx.put_in_force(store, new, site)
            else:
                store.switch(new)
            store.prune()
        elif options.load and not store.loaded and site.shows(store):
            nginx.load(store, site)
        if options.kind == SELF_SIGNED:
            store.note_problem("")
    return 0


def _will_do(store: Store, options: argparse.Namespace) -> bool:
    try:
        found = store.current()
    except Failure:
        return False
    if found is None:
        return False
    if found.kind == ACME:
        return bool(options.kind == ACME)  # also with other names: visitors know it
    names = {name.lower() for name in options.names}
    fresh = found.about.ends - time.time() > acme.due_seconds(found.about)
    return fresh and names == set(found.about.names)


def _seen(options: argparse.Namespace) -> int:
    """See that nginx shows what is in place."""
    store, _, site = _places(options)
    nginx.see(store, site)
    return 0


def _obtain(options: argparse.Namespace) -> int:
    """Have the certificate that is wanted from an ACME server."""
    store, lineage, site = _places(options)
    with store.locked():
        store.want(options.names, options.directory, hsts=options.hsts)
    hook = f"{options.program} deploy --folder {store.folder} --lineage {lineage.name}"
    hook += f" --site {site.file}"
    order = acme.Order(
        names=options.names,
        directory=options.directory,
        email=options.email,
        webroot=options.webroot,
        hook=hook,
        port=options.plain_port,
        seconds=options.seconds,
    )
    return _had(store, lambda: acme.obtain(store, lineage, order, site))


def _deploy(options: argparse.Namespace) -> int:
    """Show what certbot renewed, if it is sound; certbot calls it."""
    store, lineage, site = _places(options)
    return _had(store, lambda: acme.deploy(store, lineage, site))


def _had(store: Store, act: Any) -> int:
    """Do it; what cannot be had is noted, for those who look later."""
    try:
        act()
    except Failure as error:
        store.note_problem(str(error))
        sys.stderr.write(f"{error}\n")
        return NOT_HAD
    store.note_problem("")
    return 0


def _give_up(options: argparse.Namespace) -> int:
    """Renew no longer."""
    acme.give_up(_places(options)[1])
    return 0


def _places(options: argparse.Namespace) -> tuple[Store, acme.Lineage, nginx.Site]:
    lineage = acme.Lineage(options.lineage, options.letsencrypt)
    return Store(options.folder), lineage, nginx.Site(options.site, options.port)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="certificate", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, run: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.set_defaults(run=run)
        added.add_argument("--folder", type=Path, required=True, help="of the app's certificates")
        added.add_argument("--lineage", default="", metavar="NAME", help="as certbot calls it")
        added.add_argument("--site", type=Path, default=Path("/nowhere"), help="as nginx reads it")
        added.add_argument("--port", type=int, default=443, help=argparse.SUPPRESS)
        added.add_argument("--letsencrypt", type=Path, default=acme.LETSENCRYPT, metavar="FOLDER")
        return added

    command("look", _look)
    ready = command("ready", _ready)
    ready.add_argument("--kind", choices=(SELF_SIGNED, ACME), required=True)
    ready.add_argument("--load", action="store_true", help="have nginx show it")
    ready.add_argument("names", nargs="+", metavar="NAME")
    command("seen", _seen)
    obtain = command("obtain", _obtain)
    obtain.add_argument("--directory", required=True, metavar="URL")
    obtain.add_argument("--email", default="")
    obtain.add_argument("--webroot", type=Path, required=True, metavar="FOLDER")
    obtain.add_argument("--hsts", action="store_true", help="tell browsers to come by https only")
    obtain.add_argument("--seconds", type=float, default=180, help="for the ACME server")
    obtain.add_argument("--plain-port", type=int, default=80, help=argparse.SUPPRESS)
    obtain.add_argument("--program", default=str(lasting("certificate")))
    obtain.add_argument("names", nargs="+", metavar="NAME")
    command("deploy", _deploy)
    command("give-up", _give_up)
    return parser


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    try:
        return int(options.run(options))
    except (Failure, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"certificate {options.command}: {error or repr(error)}\n")
        return 1

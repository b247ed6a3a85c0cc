"""The command line."""

import argparse
import sys
from pathlib import Path

from ..files import Failure
from . import link, place, seal
from . import made as sandbox_made
from .hints import Noticed, hints
from .output import passed_on
from .room import Room
from .run import complain, run
from .walls import APP, BUILD, FETCH, Walls


def _run(options: argparse.Namespace) -> int:
    walls = Walls(
        role=options.role,
        app=options.app,
        task=options.task,
        folder=options.folder,
        read=options.read,
        write=options.write,
        environment=options.environment,
        credentials=_pairs(options.credential, ":"),
        network=options.network,
        memory=options.memory,
        seconds=options.seconds,
    )
    written = [one.partition(":")[0] for one in options.write]
    room = Room(written, options.disk, options.reserve)
    with passed_on() as (out, errors):
        noticed = Noticed(out)
        both = noticed, noticed if errors is out else Noticed(errors)
        given = _pairs(options.set, "=")
        status = run(walls, options.words, given, room, *both, told=options.input)
    for hint in hints(walls, status, both):
        sys.stderr.write(f"sandbox: {hint}\n")
    return status


def _seal(options: argparse.Namespace) -> int:
    user = Walls(BUILD, options.app, "", "").user
    made = None
    if options.given:
        names = options.given.read_bytes().decode(errors="surrogateescape").split("\0")
        made = seal.Made(frozenset(names), options.whole)
    kilobytes = seal.seal(options.path, user, complete=options.complete, made=made)
    sys.stdout.write(f"{kilobytes}\n")
    return 0


def _link(options: argparse.Namespace) -> int:
    pairs = options.pairs
    for path, target in zip(pairs[::2], pairs[1::2], strict=True):
        link.link(options.release, path, target)
    return 0


def _show(options: argparse.Namespace) -> int:
    pairs = options.pairs
    for pivot, environment in zip(pairs[::2], pairs[1::2], strict=True):
        sandbox_made.show(options.release, pivot, Path(environment))
    return 0


def _place(options: argparse.Namespace) -> int:
    place.place(options.release, options.path, options.build)
    return 0


def _forget(options: argparse.Namespace) -> int:
    place.forget(options.release)
    return 0


def _furnish(options: argparse.Namespace) -> int:
    """Do what a new release needs of all of these, in their order, as one process."""
    release = options.release
    for path in options.clear:
        if link.clear(release, path):
            sys.stdout.write(f"{path} of the commit gives way to what is made on the host\n")
    for path in options.aside:
        said = place.aside(release, path)
        sys.stdout.write(f"{said}\n" if said else "")
    for path, target in options.link:
        link.link(release, path, target)
    for pivot, environment in options.show:
        sandbox_made.show(release, pivot, Path(environment))
    for path, build in options.place:
        place.place(release, path, Path(build))
    return 0


def _pairs(words: list[str], between: str) -> dict[str, str]:
    return dict(word.split(between, 1) for word in words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, act: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(act=act)
        return added

    go = command("run", _run, "run a command behind walls")
    go.add_argument("role", choices=(FETCH, BUILD, APP))
    for name in ("app", "task", "folder"):
        go.add_argument(f"--{name}", required=True)
    for name, form in (("read", "PATH[:AS]"), ("write", "PATH[:AS]"), ("environment", "FILE")):
        go.add_argument(f"--{name}", action="append", default=[], metavar=form)
    go.add_argument("--credential", action="append", default=[], metavar="NAME:FILE")
    go.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    go.add_argument("--network", action="store_true", help="else it has none")
    go.add_argument("--input", action="store_true", help="it gets our standard input, else none")
    go.add_argument("--memory", default="75%", help="most memory, in systemd's form")
    go.add_argument("--seconds", type=int, default=1800, help="after which it is killed")
    go.add_argument("--disk", type=int, default=0, metavar="MB", help="most of the disk")
    go.add_argument("--reserve", type=int, default=0, metavar="MB", help="what has to stay free")
    go.add_argument("words", nargs="+", metavar="COMMAND")
    take = command("seal", _seal, "make a folder that a build filled root's alone; tells its size")
    take.add_argument("--app", required=True)
    take.add_argument("--complete", action="store_true", help="note that it is complete")
    take.add_argument("--given", type=Path, metavar="LIST", help="what of it was there before")
    take.add_argument("--whole", default="", metavar="DIR", help="below which all of it is shown")
    take.add_argument("path", type=Path)
    tie = command("link", _link, "make links in a release")
    tie.add_argument("release", type=Path)
    tie.add_argument("pairs", nargs="*", metavar="PATH TARGET")
    see = command("show", _show, "link into a release what environments have made for it")
    see.add_argument("release", type=Path)
    see.add_argument("pairs", nargs="*", metavar="PIVOT ENVIRONMENT")
    put = command("place", _place, "put a build's output into a release")
    put.add_argument("release", type=Path)
    put.add_argument("path")
    put.add_argument("build", type=Path)
    less = command("forget", _forget, "have a release show no build")
    less.add_argument("release", type=Path)
    new = command(
        "furnish", _furnish, "make of a commit's files a release, in the order of the options"
    )
    new.add_argument("release", type=Path)
    new.add_argument("--clear", action="append", default=[], metavar="PATH", help="remove it")
    new.add_argument(
        "--aside", action="append", default=[], metavar="PATH", help="keep for a build"
    )
    new.add_argument("--link", nargs=2, action="append", default=[], metavar=("PATH", "TARGET"))
    for name, what in (("show", ("PIVOT", "ENVIRONMENT")), ("place", ("PATH", "BUILD"))):
        new.add_argument(f"--{name}", nargs=2, action="append", default=[], metavar=what)
    return parser


def main() -> int:
    """Run one command."""
    options = _parser().parse_args()
    try:
        return int(options.act(options))
    except (Failure, OSError, ValueError) as error:
        complain(error)
        return 1

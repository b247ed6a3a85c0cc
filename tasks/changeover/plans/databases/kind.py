"""What a kind of database is, and what its URLs mean to a host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from changeover.plans.script import Variable
from changeover.plans.target import Target

Words = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where a database is, as far as plans differ by it; by itself in a file, or nowhere."""

    packages: Words = ()
    """Debian packages that the host needs for it."""
    units: Words = ()
    """Units of the host without which the app finds no database: it starts after them."""
    provisioned: bool = False
    """Provisioning makes the app's role and its database there."""


@dataclass(frozen=True)
class Told:
    """The words by which the host's programs find a database and who works with it."""

    named: Words = ()
    """For its own program: which one it is; a command for a backup alone does without."""
    reach: Words = ()
    """For its own program: who works with it, and how."""
    expect: Words = ()
    """For the program ``expect``, beside the environment file."""
    rehearse: Words = ()
    """For the program ``rehearse``, beside the environment file."""


class Kind(Protocol):
    """
    One kind of database: how a URL of it is read, and what works with it on a host.

    Its shell functions are

    - ``database COMMAND WORD...``: calls its program
    - ``restore_as_it_was WORD...``, ``set_aside SUFFIX``, ``clear_scratch``
    - ``holds_data``: prints ``yes``, ``no`` or ``unknown``
    - ``writers``: prints who has it open, a line each; ``outsiders``: those that are not the app's
    """

    begins: str
    """How its URLs begin, as people are told."""
    functions: str
    """The script file of its shell functions."""
    program: str
    """The host's program that backs it up and restores it."""
    packages: Words
    """Every Debian package that some place of it needs."""
    tasks: Words
    """Tasks behind walls that a backup may have running, by which they can be stopped."""
    names_files: bool
    """A database's name is the path of a file in the app's own folder."""

    def is_ours(self, url: str) -> bool:
        """Tell whether a URL is one of this kind."""

    def locate(self, url: str, target: Target) -> "Location":
        """Return where a URL leads the app, or what is wrong with it; no message quotes it."""

    def variables(self, target: Target) -> dict[str, Variable]:
        """Return the variables of its shell functions, beside ``programs`` and ``database``."""

    def told(self, target: Target, name: str, environment: str) -> Told:
        """Return what programs are told of a database that an environment file names."""

    def copy(self, target: Target) -> str:
        """Return the folder of a rehearsal's copy, and as what migrations see it; "" for none."""

    def own_check(self, target: Target, serving: str) -> tuple[Words, Mapping[str, Variable]]:
        """
        Return functions and variables that have a release's own software check a backup.

        None where the host's own can check all of it.
        """


def key(target: Target) -> str:
    """Return the environment key of the database's own URL, "" where there is none."""
    return target.app.database.reached_by if target.app.database else ""


@dataclass(frozen=True)
class Location:
    """Where a database URL leads."""

    kind: Kind
    name: str | None = None
    """What the host's programs call it: a file's path, a database's name on its server."""
    problem: str | None = None
    place: Place = Place()
    locked_out: str | None = None
    """Why the app would not be let in, if that is all of the URL: a host's is without password."""

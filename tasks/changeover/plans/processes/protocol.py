"""What a process engine is: what installs, starts and stops the app's processes, and knows them."""

from dataclasses import dataclass
from typing import Protocol

from changeover.plans.databases.kind import Location
from changeover.plans.script import Variable
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target


@dataclass(frozen=True)
class Log:
    """Where what a process says lies."""

    journals: tuple[str, ...] = ()
    """Whose parts of the host's journal it is, as the journal calls them."""
    files: tuple[str, ...] = ()
    """Full paths of files; the app's user must be able to read them."""


class Engine(Protocol):
    """
    One tool that runs an app's processes.

    While the file ``Paths.quiesced`` is there, it starts none of them, at boot neither.

    Its shell functions, of which each acts on all processes of the app, are

    - ``stop_processes``: drains and stops them: what they have accepted they may end, within the
      engine's time. Fails unless it has seen that all are stopped.
    - ``start_processes``: starts them with what is in force, those that run anew. Fails, with
      ``last_lines``, where one does not start.
    - ``reload_processes``: has the engine know its files again, which an undo has put back.
    - ``own_processes``: prints the process ids, one a line. Fails where it cannot tell.
    - ``owns PID``: succeeds only where a process is known to be one of them.
    - ``restarts``: prints how often the engine has started a process that ended, or nothing.
    - ``states``: prints a line for each process: what people call it, ``up`` or another word, and
      how often the engine has started it again. Fails where it cannot tell.
    - ``last_lines``: prints the end of the log since the last start, to standard error. Where an
      undo starts the app, ``started_at`` says when, in seconds.
    - ``explain_silence``: prints why nobody may answer where the app should listen.

    The host's program ``expect`` calls those that only tell, each in a shell of its own.

    A release's scope is killed when it ends, at its commit too. So what has to go on running is
    started by ``start_outside`` (``processes/outside.sh``), or by a service of the host's own.

    ``tell_processes`` is of another script, the probe's; it changes nothing, and fails only where
    it cannot tell. Of each process that is there it prints lines ``NAME KEY VALUE``: ``active``,
    ``stopped``, ``enabled``, ``stale`` and ``older`` with ``yes`` or ``no``, ``release``,
    ``started.KEY`` and ``detail.KEY``, as ``Process`` has them. The app may have a hand in what it
    prints: so each value is one word of letters, digits and ``:._-``.
    """

    title: str
    """What messages call it."""

    @property
    def shell(self) -> str:
        """The text of its shell functions."""

    @property
    def probe(self) -> str:
        """The text of ``tell_processes``."""

    def check(self, target: Target) -> None:
        """Raise ValueError with what of the app it could not be told."""

    def label(self, target: Target) -> str:
        """Return what messages call the process that serves the site."""

    def listener(self, target: Target) -> str:
        """Return where that listens, as nginx calls it: ``unix:/PATH`` or ``127.0.0.1:PORT``."""

    def log(self, target: Target, process: str) -> Log:
        """Return where what a process says lies, with all of its instances."""

    def places(self, target: Target) -> tuple[str, ...]:
        """
        Return the paths of all files that installing may make, also where ``check`` fails.

        Where the first of them is not on a host, nothing was installed there.
        """

    def files(self, target: Target, database: Location) -> dict[str, str]:
        """
        Return the text of each that it makes by its path.

        It begins with ``# Managed by Changeover for APP.``: any other file is not ours.
        """

    def strays(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        """
        Return the files that a host has, and that are not wanted any more.

        Installing ends what they stand for, and removes them.
        """

    def links(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        """Return what else installing makes or removes, so that an undo can put it back."""

    def rivals(self, target: Target) -> tuple[str, ...]:
        """Return the files of others that would stand in the way."""

    def variables(
        self, target: Target, snapshot: Snapshot | None = None, *, back: bool = False
    ) -> dict[str, Variable]:
        """
        Return the variables of its shell functions; with what is there, where that is known.

        ``back``: they are those of an undo, which starts what the host had, and stops the rest.
        """

    def probe_variables(self, target: Target) -> dict[str, Variable]:
        """Return the variables of ``tell_processes``."""

    def install_script(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        """Return the script that installs the processes, so that they start with the host."""

    def withdraw_script(self, target: Target, snapshot: Snapshot) -> str:
        """Return the script that ends what the host did not have before, "" where it had all."""

    def restart_reason(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        """Return what only the engine knows: why what runs is to be started anew, "" for none."""

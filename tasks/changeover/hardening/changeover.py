"""The host itself: what frames the parts of its configuration, which are phases of their own."""

from pyinfra import host

from changeover import apps
from changeover.hardening.operations import changeover
from changeover.hardening.operations import view as host_view
from changeover.run.phase import host_phase


@host_phase("Host")
def check() -> None:
    """Look for problems of the host itself, and stop it if there is one."""
    host_view.carry([apps.declared(name) for name in apps.names() if name in host.groups])
    changeover.check(name="Look for problems of the host")


@host_phase("Host")
def prepare() -> None:
    """Give the host all that the parts of its configuration need, and what undoes them."""
    changeover.packages(name="Install the host's packages")
    changeover.programs(name="Install the host's programs")


@host_phase("Host")
def begin() -> None:
    """From here on the host can undo by itself what this run changes of its configuration."""
    changeover.begin(name="Begin")


@host_phase("Host")
def commit() -> None:
    """See that a person still gets in; from here on only forward."""
    changeover.commit(name="Let a new connection in, and commit")


@host_phase("Host")
def tell() -> None:
    """Say what could not be set on the host."""
    changeover.tell(name="Tell what could not be set")

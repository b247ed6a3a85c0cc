"""The lab's command line: ``changeover lab``."""

import os

import click
from typing_extensions import override

from changeover.lab import environment, image, names, ssh
from changeover.lab.errors import LabError
from changeover.lab.lab import HostSpec, Lab
from changeover.lab.sources import CODENAME


class Commands(click.Group):
    """Commands whose failures are one clear line."""

    @override
    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except LabError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Real Debian hosts on this machine. CHANGEOVER_LAB=0..200 chooses which lab."""


@main.command()
@click.argument("names_wanted", metavar="NAME...", nargs=-1, required=True)
@click.option("--group", "groups", multiple=True, help="Inventory group; default by the name.")
@click.option("--layer", help="The layer to begin with, instead of a bare Debian.")
@click.option(
    "--user", default="root", show_default=True, help="Who logs in; uses sudo if not root."
)
@click.option("--sudo-password", is_flag=True, help="The user must type a password for sudo.")
@click.option("--no-origin", is_flag=True, help="Hosts only, nothing to clone apps from.")
@click.option("--memory", help="Limit, as 512M or 2G.")
@click.option("--cpus", type=float, help="Limit, as 0.5 or 2.")
@click.option("--disk", default=image.DEFAULT, show_default=True, help="Its size, as 512M or 8G.")
@click.option("--debian", default=CODENAME, show_default=True, help="The release's codename.")
def up(
    names_wanted: tuple[str, ...],
    groups: tuple[str, ...],
    layer: str | None,
    user: str,
    sudo_password: bool,
    no_origin: bool,
    memory: str | None,
    cpus: float | None,
    debian: str,
    disk: str,
) -> None:
    """Bring hosts up: fresh ones, or those that were off."""
    lab = Lab()
    how = (groups, layer, user, memory, cpus, sudo_password, debian, disk)
    specs = [HostSpec(name, *how) for name in names_wanted]
    for host in lab.up_all(specs, with_origin=not no_origin):
        click.echo(f"{host.name} is up at {host.address}")


@main.command()
@click.argument("names_wanted", metavar="[NAME...]", nargs=-1)
@click.option("--purge", is_flag=True, help="Everything, and what all labs share: base, layers.")
def down(names_wanted: tuple[str, ...], purge: bool) -> None:
    """Take hosts down, disks and all; without a name the whole lab."""
    if purge and names_wanted:
        raise LabError("--purge takes everything down: name no host")
    if purge:
        Lab().purge()
    else:
        Lab().down(*names_wanted)


@main.command("list")
def list_hosts() -> None:
    """Show the hosts of this lab."""
    rows = [("NAME", "GROUPS", "STATE", "ADDRESS", "LATENCY", "LAYER")]
    for host in Lab().machines():
        delay = f"{host.delay:g} ms" if host.delay else "-"
        groups = ",".join(host.groups) if host.name not in names.SERVERS else "-"
        rows.append((host.name, groups, host.state, host.address, delay, host.layer or "-"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(map(str.ljust, row, widths)).rstrip())


@main.command("ssh", context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1)
def open_ssh(name: str, command: tuple[str, ...]) -> None:
    """Log in to a host, or run a command there."""
    arguments = [*ssh.arguments(Lab().host(name).record), *command]
    os.execvp(arguments[0], arguments)  # noqa: S606  the terminal goes to ssh itself


@main.command()
@click.argument("name")
def kill(name: str) -> None:
    """Cut a host's power; its disk is kept."""
    Lab().host(name).kill()


@main.command()
@click.argument("name")
def off(name: str) -> None:
    """Power a host off in order."""
    Lab().host(name).off()


@main.command()
@click.argument("name")
def boot(name: str) -> None:
    """Boot a host that is off."""
    Lab().host(name).boot()


@main.command()
@click.argument("name")
def cut(name: str) -> None:
    """Cut a host's network."""
    Lab().host(name).cut()


@main.command()
@click.argument("name")
def heal(name: str) -> None:
    """Mend a host's network."""
    Lab().host(name).heal()


@main.command()
@click.argument("name")
@click.argument("milliseconds", type=click.FloatRange(min=0))
def latency(name: str, milliseconds: float) -> None:
    """Add to a running host's round trip; 0 takes it away."""
    Lab().host(name).latency(milliseconds)


@main.command()
@click.argument("name")
@click.argument("layer")
def snapshot(name: str, layer: str) -> None:
    """Keep a host's disk as a layer that other hosts can begin with."""
    Lab().snapshot(name, layer)


@main.command()
@click.option("--drop", metavar="LAYER", help="Remove this one.")
def layers(drop: str | None) -> None:
    """Show the layers that hosts can begin with."""
    lab = Lab()
    if drop:
        lab.drop_layer(drop)
    for name in lab.layers():
        click.echo(name)


@main.command()
def origin() -> None:
    """Start the origin and make its repositories anew from tests/apps."""
    served = Lab().start_origin()
    for app in served.refresh():
        click.echo(f"{app}  {served.url(app)}")


@main.command()
def acme() -> None:
    """Start an ACME server, for certificates."""
    click.echo(Lab().start_acme().url)


@main.command("environment")
@click.argument("app")
def show_environment(app: str) -> None:
    """Print an app's environment, secrets included, as dotenv lines."""
    for line in environment.lines(Lab().number, app):
        click.echo(line)

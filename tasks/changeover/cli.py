"""The command ``changeover``."""

from pathlib import Path

import click

from changeover import project
from changeover.lab.commands import main as lab
from changeover.run import installed


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="changeover", message="%(prog)s %(version)s")
def main() -> None:
    """Release web applications onto your own hosts, with a verified way back."""
    if problem := installed.problem():
        raise click.ClickException(problem)


@main.command()
@click.argument("directory", type=click.Path(path_type=Path))
def new(directory: Path) -> None:
    """Write a project for your own hosts: what you run, your hosts and your apps' values."""
    try:
        made = project.write(directory)
    except project.ProjectError as error:
        raise click.ClickException(str(error)) from error
    for path in made:
        click.echo(directory / path)
    click.echo(f"\nNext: read {directory / 'README.md'}")
    if folder := project.folder_of_wheel():
        click.echo(
            "Changeover was installed from a file. Who installs this project needs that file too:"
            f" pip install --find-links {folder} ."
        )


main.add_command(lab, "lab")

"""The bench's command line: ``python -m bench``."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench import migrations as many
from bench import tools
from bench.backup import measure
from bench.hosts import BenchError
from bench.provision import ProvisionBench
from bench.run import Bench, Plan
from bench.samples import Sample, as_json, table
from changeover.lab import Lab, LabError

KEEP = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure Changeover beside other ways to release, on hosts of the lab."""


@main.command()
@click.option("--repeat", default=5, show_default=True, help="Code-only and no-op releases each.")
@click.option("--first", default=2, show_default=True, help="First releases, on fresh hosts.")
@click.option(
    "--latency",
    "latencies",
    multiple=True,
    type=click.FloatRange(min=0),
    default=(0, 50),
    show_default=True,
    help="Milliseconds to add to the round trip; several times for several.",
)
@click.option(
    "--json", "file", type=click.Path(path_type=Path), help="Write every release there, too."
)
@click.option("--lab", "number", default=181, show_default=True, help="A lab for this alone.")
def release(
    repeat: int, first: int, latencies: tuple[float, ...], file: Path | None, number: int
) -> None:
    """Release PlayMaker by Changeover, by a shell script and by Capistrano."""
    samples: list[Sample] = []
    with _lab(number) as (lab, scratch):
        rivals: list[tools.Tool] = [
            tools.Changeover(lab, scratch, KEEP),
            tools.Shell(lab),
            tools.Capistrano(lab),
        ]
        plan = Plan(latencies, max(first, 1), repeat)
        samples.extend(Bench(lab, rivals, _tell).measure(plan))
    if file:
        file.write_text(json.dumps(as_json(samples), indent=1) + "\n")
    click.echo(f"\n{os.cpu_count()} cores; median (least-most)\n\n{table(samples)}")


@main.command()
@click.option("--repeat", default=5, show_default=True, help="Runs with nothing to do, of each.")
@click.option("--lab", "number", default=181, show_default=True, help="A lab for this alone.")
def provision(repeat: int, number: int) -> None:
    """Provision PlayMaker's host, beside its packages alone; then with nothing to do."""
    with _lab(number) as (lab, scratch):
        click.echo(ProvisionBench(lab, scratch, _tell).measure(repeat))


@main.command()
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of the database.")
@click.option("--repeat", default=3, show_default=True, help="Backups, and the parts of one each.")
def backup(rows: int, repeat: int) -> None:
    """Back up a PostgreSQL database, and time a dump, a restore and two digests beside it."""
    click.echo(measure(rows, repeat, _tell))


@main.command()
@click.option("--steps", default=200, show_default=True, help="How many small migrations.")
@click.option("--lab", "number", default=181, show_default=True, help="A lab for this alone.")
def migrations(steps: int, number: int) -> None:
    """Apply many small migrations by a release, and by Django alone on a copy of the data."""
    with _lab(number) as (lab, scratch):
        click.echo(many.measure(lab, scratch, steps, _tell))


@contextmanager
def _lab(number: int) -> Iterator[tuple[Lab, Path]]:
    """Give a lab with its origin, and a folder for this measurement; nothing is left of either."""
    lab = Lab(number)
    lab.down()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            lab.start_origin()
            yield lab, Path(scratch)
    except (BenchError, LabError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        lab.down()


def _tell(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()

"""Many cells at once, each in a process of its own, so that none waits for another's threads."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import cycle
from multiprocessing import get_context

from changeover.lab import Lab
from tests.e2e.matrix.cell import Cell, Verdict, tell
from tests.e2e.matrix.faults import FAULTS, Fault, strikes
from tests.e2e.matrix.updates import (
    CODE,
    COMMIT,
    DJANGO,
    INSIDE,
    UPDATES,
    V1_TO_V2,
    V2_TO_V3,
    Update,
    changed_code,
)


def cells(updates: Iterable[Update] = UPDATES, faults: Iterable[Fault] = FAULTS) -> Iterator[Cell]:
    """Return all cells of some releases and faults."""
    wanted = list(faults)
    for update in updates:
        for moment in update.moments:
            for fault in wanted:
                if strikes(fault, moment):
                    yield Cell(update.name, moment, fault.name)


# on PostgreSQL, the moments at which the database matters most
_STORED = (
    (f"{INSIDE}backup.take", "an operation fails"),
    ("migrate.forward", "the controller sleeps"),
    (f"{INSIDE}migrate.forward", "the network goes"),
    ("activate.release", "the controller dies"),
    ("activate.release", "the host loses power"),
    (COMMIT, "the host loses power"),
)


# what CI plays each time: every fault, where most is at stake, and each kind of database
_OFTEN = {
    (V2_TO_V3.name, "service.restart", "the controller dies"),
    (DJANGO.name, f"{INSIDE}backup.take", "an operation fails"),
    (DJANGO.name, "migrate.forward", "the controller sleeps"),
    (DJANGO.name, f"{INSIDE}migrate.forward", "the network goes"),
    (DJANGO.name, COMMIT, "the host loses power"),
}


def is_often(cell: Cell) -> bool:
    """Tell whether CI plays a cell each time."""
    return (cell.update, cell.moment, cell.fault) in _OFTEN


def sample() -> list[Cell]:
    """Return what is tested: on SQLite each step and fault, on PostgreSQL where it matters most."""
    return list(dict.fromkeys(_sample()))


def _sample() -> Iterator[Cell]:
    faults = cycle(FAULTS)
    chosen = [(V2_TO_V3, moment) for moment in V2_TO_V3.moments]
    chosen += [(V1_TO_V2, "dependencies.python"), (V1_TO_V2, "in dependencies.python")]
    chosen += [(CODE, "environment.prepare")]
    for update, moment in chosen:
        fault = next(fault for fault in faults if strikes(fault, moment))
        yield Cell(update.name, moment, fault.name)
    # after the commit only forward, whoever is left to do it
    yield Cell(V2_TO_V3.name, COMMIT, "the host loses power")
    for moment, fault_name in _STORED:
        yield Cell(DJANGO.name, moment, fault_name)


def prepare(lab: Lab, chosen: Iterable[Cell]) -> None:
    """Have everything that cells share."""
    updates = {cell.update: cell.parts()[0] for cell in chosen}
    for update in updates.values():
        update.flavour.layer(lab, update.begin)
    lab.start_origin()
    changed_code(lab)


def play(lab: Lab, chosen: list[Cell], hosts: int) -> Iterator[Verdict]:
    """Return the verdicts on cells, as they come."""
    prepare(lab, chosen)
    with ProcessPoolExecutor(hosts, get_context("spawn")) as pool:
        told = [
            pool.submit(_tell, lab.number, cell, f"struck-{n}") for n, cell in enumerate(chosen)
        ]
        for future in as_completed(told):
            yield future.result()


def _tell(number: int, cell: Cell, name: str) -> Verdict:
    try:
        return tell(Lab(number), cell, name)
    except Exception as error:
        return Verdict(cell, [f"the test broke: {error!r}"], 0)

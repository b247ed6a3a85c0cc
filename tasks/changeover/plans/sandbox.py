"""What the scripts have to know that run code behind walls (``host/sandbox/walls.py``)."""

from changeover.plans.paths import PROGRAMS
from changeover.plans.script import Variable, script
from changeover.plans.target import Target


def task_unit(target: Target, task: str) -> str:
    """Return the unit in which a task of an app runs."""
    return f"changeover-{target.app.name}-{task}.service"


def stop(target: Target, *tasks: str) -> str:
    """
    Return the script that ends tasks of an app which may still run, and sees that they ended.

    "" where there are none.
    """
    if not tasks:
        return ""
    units = [task_unit(target, task) for task in tasks]
    return script("sandbox/stop", programs=PROGRAMS, units=units)


def variables(target: Target) -> dict[str, Variable]:
    """Return what every script needs that runs something."""
    return {"app": target.app.name, "programs": PROGRAMS}


def build_variables(target: Target) -> dict[str, Variable]:
    """Return what a script needs beside that to have the build user fill a folder."""
    return {
        **variables(target),
        "placed": _placed(target),
        "build_user": target.paths.build_user,
        "cache": target.paths.cache,
        "memory": target.values.build_memory_max,
        "disk": target.values.build_disk_megabytes,
    }


def _placed(target: Target) -> list[str]:
    """Return what is put into a release later, or leads out of it: no input of anything."""
    paths = [target.app.build.place] if target.app.build else []
    return [f"./{path}" for path in (*paths, *(one.rstrip("/") for one in target.values.shared))]

"""The host itself: its system, users, packages, folders and tools."""

import os
import pwd
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..run import Run
from .asked import Asked
from .environment import mode_and_owner
from .files import entries, exists, first_line, folders, is_file, is_folder

_UV = re.compile(r"uv-(.+)\.dist-info")


def installing(asked: Asked) -> Run:
    """Begin to ask for the packages."""
    form = "${db:Status-Status} ${Package}\n"
    return Run(["dpkg-query", "-W", "-f", form, *asked.packages])


def installed(run: Run) -> list[str]:
    """Tell which packages are installed."""
    rows = [line.split() for line in run.text().splitlines()]
    return [row[1] for row in rows if len(row) == 2 and row[0] == "installed"]


def addressing() -> Run:
    """Begin to ask for the host's own addresses."""
    return Run(["hostname", "-I"])


def host(addresses: Run) -> dict[str, Any]:
    """Tell what is there before all else."""
    release = _os_release()
    disk = os.statvfs(disk_folder())
    return {
        "uid": os.getuid(),
        "system": f"{release.get('ID', '')} {release.get('VERSION_ID', '')}" if release else "",
        "systemd": is_folder("/run/systemd/system"),
        "own_addresses": addresses.text().split(),
        "clock": int(time.time()),
        "free_kilobytes": disk.f_bavail * disk.f_frsize // 1024,
    }


def disk_folder() -> str:
    """Return where apps will be."""
    return "/srv" if is_folder("/srv") else "/"


def _os_release() -> dict[str, str]:
    with (
        suppress(OSError),
        Path("/etc/os-release").open(encoding="utf-8", errors="replace") as file,
    ):
        rows = (line.strip().partition("=") for line in file)
        return {key: value.strip("\"'") for key, _, value in rows}
    return {}


def users(asked: Asked) -> dict[str, str]:
    """Tell which users are there, with their comments."""
    found = {}
    for name in (asked.fetch_user, asked.build_user, asked.app):
        with suppress(KeyError):
            found[name] = pwd.getpwnam(name).pw_gecos
    return found


def owners(asked: Asked) -> dict[str, str]:
    """Tell whose our folders are."""
    paths = (
        *(asked.root, asked.releases, asked.shared, asked.environments, asked.builds, asked.state),
        *(asked.backups, asked.configuration, asked.mirror, asked.cache),
    )
    found = {path: mode_and_owner(path) for path in paths}
    return {path: f"{had[1]} {had[2]} {had[0]}" for path, had in found.items() if had}


def foreign(asked: Asked) -> list[str]:
    """Tell what stands in the way and is not ours."""
    return list(_foreign(asked))


def _foreign(asked: Asked) -> Iterator[str]:
    marked = exists(f"{asked.root}/.changeover")
    if is_folder(asked.root) and not marked and any(entries(asked.root)):
        yield f"directory {asked.root}"
    yield from (f"file {path}" for path in asked.process_rivals if exists(path))
    for path in (*asked.process_files, asked.site):
        ours = first_line(path).startswith(f"# Managed by Changeover for {asked.app}.")
        if exists(path) and not ours:
            yield f"file {path}"


def tools(asked: Asked) -> dict[str, Any]:
    """Tell which versions of uv and Node are there."""
    node = {entry.name: f"{entry.path}/version" for entry in folders(asked.node)}
    return {
        "uv": next(_uv(asked.uv), None),
        "node": {name: first_line(path) for name, path in node.items() if is_file(path)},
    }


def _uv(folder: str) -> Iterator[str]:
    if not os.access(f"{folder}/bin/uv", os.X_OK):
        return
    for python in entries(f"{folder}/lib"):
        for entry in entries(f"{python.path}/site-packages"):
            found = _UV.fullmatch(entry.name)
            # pip writes it last
            ours = python.name.startswith("python3")
            if found and ours and is_file(f"{entry.path}/RECORD"):
                yield found[1]

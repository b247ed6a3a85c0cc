"""The programs that live on a host, with their units and pages."""

import base64
import hashlib
import io
import tarfile
from collections.abc import Mapping, Sequence

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import GUARD_WANTS, PAGES, PROGRAMS, UNITS, VERSION, Paths
from changeover.plans.provision.shared import ALONE
from changeover.plans.script import script

# of files that differ; all of them do where a release of Changeover itself is new
_NAMED = 5


def decide_programs(
    paths: Paths, files: Mapping[str, bytes], found: Mapping[str, str], *, quiet: bool = True
) -> Decision:
    """
    Decide whether host programs have to be put in place.

    ``files`` are by full path; ``found`` is what the host has, SHA-256 by full path. Modules of an
    earlier version go where the host is ``quiet``: an open changeover may yet need them.
    """
    guard = f"{GUARD_WANTS}/{paths.guard}"
    old = [
        path
        for path, content in files.items()
        if found.get(path) != hashlib.sha256(content).hexdigest()
    ]
    if old:
        return todo(f"missing or of another version: {_some(old)}")
    if guard not in found:
        return todo("the guard does not start at boot")
    modules = (path for path in found if path.startswith(f"{PROGRAMS}/") and path.endswith(".py"))
    if quiet and (left := [path for path in modules if path not in files]):
        return todo(f"left of an earlier version: {_some(left)}")
    return done("host programs are of this version")


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return " ".join(sorted(paths)[:_NAMED]) + more


def programs_script(paths: Paths) -> str:
    """
    Return the script that installs what comes on its stdin: an archive in base64.

    Programs and modules get their names at once, by one rename: who starts one has all of the new
    version or of the one before. Versions before that one go, unless something is under way.
    """
    return script(
        "provision/programs",
        **ALONE,
        programs=PROGRAMS,
        pages=PAGES,
        units=UNITS,
        guard=paths.guard,
        state=paths.state,
    )


def archive(files: Mapping[str, bytes]) -> str:
    """Return host programs, units and pages, by full path, as the archive that is sent."""
    folders = {VERSION: "programs", PROGRAMS: "programs", PAGES: "pages", UNITS: "units"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, content in files.items():
            above = next(folder for folder in folders if path.startswith(f"{folder}/"))
            member = tarfile.TarInfo(folders[above] + path.removeprefix(above))
            member.size = len(content)
            # Python takes bytecode for that of another text of this size and time: so it tells it
            member.mtime = int(hashlib.sha256(content).hexdigest()[:7], 16)
            tar.addfile(member, io.BytesIO(content))
    return base64.b64encode(buffer.getvalue()).decode()

"""The manifest of a backup: what it is of, and the seal that shows an edit."""

import contextlib
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..files import Failure
from . import files

FORMAT = 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Stages:
    """Seconds per stage; an error is told in which stage it happened."""

    def __init__(self) -> None:
        """Begin with none."""
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        start = time.monotonic()
        try:
            yield
        except Exception as error:
            error.add_note(name)
            raise
        finally:
            self.seconds[name] = round(time.monotonic() - start, 3)


def utc_now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def require_name(name: str) -> None:
    """Refuse a name that is no plain file name."""
    if not NAME.fullmatch(name):
        raise Failure(f"{name!r} is no file name: use letters, digits, dot, dash")


def prepare_folder(folder: Path) -> None:
    """Make the folder of backups, and refuse one that others can read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise Failure(f"{folder} is open to other users: run chmod 700 {folder}")


def program_sha256(prefix: str) -> str:
    """Return a digest over the modules of a program, those that the programs share among them."""
    digest = hashlib.sha256()
    above = __package__.rpartition(".")[0]
    names = tuple(f"{above}.{package}." for package in (prefix, "backup"))
    for name, module in sorted(sys.modules.items()):
        if name.startswith(names) and module.__file__:
            digest.update(Path(module.__file__).read_bytes())
    return digest.hexdigest()


def _seal(manifest: dict[str, Any]) -> str:
    """Return the digest of a manifest without its seal."""
    body = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write(manifest: dict[str, Any], path: Path, work: Path) -> None:
    """Seal a manifest and put it in place, whole or not at all."""
    manifest["manifest_sha256"] = _seal(manifest)
    unfinished = work / "manifest"
    unfinished.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    files.move_durably(unfinished, path)


def load(path: Path, required: Mapping[str, set[str]]) -> dict[str, Any]:
    """Read a manifest and refuse one that is damaged, was edited, or lacks what is required."""
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Failure(f"there is no manifest {path}: check the path") from None
    except ValueError as error:
        raise Failure(
            f"the manifest {path} is not readable ({error}): use another backup"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Failure(f"the manifest {path} is not of format {FORMAT}: use another backup")
    if manifest.get("manifest_sha256") != _seal(manifest):
        raise Failure(f"the manifest {path} was changed after it was written: use another backup")
    for key, fields in required.items():
        if not isinstance(manifest.get(key), dict) or not fields <= manifest[key].keys():
            raise Failure(f"the manifest {path} is incomplete in {key}: use another backup")
    return manifest


def require_none(differences: Sequence[str], most: int | None = None) -> None:
    """Refuse what was restored if it differs from what was backed up; say the first ``most``."""
    if differences:
        left = len(differences[most:]) if most else 0
        more = f"; and {left} more" if left else ""
        said = "; ".join(differences[:most])
        raise Failure(f"the restored content differs: {said}{more}: use another backup")


def require_artefact(manifest: dict[str, Any], folder: Path) -> Path:
    """Return the path of the artefact that a manifest names, if it is the very one."""
    artefact = manifest["artefact"]
    path = folder / Path(artefact["name"]).name
    if not path.is_file():
        raise Failure(f"the artefact {path} is missing: use another backup")
    if path.stat().st_size != artefact["size"]:
        raise Failure(
            f"the artefact {path} has {path.stat().st_size} bytes, expected"
            f" {artefact['size']}: use another backup"
        )
    if files.sha256_of(path) != artefact["sha256"]:
        raise Failure(f"the artefact {path} has another SHA-256: use another backup")
    return path

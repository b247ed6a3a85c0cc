"""The folder of an app's certificates, and the link to the one that its site shows.

`current` is a link to a folder of `certificates/`, switched by one rename. What is in such a folder
is complete and never changes: the chain, the key, and what nginx has to be told because of them.
"""

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, NamedTuple

from ..files import Failure, sync, write
from . import x509

SELF_SIGNED = "self-signed"
ACME = "acme"
_KEPT = 3
# two years, as the lists of browsers ask for; nothing is promised for other names
_HSTS = 'on "max-age=63072000";\n'
_STAPLING = "ssl_stapling on;\nssl_stapling_verify on;\nssl_trusted_certificate {chain};\n"


class InPlace(NamedTuple):
    """The certificate that the site shows, or would show."""

    folder: Path
    kind: str
    directory: str
    """Where it came from; "" for one that the host made."""
    about: x509.Certificate


class Store:
    """The certificates of one app."""

    def __init__(self, folder: Path) -> None:
        """Take the app's folder."""
        self.folder = folder
        self.link = folder / "current"
        self._kept = folder / "certificates"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else change the folder meanwhile: a renewal comes when it wants."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            flock(file, LOCK_EX)
            yield

    def current(self) -> InPlace | None:
        """Return what is in place. Raises Failure where that is damaged."""
        if not self.link.is_symlink():
            return None
        return read(self.link.resolve())

    def add(self, fill: Callable[[Path], None], kind: str, directory: str, *, hsts: bool) -> Path:
        """Keep a certificate beside the others, whole or not at all; return its folder."""
        self._kept.mkdir(mode=0o700, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=self._kept))
        try:
            fill(building)
            chain = (building / "fullchain.pem").read_bytes()
            name = hashlib.sha256(chain).hexdigest()[:16]
            about = x509.read(building / "fullchain.pem")
            stapling = _STAPLING.format(chain=self._kept / name / "fullchain.pem")
            _text(building / "hsts.conf", _HSTS if hsts else "")
            _text(building / "stapling.conf", stapling if about.responder else "")
            _text(building / "about.json", json.dumps({"kind": kind, "directory": directory}))
            for path in building.iterdir():
                path.chmod(0o600)
                sync(path)
            sync(building)
            complete = self._kept / name
            if not _is_whole(complete):
                shutil.rmtree(complete, ignore_errors=True)
                building.rename(complete)
                sync(self._kept)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return complete

    def switch(self, to: Path) -> None:
        """Put a kept certificate in place by one rename."""
        new = self.folder / ".current.changeover"
        new.unlink(missing_ok=True)
        new.symlink_to(to.relative_to(self.folder))
        new.rename(self.link)
        sync(self.folder)

    def prune(self) -> None:
        """Drop all but what is in place and the newest of the others."""
        now = self.link.resolve()
        others = [path for path in self._kept.iterdir() if path != now]
        for path in sorted(others, key=lambda one: one.stat().st_mtime)[:-_KEPT]:
            shutil.rmtree(path)

    @property
    def loaded(self) -> bool:
        """Tell whether nginx was seen to show what is in place."""
        return _line(self.folder / "loaded") == self.link.resolve().name

    def note_loaded(self) -> None:
        """Note that nginx shows what is in place."""
        write(self.folder / "loaded", f"{self.link.resolve().name}\n".encode())

    @property
    def wish(self) -> dict[str, Any]:
        """What a certificate has to be, also one that is renewed when nobody looks."""
        try:
            found = json.loads((self.folder / "wish.json").read_text())
        except (OSError, ValueError):
            raise Failure(f"{self.folder}/wish.json is missing or damaged: release again") from None
        return dict(found)

    def want(self, names: list[str], directory: str, *, hsts: bool) -> None:
        """Note what a certificate has to be."""
        wish = {"names": names, "directory": directory, "hsts": hsts}
        write(self.folder / "wish.json", json.dumps(wish).encode())

    @property
    def problem(self) -> dict[str, Any] | None:
        """What kept the last attempt from coming to its end, and when."""
        try:
            return dict(json.loads((self.folder / "problem.json").read_text()))
        except (OSError, ValueError):
            return None

    def note_problem(self, what: str) -> None:
        """Note what is wrong; "" for nothing."""
        path = self.folder / "problem.json"
        if what:
            write(path, json.dumps({"when": int(time.time()), "what": what}).encode())
        elif path.exists():
            path.unlink()
            sync(self.folder)


def read(folder: Path) -> InPlace:
    """Return what a folder of a certificate holds. Raises Failure where that is damaged."""
    try:
        noted = json.loads((folder / "about.json").read_text())
        kind, directory = str(noted["kind"]), str(noted["directory"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Failure(f"{folder}/about.json is missing or damaged") from None
    for name in ("hsts.conf", "stapling.conf"):
        if not (folder / name).is_file():
            raise Failure(f"{folder}/{name} is missing")
    return InPlace(folder, kind, directory, pair(folder))


def pair(folder: Path) -> x509.Certificate:
    """Return what a certificate says. Raises Failure unless the key beside it is its own."""
    found = x509.read(folder / "fullchain.pem")
    if x509.public_key(folder / "privkey.pem") != found.key:
        raise Failure(f"{folder}/privkey.pem is not the key of the certificate beside it")
    return found


def _is_whole(folder: Path) -> bool:
    try:
        read(folder)
    except Failure:
        return False
    return True


def _text(path: Path, text: str) -> None:
    path.write_text(text)


def _line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""

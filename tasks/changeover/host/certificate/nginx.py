"""How nginx comes to show a certificate, and whether it does."""

import hashlib
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from ..files import Failure
from .store import InPlace, Store

_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_WRONG = re.compile(r"\[emerg\]|error|fail", re.IGNORECASE)
_TRIAL = 'mount --bind "$1" "$2" && nginx -t -q'


class Site(NamedTuple):
    """Where a certificate is shown."""

    file: Path
    """The app's site, as nginx reads it."""
    port: int

    def shows(self, store: Store) -> bool:
        """Tell whether the site, as it is now, shows what is in place."""
        try:
            return f"{store.link}/" in self.file.read_text()
        except OSError:
            return False


def put_in_force(store: Store, new: Path, site: Site) -> None:
    """
    Show a kept certificate: tried first, then switched, loaded and seen.

    Raises Failure with the old one in place and in force. Nothing is loaded or seen where the site
    is not there yet, or nginx does not run.
    """
    old = store.link.resolve() if store.link.is_symlink() else None
    if old and old.is_dir() and old != new:
        _try(new, old)
    store.switch(new)
    if not (site.shows(store) and is_active()):
        return
    try:
        load(store, site)
    except Failure:
        if old and old != new:
            store.switch(old)
            _systemctl("reload", "nginx")
        raise


def load(store: Store, site: Site) -> None:
    """Have nginx load what is in place and see that it does. Raises Failure."""
    said = _systemctl("reload", "nginx")
    if said:
        raise Failure(f"nginx does not reload: {said}")
    see(store, site)


def see(store: Store, site: Site) -> None:
    """See that nginx shows what is in place, and note it. Raises Failure after some seconds."""
    found = store.current()
    if found is None:
        raise Failure(f"{store.link}: no certificate is in place")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while wrong := _shown(found, site.port):
        if time.monotonic() > deadline:
            raise Failure(f"nginx does not show the certificate in place: {wrong}")
        time.sleep(_PAUSE_SECONDS)
    store.note_loaded()


def is_active() -> bool:
    """Tell whether nginx runs."""
    return not _systemctl("--quiet", "is-active", "nginx")


def _shown(wanted: InPlace, port: int) -> str:
    """Return what is wrong with the certificate that a visitor is shown, "" if it is the wanted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # its very fingerprint is compared instead
    name = wanted.about.names[0] if wanted.about.names else "localhost"
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=3) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            shown = secured.getpeercert(binary_form=True) or b""
    except OSError as error:
        return f"port {port}: {error}"
    if hashlib.sha256(shown).hexdigest() != wanted.about.fingerprint:
        return f"port {port} shows another one for {name}"
    return ""


def _try(new: Path, old: Path) -> None:
    """Have nginx test its whole configuration with the new certificate where the old one is."""
    # mounted for the test alone: what nginx refuses never stands where a reboot would find it
    command = ["unshare", "--mount", "--", "sh", "-c", _TRIAL, "sh", str(new), str(old)]
    said = _run(command)
    if said:
        raise Failure(f"nginx refuses the certificate: {said}")


def _systemctl(*words: str) -> str:
    return _run(["systemctl", *words])


def _run(command: list[str]) -> str:
    """Run a command; return what it said when it failed, "" if it succeeded."""
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=60
    )
    if done.returncode == 0:
        return ""
    said = (done.stderr or done.stdout).strip()
    wrong = [line for line in said.splitlines() if _WRONG.search(line)]
    return (wrong or [said or "it failed"])[0]

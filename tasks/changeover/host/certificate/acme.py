"""Certificates from an ACME server, by certbot: obtained, taken over from it, given up."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from ..files import Failure, sync
from . import nginx, x509
from .store import ACME, InPlace, Store, pair

LETSENCRYPT = Path("/etc/letsencrypt")
CHALLENGES = ".well-known/acme-challenge"
_DAY = 86400
_PAUSE_SECONDS = 5
_BUSY = "Another instance of Certbot is already running"
_OF_NO_USE = (
    *("Saving debug log", "Ask for help", "Requesting a certificate", "Account registered"),
    *("Hint:", "Some challenges have failed", "Renewing an existing", "An unexpected error"),
    *("Certbot failed to authenticate", "Simulating", "- - -"),
)
_LETTERS = 600


class Lineage(NamedTuple):
    """What certbot keeps and renews for one app, by its name there."""

    name: str
    base: Path

    @property
    def live(self) -> Path:
        """The folder with links to the newest."""
        return self.base / "live" / self.name

    @property
    def configuration(self) -> Path:
        """What certbot knows when it renews."""
        return self.base / "renewal" / f"{self.name}.conf"

    @property
    def directory(self) -> str:
        """The ACME directory that it is renewed from, "" where nothing is renewed."""
        try:
            text = self.configuration.read_text()
        except OSError:
            return ""
        found = re.search(r"^server = (\S+)$", text, re.MULTILINE)
        return found[1] if found else ""


class Order(NamedTuple):
    """What is asked for, and how."""

    names: list[str]
    directory: str
    email: str
    webroot: Path
    hook: str
    """The command that certbot runs after each renewal."""
    port: int
    """Where nginx listens for plain http."""
    seconds: float
    """After which an ACME server that does not come to an end is given up."""


def due_seconds(about: x509.Certificate) -> float:
    """Return how long before its end a certificate is renewed: 30 days, of short ones a third."""
    return min(30 * _DAY, (about.ends - about.begins) / 3)


def obtain(store: Store, lineage: Lineage, order: Order, site: nginx.Site) -> None:
    """
    Have the certificate that was ordered in place; what certbot has already is not asked for again.

    Raises Failure with the old one in place.
    """
    if not _is_good(lineage, order):
        _see_challenges(order)
        _mend(lineage)
        _certbot(lineage, order)
    deploy(store, lineage, site)


def deploy(store: Store, lineage: Lineage, site: nginx.Site) -> None:
    """Take over what certbot has, if it is sound, and show it. Raises Failure, the old in place."""
    with store.locked():
        wish, now = store.wish, _current(store)
        _check(lineage, wish["names"], now)
        own = lineage.directory == wish["directory"]

        def fill(folder: Path) -> None:
            for name in ("fullchain.pem", "privkey.pem"):
                shutil.copyfile(lineage.live / name, folder / name)

        new = store.add(fill, ACME, lineage.directory, hsts=own and wish["hsts"])
        if not (now and now.folder == new and (store.loaded or not site.shows(store))):
            nginx.put_in_force(store, new, site)
        store.prune()


def give_up(lineage: Lineage) -> None:
    """Renew no longer; what is in place stays until it is replaced."""
    _remove(lineage.configuration)
    for folder in ("live", "archive"):
        shutil.rmtree(lineage.base / folder / lineage.name, ignore_errors=True)


def _current(store: Store) -> InPlace | None:
    try:
        return store.current()
    except Failure:
        return None  # damaged: anything that is sound is better


def _check(lineage: Lineage, names: list[str], now: InPlace | None) -> None:
    """Raise Failure unless what certbot has may take the place of what is there."""
    if not lineage.directory:
        raise Failure(f"certbot knows no certificate {lineage.name}")
    found = pair(lineage.live)
    missing = sorted({name.lower() for name in names} - set(found.names))
    if missing:
        raise Failure(f"the new certificate does not name {', '.join(missing)}")
    if found.ends <= time.time():
        raise Failure("the new certificate has ended already")
    same = now is not None and now.kind == ACME and now.directory == lineage.directory
    if now and same and found.begins < now.about.begins:
        raise Failure("the new certificate is older than the one in place")


def _is_good(lineage: Lineage, order: Order) -> bool:
    """Tell whether certbot has what is ordered, from a run that was stopped before it was shown."""
    try:
        found = pair(lineage.live)
    except Failure:
        return False
    fresh = found.ends - time.time() > due_seconds(found)
    names = {name.lower() for name in order.names}
    return fresh and names == set(found.names) and lineage.directory == order.directory


def _see_challenges(order: Order) -> None:
    """Raise Failure unless nginx shows a challenge for each name: a failed order counts there."""
    folder = order.webroot / CHALLENGES
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    file, content = folder / f"changeover-{secrets.token_hex(8)}", secrets.token_hex(16)
    file.write_text(content)
    file.chmod(0o644)
    try:
        for name in order.names:
            if _ask(order.port, name, f"/{CHALLENGES}/{file.name}") != content:
                raise Failure(
                    f"{name}: nginx does not show challenges on port 80; is another site of nginx"
                    " in front of ours, or is it not released with TLS yet?"
                )
    finally:
        file.unlink()


def _ask(port: int, name: str, path: str) -> str:
    import http.client  # of no use to a probe, which only looks what is in place

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": name})
        return connection.getresponse().read(1000).decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def _mend(lineage: Lineage) -> None:
    """Take away what a stopped certbot left and then stumbles over: it makes all of it anew."""
    whole = lineage.directory and (lineage.live / "fullchain.pem").exists()
    if not whole:
        give_up(lineage)


def _certbot(lineage: Lineage, order: Order) -> None:
    email = ["--email", order.email] if order.email else ["--register-unsafely-without-email"]
    command = [
        *("certbot", "certonly", "--non-interactive", "--agree-tos", *email),
        *("--webroot", "--webroot-path", str(order.webroot), "--preferred-challenges", "http"),
        *("--cert-name", lineage.name, "--server", order.directory, "--key-type", "ecdsa"),
        *("--renew-with-new-domains", "--force-renewal", "--deploy-hook", order.hook),
        *("--config-dir", str(lineage.base)),
        *(word for name in order.names for word in ("--domain", name)),
    ]
    deadline = time.monotonic() + order.seconds
    while True:
        status, said = _run(command, deadline)
        if status == 0:
            return
        if _BUSY not in said or time.monotonic() + _PAUSE_SECONDS > deadline:
            break
        time.sleep(_PAUSE_SECONDS)
    if status is None:
        raise Failure(f"{order.directory} did not come to an end within {order.seconds:g} s")
    raise Failure(f"{order.directory}: {_essence(said)}")


def _run(command: list[str], deadline: float) -> tuple[int | None, str]:
    """Run a command in a group of its own; return its status, None where time was up."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=max(1.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            return None, ""
        return process.returncode, said


def _essence(said: str) -> str:
    """Return in one line what certbot says was wrong."""
    lines = [line.strip() for line in said.splitlines()]
    telling = [line for line in lines if line and not line.startswith(_OF_NO_USE)]
    return " ".join(telling or ["certbot failed; see /var/log/letsencrypt/letsencrypt.log"])[
        :_LETTERS
    ]


def _remove(path: Path) -> None:
    if path.exists() or path.is_symlink():
        path.unlink()
        sync(path.parent)

"""How the app answers: itself by its socket, and through the site as a visitor would ask it."""

import base64
import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from .asked import Asked
from .files import content
from .run import Run

# an app may answer without end, and then says nothing
_MOST = 131_072
_STATUS = re.compile(rb"(.*) ([0-9]{3})\n*", re.DOTALL)
_HTTPS = re.compile(r"^ *ssl_certificate ", re.MULTILINE)
_NO_ANSWER = {"status": 0, "body": "{}"}


def app(asked: Asked, *, active: bool) -> Run | None:
    """Begin to ask the app; behind the socket of one that does not run, a question only waits."""
    if not active or not Path(asked.socket).is_socket():
        return None
    return _begin(5, *_arrived(asked))


def site(asked: Asked) -> Run | None:
    """Begin to ask the site."""
    return _begin(2, *_visitor(asked)) if shutil.which("curl") else None


def answer(run: Run | None) -> dict[str, Any] | None:
    """Return what one answers: its status, and its words in one line."""
    if run is None:
        return None
    said = run.said()
    found = _STATUS.fullmatch(said)
    # cut short, it may end in anything
    if len(said) > _MOST or not found:
        return _NO_ANSWER
    body = found[1].replace(b"\n", b"").decode("utf-8", "ignore")
    return {"status": int(found[2]), "body": body}


def _begin(seconds: int, *words: str) -> Run:
    command = ["curl", "-s", "-o", "-", "-w", " %{http_code}", "-m", str(seconds), *words]
    return Run(command, most=_MOST + 1)


def _enabled(asked: Asked) -> str | None:
    found = content(asked.site_enabled)
    return None if found is None else found.decode("utf-8", "replace")


def _visitor(asked: Asked) -> list[str]:
    """
    Return curl's words to ask the host's own nginx as a visitor would.

    By https where the site has a certificate, which may be self-signed: so it is held to the very
    key in place (site/visitor.sh does the same).
    """
    if not _HTTPS.search(_enabled(asked) or ""):
        return ["-H", f"Host: {asked.domain}", f"http://127.0.0.1{asked.health_path}"]
    pin = _pin(f"{asked.certificate}/fullchain.pem")
    return [
        *("--noproxy", "*", "--connect-to", "::127.0.0.1:", "--insecure"),
        *("--pinnedpubkey", f"sha256//{pin}", f"https://{asked.domain}{asked.health_path}"),
    ]


def _pin(certificate: str) -> str:
    key = Run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"]).said().decode()
    body = "".join(line for line in key.splitlines() if not line.startswith("-----"))
    return base64.b64encode(hashlib.sha256(base64.b64decode(body)).digest()).decode()


def _arrived(asked: Asked) -> list[str]:
    """
    Return curl's words to ask the app itself with all that nginx tells it of a visitor.

    What is published counts, as the app of before knows no other name (site/arrived.sh does the
    same; proxy in site/parts.j2).
    """
    enabled, name, how = _enabled(asked), asked.domain, asked.scheme
    if enabled is not None:
        by_https = _HTTPS.search(enabled) or re.search(r"^ *default https;", enabled, re.MULTILINE)
        how = "https" if by_https else "http"
        named = re.search(r"^ *server_name (.*);$", enabled, re.MULTILINE)
        names = named[1].split(" ") if named else []
        if asked.domain not in names:
            # all names below one are none to ask by
            name = next((one for one in names if one and one[0] != "*"), asked.domain)
    headers = {
        "Host": name,
        "X-Forwarded-Host": name,
        "X-Forwarded-Proto": how,
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
    }
    words = [word for key, value in headers.items() for word in ("-H", f"{key}: {value}")]
    return ["--unix-socket", asked.socket, *words, f"http://localhost{asked.health_path}"]

"""The operator's login at the repository's server: git hands it out, to that server alone."""

import os
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from . import address as tree_address

_SECONDS = 30
# a shorter word may be a part of any other
_SHORTEST = 6


def header(address: str) -> Mapping[str, str]:
    """Return the login at a server by http, as a header: what git itself would show there."""
    parts = urlsplit(address)
    asked = f"protocol={parts.scheme}\nhost={parts.netloc}\npath={parts.path[1:]}\n\n"
    try:
        done = subprocess.run(
            ["git", "credential", "fill"],
            input=asked.encode(),
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        )
    except subprocess.TimeoutExpired:
        return {}
    said = _said(done.stdout.decode(errors="replace"))
    if done.returncode or not {"username", "password"} <= said.keys():
        return {}
    return {"Authorization": f"Basic {_basic(said)}"}


def hidden(text: str, login: str | None = None) -> str:
    """Return what a server or git said without any login; ``login`` is ours, by default lent."""
    said = _said(_lent() if login is None else login)
    name, password = said.get("username", ""), said.get("password", "")
    words = [password or name, *([_basic(said)] if name else [])]
    text = tree_address.shown(text)
    for form in {form for word in words for form in (word, quote(word, safe=""))}:
        if len(form) >= _SHORTEST:
            text = text.replace(form, "***")
    return text


def _basic(said: Mapping[str, str]) -> str:
    return b64encode(f"{said.get('username', '')}:{said.get('password', '')}".encode()).decode()


def _lent() -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = os.environ.get("CHANGEOVER_LOGIN") or (f"{folder}/login" if folder else "")
    try:
        return Path(path).read_text(errors="replace") if path else ""
    except OSError:
        return ""


def _said(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.split("\n"))
    return {name: value for name, between, value in pairs if between}

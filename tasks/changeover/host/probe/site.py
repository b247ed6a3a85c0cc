"""The site: what nginx has of it, who closed it, and the certificate that it shows."""

import re
import shutil
from collections.abc import Iterator
from subprocess import STDOUT
from typing import Any

from .. import json_text
from ..run import Run
from .asked import Asked
from .files import content, exists, first_line, is_file, is_folder, leads_to

_FILE = re.compile(r"# configuration file (.*?):?\s*")
_REMARK = re.compile(r"(^|[ \t])#.*")
_CATCHES_ALL = re.compile(r" default_server|server_name _;")


def testing() -> Run | None:
    """Begin to ask nginx for its whole configuration."""
    return Run(["nginx", "-T"], errors=STDOUT) if shutil.which("nginx") else None


def running() -> Run:
    """Begin to ask whether nginx runs."""
    return Run(["systemctl", "show", "-p", "ActiveState", "--value", "nginx.service"])


def read(asked: Asked, nginx: Run, test: Run | None) -> dict[str, Any]:
    """Tell what is published."""
    whole = test.text() if test else ""
    wrong = test is not None and test.status != 0
    loaded = f"{asked.state}/site.loaded"
    closed = first_line(asked.maintenance) or "by hand"
    return {
        "maintenance": closed if exists(asked.maintenance) else None,
        "site_enabled": leads_to(asked.site_enabled),
        "site_loaded": first_line(loaded) if is_file(loaded) else None,
        "nginx_active": nginx.text().strip() == "active",
        "nginx_error": _error(whole) if wrong else None,
        "server_names": _names(whole),
        "challenges": _shows_challenges(asked, whole),
        **_certificate(asked),
    }


def _error(whole: str) -> str:
    return next((line for line in whole.splitlines() if "[emerg]" in line), "")


def _lines(whole: str) -> Iterator[tuple[str, str]]:
    """Yield each line with the file that it stands in; that of its name is empty."""
    file = ""
    for line in whole.split("\n"):
        named = _FILE.fullmatch(line)
        file = named[1] if named else file
        yield file, "" if named else line


def _names(whole: str) -> list[tuple[str, str]]:
    """Return the server names that files claim, each with its file."""
    found: list[tuple[str, str]] = []
    inside, before = False, ""
    for file, line in _lines(whole):
        inside, before = inside and file == before, file
        words = re.sub(r"[{};]", r" \g<0> ", _REMARK.sub("", line, count=1)).split()
        for word in words:
            if word == "server_name":
                inside = True
            elif word in ("{", "}", ";"):
                inside = False
            elif inside:
                found.append((file, word))
    return found


def _shows_challenges(asked: Asked, whole: str) -> bool:
    """Tell whether nginx shows them by the app's site, or by one for all names that has no own."""
    root = f"root {asked.webroot};"
    enabled = content(asked.site_enabled)
    if enabled is not None:
        return root.encode() in enabled
    every, shows = set(), set()
    for file, line in _lines(whole):
        every |= {file} if file and _CATCHES_ALL.search(line) else set()
        shows |= {file} if file and root in line else set()
    return bool(every & shows)


def _certificate(asked: Asked) -> dict[str, Any]:
    if not (is_folder(asked.certificates) or is_file(asked.renewal)):
        return {}
    words = ("look", "--folder", asked.certificates, "--lineage", asked.lineage)
    said = Run([asked.program("certificate"), *words, "--site", asked.site_enabled]).text()
    asking = [
        ["systemctl", "--quiet", f"is-{how}", "certbot.timer"] for how in ("enabled", "active")
    ]
    timer = [Run(words) for words in asking]
    return {
        "certificate": json_text.read(said) if said.strip() else None,
        "timer": all(_succeeds(run) for run in timer),
    }


def _succeeds(run: Run) -> bool:
    run.said()
    return run.status == 0

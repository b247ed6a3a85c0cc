"""Debian's archives as the controller's own apt configuration names them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from changeover.lab.errors import LabError

CODENAME = "bookworm"
DEBIAN_COMPONENTS = {"main", "contrib", "non-free", "non-free-firmware"}
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Source:
    """One suite of one archive."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""

    def line(self) -> str:
        """Return it as a line of a classic sources.list."""
        return f"deb {self.uri} {self.suite} {' '.join(self.components)}"


def parse_classic(text: str) -> Iterator[Source]:
    """Read the lines of a sources.list."""
    for line in text.splitlines():
        match = re.match(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line.strip())
        if match:
            options = dict(option.split("=", 1) for option in (match[1] or "").split())
            yield Source(match[2], match[3], tuple(match[4].split()), options.get("signed-by", ""))


def parse_deb822(text: str) -> Iterator[Source]:
    """Read the stanzas of a .sources file."""
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = {
            key.strip().lower(): value.strip()
            for key, value in re.findall(
                r"^([A-Za-z-]+):(.*(?:\n[ \t].*)*)", "\n".join(lines), re.MULTILINE
            )
        }
        if fields.get("enabled", "yes") == "no" or "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(
                    uri,
                    suite,
                    tuple(fields.get("components", "").split()),
                    fields.get("signed-by", ""),
                )


def is_debian(source: Source, codename: str) -> bool:
    """Tell whether a source is an archive of Debian itself, not a third party's."""
    suites = {codename, f"{codename}-updates", f"{codename}-security", f"{codename}/updates"}
    if source.suite not in suites or not set(source.components) <= DEBIAN_COMPONENTS:
        return False
    if source.signed_by:
        return "debian-archive" in source.signed_by
    return urlsplit(source.uri).path.rstrip("/").endswith(("/debian", "/debian-security"))


def for_base(found: list[Source], codename: str, wanted: str = CODENAME) -> tuple[Source, ...]:
    """Return what a base uses: the controller's archives, the base's own suites."""
    kept = [
        replace(source, suite=wanted + source.suite[len(codename) :], signed_by="")
        for source in found
        if is_debian(source, codename)
    ]
    if not any(source.suite == wanted for source in kept):
        raise LabError("apt on this machine names no Debian archive; the lab needs one")
    return tuple(dict.fromkeys(kept))


def resolve_mirror(uri: str, read: Callable[[Path], str] = Path.read_text) -> str:
    """Return the archive behind a ``mirror+file:`` list, or the URI itself."""
    if not uri.startswith("mirror+file:"):
        return uri
    for line in read(Path(urlsplit(uri).path)).splitlines():
        if line.strip() and not line.startswith("#"):
            return line.split()[0]
    raise LabError(f"{uri} lists no archive")


def controller_sources(apt: Path = Path("/etc/apt"), wanted: str = CODENAME) -> tuple[Source, ...]:
    """Return the Debian archives this machine uses, for a base of that release."""
    classic = [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]
    found = [s for path in classic if path.is_file() for s in parse_classic(path.read_text())]
    for path in sorted(apt.glob("sources.list.d/*.sources")):
        found += parse_deb822(path.read_text())
    resolved = [replace(source, uri=resolve_mirror(source.uri)) for source in found]
    return for_base(resolved, controller_codename(), wanted)


def controller_codename() -> str:
    """Return the codename of the Debian release this machine runs."""
    match = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.M)
    if match is None:
        raise LabError("this machine is no Debian release: /etc/os-release has no codename")
    return match[1]

"""What the controller sends to hosts: programs, pages and the deploy key."""

from functools import cache
from pathlib import Path

from changeover.plans.paths import PAGES, PROGRAMS, UNITS, VERSION
from changeover.plans.site_text import PAGE_NAMES
from changeover.settings.values import Values

_PACKAGE = Path(__file__).parent.parent
_LONGEST = 256 << 10
_CALLED = (
    *("certificate", "changeover", "expect", "postgres_backup", "quiet", "rehearse"),
    *("sandbox", "sqlite_backup", "tree", "units"),
)


@cache
def program_files() -> dict[str, bytes]:
    """
    Return the content of each host program and page by its path on the host.

    Modules keep their places, in the folder of their version.
    """
    host = _PACKAGE / "host"
    start = (host / "program.py").read_bytes()
    files: dict[str, bytes] = {f"{PROGRAMS}/{name}": start for name in _CALLED}
    for path in sorted(host.rglob("*")):
        if path.parent.name == "probe":
            continue  # it is sent with each question
        if path.suffix == ".py" and path.name != "program.py":
            files[f"{VERSION}/host/{path.relative_to(host)}"] = path.read_bytes()
        elif path.suffix == ".sh":
            files[f"{PROGRAMS}/{path.stem}"] = path.read_bytes()
        elif path.suffix in (".service", ".timer"):
            files[f"{UNITS}/{path.name}"] = path.read_bytes()
    for name in PAGE_NAMES:
        files[f"{PAGES}/{name}"] = (_PACKAGE / "templates" / "site" / name).read_bytes()
    return files


def site_include(values: Values) -> str:
    """
    Return the text of the file that the site includes, "" where there is none.

    Raises ValueError with what is wrong with it.
    """
    if not values.site_include:
        return ""
    try:
        text = Path(values.site_include).expanduser().read_text()
    except UnicodeDecodeError:
        raise ValueError("no UTF-8") from None
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    if not text.strip() or "\0" in text or len(text) > _LONGEST:
        raise ValueError(f"expected directives of nginx, at most {_LONGEST >> 10} KiB")
    return text.rstrip("\n") + "\n"


def deploy_key(values: Values) -> str:
    """Return the deploy key's text, "" where there is none. Raises OSError if it is unreadable."""
    if not values.deploy_key:
        return ""
    return Path(values.deploy_key).expanduser().read_text().rstrip("\n") + "\n"

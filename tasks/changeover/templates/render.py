"""Rendering of the templates beside this file: nothing undefined, no blank lines left by tags."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

# 31: a user's name holds no more, and nginx's variables named after the app still fit its hash
_APP = re.compile(r"[a-z][a-z0-9_]{0,30}")


_PACKAGE = Path(__file__).parents[1]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader((_PACKAGE / "templates", _PACKAGE / "hardening" / "templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, **values: object) -> str:
    """Return a template's text, such as ``site/site.conf.j2``; an undefined name is an error."""
    return _environment().get_template(template).render(**values)


def check_app(app: str) -> None:
    """Raise ValueError unless the name is safe in file names, variables and names of processes."""
    if not _APP.fullmatch(app):
        raise ValueError(
            f"app {app!r}: expected up to 31 of a-z, 0-9 and _, beginning with a letter"
        )


def check_one_line(what: str, value: str) -> None:
    """Raise ValueError for an empty value or one with control characters."""
    if not value.strip():
        raise ValueError(f"{what}: empty")
    if not value.isprintable():
        raise ValueError(f"{what} {value!r}: line breaks and control characters are not allowed")


def check_absolute(what: str, path: str) -> None:
    """Raise ValueError unless the path is absolute, normal and free of special letters."""
    if not re.fullmatch(r"(/[A-Za-z0-9_@+.-]+)+", path) or {".", ".."} & set(path.split("/")):
        raise ValueError(f"{what} {path!r}: expected an absolute path of letters, digits and _@+.-")

"""What is wrong with a file that whoever deploys wrote, a line for each problem."""

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import walk_tb
from typing import Any

from pydantic import BaseModel, ValidationError
from pyinfra.context import ctx_host

from changeover.settings.app import App
from changeover.settings.base import Strict
from changeover.settings.load import near_setting

_PACKAGE = Path(__file__).parents[1]
_LIBRARY = Path(runpy.__file__).parent


class _EndError(Exception):
    """The app is declared, and with it all that a deploy file says of it."""


def problems(error: Exception, *, known: bool = False) -> list[str]:
    """
    Return a line for each problem, with its file; none where a traceback says more.

    Of a part that is refused, all problems of its deploy file come at once. ``known`` says that
    the error's words are meant for people, whoever raised it.
    """
    if isinstance(error, ValidationError):
        return _declared(error)
    if isinstance(error, SyntaxError) and error.filename and _is_theirs(error.filename):
        return [f"{_shown(error.filename)} line {error.lineno}: {error.msg}"]
    if known:
        return list(getattr(error, "problems", ())) or str(error).splitlines()
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    if frames and _is_theirs(frames[-1].f_code.co_filename):
        return [f"{place(error)}: {type(error).__name__}: {error}"]
    return []


def place(error: BaseException) -> str:
    """Return the last line of a file of whoever deploys that led to an error, "" for none."""
    found = ""
    for frame, line in walk_tb(error.__traceback__):
        if _is_theirs(frame.f_code.co_filename):
            found = f"{_shown(frame.f_code.co_filename)} line {line}"
    return found


def is_raised_here(error: BaseException) -> bool:
    """Tell whether Changeover itself raises an error: its line is of no use to anybody."""
    files = [Path(frame.f_code.co_filename).absolute() for frame, _ in walk_tb(error.__traceback__)]
    told = [one for one in files if one.is_relative_to(_PACKAGE) or not _is_lent(one)]
    return any(one.is_relative_to(_PACKAGE) for one in told[-1:])


def _declared(error: ValidationError) -> list[str]:
    """
    Return the lines of all parts that a deploy file declares.

    The first part that is wrong ends the file, so it is read once more, without a host: its phases
    add nothing then.
    """
    frames = (frame.f_code for frame, _ in walk_tb(error.__traceback__))
    modules = [code.co_filename for code in frames if code.co_name == "<module>"]
    found: list[str] = []
    for file in filter(_is_theirs, modules[-1:]):
        with _gathering(found), ctx_host.use(None), suppress(Exception):
            runpy.run_path(file)
    return list(dict.fromkeys(found)) or _lines(error, place(error))


@contextmanager
def _gathering(found: list[str]) -> Iterator[None]:
    """Have every part that is refused leave its lines, and the app be the end."""

    def gather(self: BaseModel, /, **data: Any) -> None:
        try:
            BaseModel.__init__(self, **data)
        except ValidationError as error:
            frame = sys._getframe(1)
            # a part may have a way of its own to be made
            while frame.f_back and not _is_theirs(frame.f_code.co_filename):
                frame = frame.f_back
            at = f"{_shown(frame.f_code.co_filename)} line {frame.f_lineno}"
            found.extend(_lines(error, at))
            _stand_in(self, data)
        except AttributeError:
            pass  # a rule of the whole asked for what a part that is refused does not say
        if isinstance(self, App):
            raise _EndError

    setattr(Strict, "__init__", gather)  # noqa: B010 - mypy cannot know that it goes again
    try:
        yield
    finally:
        del Strict.__init__


def _stand_in(part: BaseModel, data: dict[str, Any]) -> None:
    """Let a part that was refused be one all the same, so that the whole can be looked at."""
    known = {name: value for name, value in data.items() if name in type(part).model_fields}
    other = type(part).model_construct(**known)
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__"):
        object.__setattr__(part, name, getattr(other, name))


def _lines(error: ValidationError, at: str) -> list[str]:
    """Return a line for each problem of one part; a value that may be of several kinds has one."""
    found: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False):
        path = [str(part) for part in detail["loc"]]
        kind = str(detail.get("ctx", {}).get("class_name", ""))
        if kind and path[-1:] == [kind]:
            path.pop()
        setting = f"{error.title}({'.'.join(path)}=...)" if path else f"{error.title}(...)"
        said = f"{kind}(...)" if kind else _wrong(detail, error.title)
        found.setdefault(f"{at}: {setting}: {'expected ' if kind else ''}", []).append(said)
    return [head + " or ".join(said) for head, said in found.items()]


def _wrong(detail: Any, title: str) -> str:
    if detail["type"] == "missing":
        return "missing; give it (see docs/reference/settings.md)"
    if detail["type"] == "extra_forbidden":
        known = next((one.model_fields for one in _kinds(Strict) if one.__name__ == title), ())
        return f"unknown setting; {near_setting(str(detail['loc'][-1]), known)}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"].endswith("_type"):
        message += f", found {type(detail['input']).__name__}"
    return message


def _kinds(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _kinds(one)


def _is_theirs(path: str) -> bool:
    """Tell whether a file is none of Changeover's, and none that is installed."""
    found = Path(path).absolute()
    return found.is_file() and not found.is_relative_to(_PACKAGE) and not _is_lent(found)


def _is_lent(path: Path) -> bool:
    """Tell whether a file belongs to Python, or to a package that is installed."""
    packages = {"site-packages", "dist-packages"} & set(path.parts)
    return bool(packages) or path.is_relative_to(_LIBRARY)


def _shown(path: str) -> str:
    """Return a file as it is called in the project, if it lies there."""
    found, here = Path(path).absolute(), Path.cwd()
    return str(found.relative_to(here)) if found.is_relative_to(here) else path

"""Files of requirements, read as pip reads them: what they name of the tree that they lie in."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

ROOT = "${PROJECT_ROOT}"
"""The app's own folder, as tools that write such files call it."""

_COMMENT = re.compile(r"(^|\s+)#.*$")
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^\]]*\])?\s*@\s*(?P<where>.+)")
_EXTRAS = re.compile(r"\[[^\]]*\]$")
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(?P<rest>.*)")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
ARCHIVES = (
    *(".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz"),
    *(".tar.lz", ".tlz", ".tar.lzma"),
)


class Kind(Enum):
    """What a line names."""

    FILE = "another file of requirements"
    CONSTRAINTS = "a file that says which versions may be taken"
    PLACE = "where packages lie"
    PACKAGE = "a package"
    EDITABLE = "a package whose files are used where they are"


_KINDS = {
    **dict.fromkeys(("-r", "--requirement"), Kind.FILE),
    **dict.fromkeys(("-c", "--constraint"), Kind.CONSTRAINTS),
    **dict.fromkeys(("-f", "--find-links", "-i", "--index-url", "--pypi-url"), Kind.PLACE),
    "--extra-index-url": Kind.PLACE,
    **dict.fromkeys(("-e", "--editable"), Kind.EDITABLE),
}


@dataclass(frozen=True)
class Named:
    """A path that a line names, as it is written there; absolute only where it is on the host."""

    line: int
    kind: Kind
    path: str
    extras: str = ""
    """What is asked for beside the package itself, as ``[fast]``."""


@dataclass(frozen=True)
class Requirements:
    """What a file of requirements names."""

    named: tuple[Named, ...] = ()
    hashed: bool = False
    """Some package has a hash, so all must have one."""
    without_hash: tuple[int, ...] = ()
    """Lines with a package of an index that has none."""
    problems: tuple[tuple[int, str], ...] = ()
    """Line and what cannot be understood of it."""


def parse(text: str) -> Requirements:
    """Return what a file names of the tree, and of the host."""
    named: list[Named] = []
    without: list[int] = []
    problems: list[tuple[int, str]] = []
    hashed = False
    for number, line in lines(text):
        try:
            package, options = _split(line)
            given = list(_options(options))
            found = list(_of_line(number, package, given))
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        named += found
        has_hash = any(name == "--hash" for name, _ in given)
        hashed = hashed or has_hash or any(name == "--require-hashes" for name, _ in given)
        if package and not has_hash and not found:
            without.append(number)
    return Requirements(tuple(named), hashed, tuple(without), tuple(problems))


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number: joined where it goes on, without comments."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        begun = begun or number
        comment = _COMMENT.match(line) is not None
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        yield from _whole(begun, [*parts, f" {line}" if comment else line])
        begun, parts = 0, []
    yield from _whole(begun, parts)


def _whole(number: int, parts: list[str]) -> Iterator[tuple[int, str]]:
    line = _COMMENT.sub("", "".join(parts)).strip()
    if line:
        yield number, line


def _split(line: str) -> tuple[str, list[str]]:
    """Return the package that a line names, and its options."""
    words = line.split(" ")
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        return " ".join(words[:first]).strip(), shlex.split(" ".join(words[first:]))
    except ValueError:
        raise ValueError("a quote is not closed") from None


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option with its value, "" for one that has none."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, given, value = word.partition("=")
        else:
            name, given, value = word[:2], word[2:], word[2:].removeprefix("=")
        if word.startswith("-"):
            follows = not given and bool(rest) and not rest[0].startswith("-")
            yield name, rest.pop(0) if follows else value


def _of_line(number: int, package: str, options: list[tuple[str, str]]) -> Iterator[Named]:
    found = local(package) if package else None
    if found is not None:
        yield Named(number, Kind.PACKAGE, found, _extras(package))
    for name, value in options:
        kind = _KINDS.get(name)
        path = local(value, always=kind is not Kind.EDITABLE) if kind else None
        if kind and path is not None:
            yield Named(number, kind, path, _extras(value) if kind is Kind.EDITABLE else "")
        elif kind in (Kind.FILE, Kind.CONSTRAINTS):
            raise ValueError("what it fetches, nobody knows before it is installed")


def local(text: str, *, always: bool = False) -> str | None:
    """
    Return the path that a requirement names, None where it names none.

    ``always`` says that what is no URL is a path. Raises ValueError for a path that nobody can
    know before it is installed.
    """
    named = _NAMED.fullmatch(text)
    where = (named["where"] if named else text).strip()
    scheme = _SCHEME.fullmatch(where)
    if scheme and scheme["scheme"].lower() in ("file", "git+file"):
        if scheme["scheme"].lower() == "git+file":
            raise ValueError("names a repository on the host itself")
        return _known(_of_url(_before_marker(scheme["rest"], " ;")))
    if scheme and not where.startswith("$"):
        return None
    path = _EXTRAS.sub("", _before_marker(where, " ;" if named else ";")).strip()
    if always or "/" in path or path.startswith(".") or path.lower().endswith(ARCHIVES):
        return _known(path)
    return None


def _extras(text: str) -> str:
    """Return the extras of a requirement that names a path."""
    named = _NAMED.fullmatch(text)
    found = _EXTRAS.search(_before_marker(text, ";"))
    return (named[1] if named else found[0] if found else None) or ""


def _before_marker(text: str, mark: str) -> str:
    return text.partition(mark)[0].strip()


def _of_url(rest: str) -> str:
    path = unquote(rest.partition("#")[0].partition("?")[0])
    if ROOT in path:
        return path
    if path.startswith("//"):
        host, _, below = path.removeprefix("//").partition("/")
        if host not in ("", "localhost"):
            raise ValueError(f"names a file of another host, {host}")
        return f"/{below}"
    return path


def _known(path: str) -> str:
    """Return a path without what stands for the app's own folder."""
    if ROOT in path:
        path = f"./{path.rpartition(ROOT)[2].lstrip('/')}"
    if found := _VARIABLE.search(path):
        raise ValueError(f"names {found[0]}, which an install does not know")
    if not path.isprintable():
        raise ValueError("names a path that cannot be printed")
    return path or "."

"""Files beside each other, each of which a registry has to list."""

from collections.abc import Collection, Iterable
from pkgutil import iter_modules


def require_listed(package: str, path: Iterable[str], listed: Iterable[object], *but: str) -> None:
    """
    Raise ImportError for a module of a package by which nothing that is listed was made.

    ``but`` are the modules that make nothing.
    """
    missing = _missing([one.name for one in iter_modules(path)], package, listed, but)
    if missing:
        raise ImportError(f"{', '.join(missing)}: in {package}, and in no line of its registry")


def _missing(
    names: Collection[str], package: str, listed: Iterable[object], but: Collection[str]
) -> list[str]:
    homes = {type(one).__module__.removeprefix(f"{package}.").partition(".")[0] for one in listed}
    return sorted(set(names) - homes - set(but))

"""An ``.npmrc``, as far as it is sure how npm reads it: by its package ``ini``."""

import re
from collections.abc import Iterator

# of JavaScript, which are not those of Python
_SPACE = " \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_STRIPPED = re.compile(f"^[{_SPACE}]+|[{_SPACE}]+$")
_NOTHING = re.compile(f"[{_SPACE}]*([;#].*)?", re.DOTALL)
_SECTION = re.compile(f"\\[([^\\]]*)\\][{_SPACE}]*")
_PAIR = re.compile(r"([^=]+)(=([^\r\n\u2028\u2029]*))?")
_VARIABLE = re.compile(r"\\*\$\{[^${}]+\}")
_PLAINLY_QUOTED = re.compile(r'"([^"\\\x00-\x1f]*)"')
_ON, _OFF = ("", "true", "1"), ("false",)


def flag(text: str, name: str) -> bool | None:
    """
    Return whether a setting is on, False where the file does not have it.

    None says that npm may read the file in another way than is seen here.
    """
    found: bool | None = False
    for key, value in _pairs(text, name):
        # a second one may be added to the first
        if key is None or _may_be(f"{name}[]", key):
            return None
        if _may_be(name, key):
            found = _is_on(value) if key == name else None
            if found is None:
                return None
    return found


def _pairs(text: str, name: str) -> Iterator[tuple[str | None, str | None]]:
    """Yield keys and values above the sections; what is not sure of a file as a key of None."""
    top = True
    for line in re.split(r"[\r\n]+", text):
        if _NOTHING.fullmatch(line):
            continue
        if section := _SECTION.fullmatch(line):
            # one of that name would take the setting's place; after one, none is npm's own
            if name in section[1] or re.search(r"[\\\"']", section[1]):
                yield None, None
            top = False
        elif pair := _PAIR.fullmatch(line):
            key = _read(pair[1])
            if top or key is None:
                yield key, _read(pair[3]) if pair[2] else "true"


def _is_on(value: str | None) -> bool | None:
    if value is not None and value in (*_ON, *_OFF):
        return value in _ON
    return None


def _may_be(name: str, key: str) -> bool:
    """Tell whether a key is that name, whatever the environment has of what it names."""
    parts = _VARIABLE.split(key)
    return re.fullmatch(".*".join(map(re.escape, parts)), name) is not None


def _read(text: str) -> str | None:
    """Return a key or a value; None where it is quoted in a way that is seldom."""
    text = _STRIPPED.sub("", text)
    if text[:1] in ("'", '"') and text.endswith(text[0]):
        plain = _PLAINLY_QUOTED.fullmatch(text)
        return plain[1] if plain else None
    return _STRIPPED.sub("", "".join(_before_remark(text)))


def _before_remark(text: str) -> Iterator[str]:
    letters = iter(text)
    for letter in letters:
        if letter in ";#":
            return
        if letter != "\\":
            yield letter
            continue
        escaped = next(letters, "")
        yield escaped if escaped and escaped in "\\;#" else f"\\{escaped}"

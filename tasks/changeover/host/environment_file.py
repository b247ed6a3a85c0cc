"""
An environment file, read as systemd reads it (EnvironmentFile=): that is what an app is given.

What asks a host that has no programs yet carries the text of this file, so it needs no other.
"""

import os
import re
import sys
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST = 131_071
"""Bytes of a variable, with its name: the kernel gives no longer one to a process."""
_EXPORTED = re.compile(rf"export[ \t]+({NAME.pattern})")
_MOST = 20

_BLANK = re.compile(r"[ \t\r\n]*")
_REMARK = re.compile(r"[#;][^\\\n\r]*(?:\\[\s\S]?[^\\\n\r]*)*")
_KEY = re.compile(r".[^=\n\r]*")
_SPACE = re.compile(r"[ \t]*")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"([^"\\]*(?:\\[\s\S][^"\\]*)*)"')
_ESCAPED = re.compile(r"\\([\s\S])")
_REST = re.compile(r"[^\\\n\r]*(?:\\[\s\S]?[^\\\n\r]*)*")
_PART = re.compile(r"\\([\s\S]?)|([^\\]+)")
_END = re.compile(r"\r?\n|\r")
# what of a file is no text, decoded so that each byte of it can be told
_NO_TEXT = re.compile("[\0\udc80-\udcff]")


class Assignment(NamedTuple):
    """A key, its value, and where in the text its lines begin and end."""

    key: str
    value: str
    begin: int
    end: int
    exported: bool
    """``export`` stands before it: shells and dotenv read it, systemd passes it over."""


class Unread(NamedTuple):
    """Where something begins that systemd passes over, or reads otherwise than all others."""

    at: int
    why: str


class File:
    """A file's text, read."""

    def __init__(self, text: str) -> None:
        """Read it."""
        found = list(_parsed(text))
        self.text = text
        self.assignments = [one for one in found if isinstance(one, Assignment)]
        """In order; of one key the last counts."""
        self._unread = [one for one in found if isinstance(one, Unread)]

    @property
    def given(self) -> list[Assignment]:
        """What systemd gives to an app."""
        return [one for one in self.assignments if not one.exported]

    @property
    def unread(self) -> list[tuple[int, str]]:
        """The first lines that are not read as they were meant, by number, and why not."""
        no_text = (Unread(one.start(), "text") for one in _NO_TEXT.finditer(self.text))
        found = sorted([*self._unread[:_MOST], *islice(no_text, _MOST)])[:_MOST]
        lines = ((self.text.count("\n", 0, one.at) + 1, one.why) for one in found)
        return list(dict.fromkeys(lines))

    def value(self, key: str) -> str | None:
        """
        Return the value of a key, None where it has none.

        One that is exported counts where there is no other: an app may read the file by itself.
        """
        found = {(one.exported, one.key): one.value for one in self.assignments}
        return found.get((False, key), found.get((True, key)))

    def lines(self, one: Assignment) -> str:
        """Return the lines of an assignment."""
        return self.text[one.begin : one.end]


def quoted(text: str) -> str:
    """Return a value quoted for systemd; other readers may understand it differently."""
    return '"' + re.sub(r'[\\"$`]', r"\\\g<0>", text) + '"'


def merge(host: File, wanted: File, update: Collection[str], remove: Collection[str]) -> str:
    """
    Return the host's text with the wanted lines, all else kept to the letter.

    What is missing is added; of what the host has, the keys of ``update`` are replaced, and those
    of ``remove`` go.
    """
    new = {one.key: wanted.lines(one) for one in wanted.given}
    parts, kept, at = [], set(remove), 0
    for one in host.given:
        replaced = new.get(one.key) if one.key in update else None
        own = "" if one.key in remove else replaced or host.lines(one)
        parts += [host.text[at : one.begin], own]
        kept.add(one.key)
        at = one.end
    merged = "".join([*parts, host.text[at:]])
    if merged and not merged.endswith("\n"):
        merged += "\n"
    return merged + "".join(line for key, line in new.items() if key not in kept)


def differing(host: File, wanted: File) -> list[str]:
    """Return the keys of the wanted lines that the host's file does not hold in these words."""
    has, wants = ({one.key: _words(file, one) for one in file.given} for file in (host, wanted))
    return [key for key, words in wants.items() if has.get(key) != words]


def _words(file: File, one: Assignment) -> str:
    return file.lines(one).lstrip(" \t").rstrip("\r\n")


def _parsed(text: str) -> Iterator[Assignment | Unread]:
    at = 0
    while (first := _after(_BLANK, text, at)) < len(text):
        if text[first] in "#;":
            at = _after(_REMARK, text, first)
            if re.search(r"\\[\n\r]", text[first:at]):
                yield Unread(first, "continued")
            continue
        # what stands before it in its line is a part of it
        begin = max(at, text.rfind("\n", 0, first) + 1)
        at = _after(_KEY, text, first)
        key = text[first:at].rstrip(" \t")
        if text[at : at + 1] != "=":
            yield Unread(first, "assignment")
            continue
        found, at, why = _value(text, at + 1)
        at = _after(_END, text, at)
        exported = _EXPORTED.fullmatch(key)
        one = Assignment(exported[1] if exported else key, found, begin, at, exported is not None)
        if why := _wrong(one) or why:
            yield Unread(first, why)
        if NAME.fullmatch(one.key):
            yield one


def _wrong(one: Assignment) -> str:
    if not NAME.fullmatch(one.key):
        return "assignment"
    if len(f"{one.key}={one.value}".encode("utf-8", "surrogateescape")) > LONGEST:
        return "long"
    return "export" if one.exported else ""


def _value(text: str, at: int) -> tuple[str, int, str]:
    """Return the value that begins there, where it ends, and what is wrong with it."""
    value = ""
    while True:
        first = _after(_SPACE, text, at)
        quote = text[first : first + 1]
        if quote not in ("'", '"'):
            break
        inside = (_SINGLE if quote == "'" else _DOUBLE).match(text, first)
        if not inside:
            return value + text[first + 1 :], len(text), "quote"
        value += inside[1] if quote == "'" else _ESCAPED.sub(_unescaped, inside[1])
        at = inside.end()
    end = _after(_REST, text, first)
    parts = [(one[1] or "", one[2] or "") for one in _PART.finditer(text, first, end)]
    if parts and parts[-1][1]:
        parts[-1] = ("", parts[-1][1].rstrip(" \t"))
    value += "".join(plain or escaped.strip("\n\r") for escaped, plain in parts)
    blank = first > at and text[first : first + 1] == "#"
    remark = blank or any(" #" in plain.replace("\t", " ") for _, plain in parts)
    return value, end, "remark" if remark else ""


def _unescaped(found: "re.Match[str]") -> str:
    if found[1] in '"\\`$':
        return found[1]
    return "" if found[1] == "\n" else found[0]


def _after(pattern: "re.Pattern[str]", text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def look(file: File, database_key: str, public_prefix: str) -> Iterator[str]:
    """Yield what a probe tells: names, and values only of what is public and of the database."""
    for one in file.given:
        yield f"key {one.key}"
        if one.value:
            yield f"filled {one.key}"
        if public_prefix and one.key.startswith(public_prefix):
            yield f"public {one.key} {one.value.encode('unicode_escape').decode()}"
    yield from (f"unread {line} {why}" for line, why in file.unread)
    url = file.value(database_key)
    if url is not None:
        yield f"url {url if url.isprintable() else 'other'}"


def main() -> None:
    """Run one command; files are read on standard input, by a descriptor or by name."""
    command, *words = sys.argv[1:]
    if command == "merge":
        host, wanted = (_file(Path(word).read_bytes()) for word in words[:2])
        said = merge(host, wanted, words[2].split(), words[3].split())
    else:
        given = _file(sys.stdin.buffer.read())
        if command == "differing":
            with os.fdopen(int(words[0]), "rb") as other:
                lines = list(differing(given, _file(other.read())))
        else:
            lines = list(look(given, *words))
        said = "".join(f"{line}\n" for line in lines)
    sys.stdout.buffer.write(said.encode("utf-8", "surrogateescape"))


def _file(read: bytes) -> File:
    return File(read.decode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()

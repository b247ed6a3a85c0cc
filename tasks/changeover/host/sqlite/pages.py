"""
What a SQLite file holds, read from its pages: no schema is parsed, no function or collation called.

So it can be told of a file that this host's SQLite cannot read whether it is damaged: whether each
page has one place in the whole, each page is filled as it says, and each row is as long as it says.
The format is the one of https://sqlite.org/fileformat2.html, which has not changed since 2004.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypedDict

from ..files import Failure

_INDEX, _TABLE = (2, 10), (5, 13)
_INNER = (2, 5)
# what says how a file was opened and by which library, and nothing of what it holds
_HOW_OPENED = ((18, 20), (24, 28), (92, 100))
_HEADER = 100
_PENDING_BYTE = 1 << 30
_SMALLEST_CELL = 4
# SQLite itself goes no deeper
_DEEPEST = 20
_CHUNK = 1 << 20
# how many bytes a value of a type takes; from 12 on the length is in the type
_LENGTHS = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
_SHORT = tuple(_LENGTHS[kind] if kind < 12 else (kind - 12) // 2 for kind in range(128))

_number = struct.Struct(">I").unpack_from
_page = struct.Struct(">BHHHB").unpack_from
_block = struct.Struct(">HH").unpack_from


_Row = tuple[int, bytes | None]
"""A key and its record; None for a key that only parts rows."""


class Damaged(Failure):
    """A file of SQLite is not what the format demands."""

    def __init__(self, what: str) -> None:
        """Take in which way."""
        self.what = what
        super().__init__(f"it is damaged: {what}")


class Pages(TypedDict):
    """All pages of a file."""

    count: int
    sha256: str


def digest(path: Path) -> Pages:
    """Return count and digest of the pages of a file that nobody has open."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        first = bytearray(file.read(_HEADER))
        for start, end in _HOW_OPENED:
            first[start:end] = bytes(end - start)
        found.update(first)
        while part := file.read(_CHUNK):
            found.update(part)
        size, page = file.tell(), int.from_bytes(first[16:18])
    return {"count": size // (65536 if page == 1 else page or 1), "sha256": found.hexdigest()}


def count_rows(path: Path, roots: Mapping[str, int]) -> dict[str, int]:
    """
    Return the number of rows of each tree of a file, by its name and first page.

    The trees have to be all that there are. Raises Damaged unless the file is whole.
    """
    with closing(Trees(path)) as trees:
        found = {name: sum(1 for _ in trees.rows(root)) for name, root in roots.items()}
        trees.require_whole()
    return found


class Trees:
    """The trees of a file, each read once."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises Damaged for what is no file of SQLite."""
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._head = os.pread(self._file, _HEADER, 0)
            self._size, self._count = self._measure()
        except BaseException:
            self.close()
            raise
        self._usable = self._size - self._head[20]
        self._seen = bytearray(self._count + 1)

    def _measure(self) -> tuple[int, int]:
        head = self._head
        size = int.from_bytes(head[16:18])
        size = 65536 if size == 1 else size
        if head[:15] != b"SQLite format 3" or len(head) < _HEADER or size < 512:
            raise Damaged("it has no header of SQLite's")
        length = os.fstat(self._file).st_size
        count = length // size
        # an old library does not note the count, and then not when it noted it
        noted = _number(head, 28)[0] if head[24:28] == head[92:96] else count
        if length % size or count != noted:
            raise Damaged(f"its length of {length} bytes is not that of the pages which it names")
        return size, count

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def rows(self, root: int) -> Iterator[tuple[int | None, bytes]]:
        """Yield row id and record of each row of a tree; None where it has no row ids."""
        kinds = _TABLE if self._content(root)[_start(root)] in _TABLE else _INDEX
        last = -(1 << 63) - 1
        for part in self._walk(root, kinds):
            for key, payload in part:
                if kinds is _TABLE:
                    if key < last or (key == last and payload is not None):
                        raise Damaged(f"the rows of the tree of page {root} are in no order")
                    last = key
                if payload is not None:
                    _require_record(payload, root)
                    yield (key if kinds is _TABLE else None), payload

    def require_whole(self) -> None:
        """Refuse a file in which a page belongs to no tree that was read, nor to the free ones."""
        self._take_free_pages()
        lock = _PENDING_BYTE // self._size + 1
        kept = {lock}
        if _number(self._head, 52)[0]:  # where pages are moved, some note whose each page is
            each = self._usable // 5 + 1
            maps = range(2, self._count + 1, each)
            kept.update(one + 1 if one == lock else one for one in maps)
        for number in range(1, self._count + 1):
            if self._seen[number] == (number in kept):
                how = "is used twice" if number in kept else "belongs to nothing"
                raise Damaged(f"page {number} {how}")

    def _content(self, number: int) -> bytes:
        if not 1 <= number <= self._count:
            raise Damaged(f"there is no page {number}, to which another one leads")
        return os.pread(self._file, self._size, (number - 1) * self._size)

    def _take(self, number: int) -> bytes:
        content = self._content(number)
        if self._seen[number]:
            raise Damaged(f"page {number} is used twice")
        self._seen[number] = 1
        return content

    def _walk(self, number: int, kinds: tuple[int, int], depth: int = 0) -> Iterator[list[_Row]]:
        """Yield what a tree holds in its order, some rows at a time."""
        if depth > _DEEPEST:
            raise Damaged(f"page {number} is too deep in its tree")
        page, at = self._take(number), _start(number)
        kind, free, cells, content, fragments = _page(page, at)
        inner, content = kind in _INNER, content or 65536
        first = at + (12 if inner else 8)
        if kind not in kinds or not first + 2 * cells <= content <= self._usable:
            raise Damaged(f"page {number} is no page of its tree")
        used, is_row = list(_free_blocks(page, free)), not inner or kinds is _INDEX
        found: list[_Row] = []
        try:
            for place in struct.unpack_from(f">{cells}H", page, first):
                end, key, payload = place + 4 * inner, 0, None
                size, end = _varint(page, end) if is_row else (0, end)
                if kinds is _TABLE:
                    key, end = _varint(page, end)
                    key -= key >> 63 << 64
                if inner:
                    yield found
                    found = []
                    yield from self._walk(_number(page, place)[0], kinds, depth + 1)
                if is_row:
                    payload, end = self._payload(page, end, size, kinds)
                used.append((place, max(end, place + _SMALLEST_CELL)))
                found.append((key, payload))
        except (IndexError, struct.error):
            raise Damaged(f"page {number} ends in the middle of a row") from None
        self._require_filled(number, content, used, fragments)
        yield found
        if inner:
            yield from self._walk(_number(page, at + 8)[0], kinds, depth + 1)

    def _payload(
        self, page: bytes, at: int, size: int, kinds: tuple[int, int]
    ) -> tuple[bytes, int]:
        """Return a record, and where the part of it ends that is in the page."""
        usable = self._usable
        most = usable - 35 if kinds is _TABLE else (usable - 12) * 64 // 255 - 23
        if size <= most:
            return page[at : at + size], at + size
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        local = local if local <= most else least
        parts, left = [page[at : at + local]], size - local
        (following,) = _number(page, at + local)
        while left > 0:
            more = self._take(following)
            parts.append(more[4 : 4 + min(left, usable - 4)])
            left -= usable - 4
            (following,) = _number(more)
        if following:
            raise Damaged(f"a row of {size} bytes goes on in page {following}")
        return b"".join(parts), at + local + 4

    def _require_filled(
        self, number: int, start: int, used: list[tuple[int, int]], fragments: int
    ) -> None:
        """Refuse a page whose parts lie over each other, or leave more room than it says."""
        gaps = 0
        for place, end in sorted(used):
            if place < start or end > self._usable:
                raise Damaged(f"page {number} has parts that lie over each other")
            gaps += place - start
            start = end
        if gaps + self._usable - start != fragments:
            raise Damaged(f"page {number} is not filled as it says")

    def _take_free_pages(self) -> None:
        trunk, expected, found = _number(self._head, 32)[0], _number(self._head, 36)[0], 0
        while trunk:
            page = self._take(trunk)
            trunk, leaves = struct.unpack_from(">II", page)
            if leaves > self._usable // 4 - 2:
                raise Damaged("the list of free pages is longer than its page")
            for leaf in struct.unpack_from(f">{leaves}I", page, 8):
                self._take(leaf)
            found += 1 + leaves
        if found != expected:
            raise Damaged(f"it has {found} free pages instead of {expected}")


def _start(number: int) -> int:
    """Return where a page's own header is."""
    return _HEADER if number == 1 else 0


def _free_blocks(page: bytes, first: int) -> Iterator[tuple[int, int]]:
    at = first
    while at:
        following, size = _block(page, at) if at <= len(page) - 4 else (0, len(page))
        if following and following < at + size:
            raise Damaged("the free room of a page is in no order")
        yield at, at + size
        at = following


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 9 bytes, and where it ends."""
    value = page[at]
    if value < 128:
        return value, at + 1
    value &= 127
    for position in range(at + 1, at + 8):
        one = page[position]
        value = value << 7 | one & 127
        if one < 128:
            return value, position + 1
    return value << 8 | page[at + 8], at + 9


def _require_record(payload: bytes, root: int) -> None:
    """Refuse a record that is not as long as its values are."""
    try:
        header, at = _varint(payload, 0)
        length = header
        try:
            length += sum(map(_SHORT.__getitem__, payload[at:header]))
        except IndexError:  # a long value, whose type takes more than a byte
            while at < header:
                kind, at = _varint(payload, at)
                length += _LENGTHS[kind] if kind < 12 else (kind - 12) // 2
    except IndexError:
        length = -1
    if length != len(payload):
        raise Damaged(f"a row of the tree of page {root} is not as long as its values")

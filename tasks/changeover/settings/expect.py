"""What a deploy file expects of a release: of data, pages, log and commands; what runs once."""

import re
import shlex
from typing import Annotated

from pydantic import AfterValidator, Field

from changeover.settings.base import Strict

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


def _command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {error}") from None
    if not words:
        raise ValueError("expected a program and its arguments")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    return value


def _path(value: str) -> str:
    if not value.startswith("/") or any(letter <= " " for letter in value):
        raise ValueError("expected a path such as /accounts/login/")
    return value


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("expected lower-case letters, digits, - and _")
    return value


Command = Annotated[str, AfterValidator(_command)]
Pattern = Annotated[str, AfterValidator(_pattern)]
UrlPath = Annotated[str, AfterValidator(_path)]
Name = Annotated[str, AfterValidator(_name)]


class Since(Strict):
    """What counts only from a migration on."""

    since: str | None = None
    """Id of a migration: this counts only for releases that have it. By default for all of them."""


class Columns(Since):
    """A table has these columns, with these types. It may have more."""

    table: str
    """Its name, in PostgreSQL with the schema if needed: ``shop.orders``."""
    columns: dict[str, str] = Field(min_length=1)
    """Type by column, as the database calls it. Usual synonyms count as the same."""


class NoNulls(Since):
    """A column has no NULL."""

    table: str
    """Its table."""
    column: str
    """The column."""


class OnlyValues(Since):
    """A column has only these values. NULL is left to ``NoNulls``."""

    table: str
    """Its table."""
    column: str
    """The column."""
    values: tuple[str | int, ...] = Field(min_length=1)
    """What is allowed."""


class SameCount(Since):
    """A query's one number is that of another query, or a known one."""

    title: str
    """What should be true, in words. It is shown if it is not."""
    query: str
    """A query with one number as its answer: ``select count(*) from ...``."""
    equals: str | int
    """Another such query, or the number."""


class NoRows(Since):
    """A query finds nothing."""

    title: str
    """What should be true, in words. It is shown if it is not."""
    query: str
    """Finds what must not be there. The first rows are shown, so select keys and no secrets."""


Expectation = Columns | NoNulls | OnlyValues | SameCount | NoRows


class Check(Since):
    """A command in the release, as the app's user and with its environment, must exit with 0."""

    command: Command
    """Program and arguments. A ``.py`` file is run by the app's Python. A first word without a path
    is taken from its Python environment."""
    seconds: int = Field(default=120, ge=1, le=1500)
    """After this time it is stopped and counts as failed."""


class Http(Since):
    """What a page answers, asked through the site. Everything that is given must be true."""

    path: UrlPath
    """Its path, with the query if it has one."""
    status: int | tuple[int, ...] = 200
    """The status, or those of which one must be the answer."""
    redirects_to: str | None = None
    """Where it redirects to: a path, or an address with its host. A query counts only if it is
    given here."""
    contains: str | None = None
    """Text in the body."""
    max_ms: int = Field(default=500, ge=1)
    """Time until the whole answer is there, in milliseconds: the best of three tries, after a
    request that is not measured."""


class Errors(Strict):
    """What counts as an error in the log after a restart, beside lines of priority ``err``."""

    pattern: Pattern = r"\b(Traceback|ERROR|CRITICAL|FATAL)\b"
    """Regular expression. A line in which it is found is an error."""
    allowed: int = Field(default=0, ge=0)
    """How many such lines a release may log until its commit."""
    files: tuple[str, ...] = ()
    """Log files beside the journal, relative to the app's shared folder, or with a full path."""


class Once(Since):
    """A command that runs once, after the first release that has it."""

    name: Name
    """The name by which the ledger knows that it ran. Another name is another command."""
    command: Command
    """Program and arguments, as in ``Check``."""
    rehearse: Command | None = None
    """What is run first and must exit with 0, such as the same with ``--dry-run``."""
    seconds: int = Field(default=1500, ge=1, le=86400)
    """After this time it is stopped and counts as failed."""

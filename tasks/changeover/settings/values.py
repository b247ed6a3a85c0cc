"""An app's values from group_data, inventory and --data: flat keys ``<app>_<field>``."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from changeover.host.tree import address as tree_address
from changeover.settings.base import EnvironmentKey, Memory, RelativePath, SharedPath, Strict
from changeover.settings.names import host_name, is_address


def _ref(value: str) -> str:
    odd = any(letter in value for letter in " ~^:?*[\\") or ".." in value
    if not value or value.startswith("-") or odd or not value.isprintable():
        raise ValueError("expected a branch, a tag or a full commit id")
    if value.startswith("refs/") and not re.match("refs/(heads|tags)/.", value):
        raise ValueError("expected refs/heads/BRANCH or refs/tags/TAG after refs/")
    return value


def _repository(value: str) -> str:
    by_http = tree_address.scheme_of(value) in ("http", "https")
    address, login = tree_address.divided(value)
    parts = tree_address.parse(address)
    if by_http and (parts is None or not parts.hostname):
        raise ValueError("expected https://HOST/PATH; write odd letters of a login as %XX")
    if login and (login.count("\n") != 2 or "\r" in login or "\0" in login):
        raise ValueError("a login with a line break, which git does not take")
    if "://" in value and not by_http and parts is not None and parts.password is not None:
        raise ValueError("holds a password, which is used for https alone; name a deploy key")
    return value


def _once(value: str) -> str:
    word, _, name = value.partition(":")
    if word not in ("again", "done") or not name:
        raise ValueError("expected again:NAME or done:NAME")
    return value


HostName = Annotated[str, AfterValidator(host_name)]


class Values(Strict):
    """What differs between staging and production."""

    repository: Annotated[str, AfterValidator(_repository)] = Field(min_length=1, repr=False)
    """Where the code is: an ssh or https URL that git understands. A login in it
    (``https://NAME:TOKEN@HOST/...``) is used for that server only, and never shown."""
    ref: Annotated[str, AfterValidator(_ref)] = "main"
    """What to release: a branch, a tag, or a full commit id. Always a string. If a branch and a tag
    have the same name, write ``refs/heads/NAME`` or ``refs/tags/NAME``."""
    directory: RelativePath = "."
    """Where in the repository the app is."""
    deploy_key: str | None = None
    """Path on the controller of the private key that may read the repository, and its submodules
    and large files."""
    known_hosts: str | None = None
    """The host key of the repository's server, as a ``known_hosts`` line. Several lines, one for
    each server that is reached by ssh, if there are submodules elsewhere."""
    domain: HostName
    """Name (or address) of the site. Capitals and letters beyond ASCII are converted
    (``xn--...``)."""
    aliases: list[HostName] = Field(default=[])
    """Further names of the site."""
    tls: Literal["off", "self-signed", "acme"] = "off"
    """``off``: plain http on port 80. ``acme``: https with a certificate for all names from
    ``host_acme_directory``, and a self-signed one until it is there. ``self-signed``: https with
    that one only."""
    proxy_https: bool = False
    """True if a proxy in front of nginx (``host_proxies``) serves https and asks nginx by http. The
    app is then told that every visitor uses https, and its health is asked in the same way. Only
    with ``tls`` ``off``."""
    env_file: str | None = None
    """File of the app's environment on the controller. By default
    ``secrets/<inventory>/<app>.env``."""
    env_command: str | None = None
    """Command on the controller that prints the environment instead (sops, age, pass)."""
    env_update: list[EnvironmentKey] = Field(default=[])
    """Keys whose value on the host is replaced. All others are only added if they are missing."""
    env_remove: list[EnvironmentKey] = Field(default=[])
    """Keys that are removed from the host's environment. The controller must not have them."""
    shared: list[SharedPath] = Field(default=[])
    """What outlives releases, relative to the app: files, and folders with a ``/`` at the end."""
    port: int | None = Field(default=None, ge=1024, le=65535)
    """The port on which the app listens on 127.0.0.1, if it listens on one. By default one is
    chosen that no other app of the host has, and kept."""
    keep_releases: int = Field(default=5, ge=2)
    """How many good releases stay on the host, with their backups."""
    health_timeout_seconds: int = Field(default=30, ge=1, le=600)
    """How long a release may take to answer at its health address after its start."""
    migration_timeout_seconds: int = Field(default=1800, ge=60, le=7 * 24 * 3600)
    """How long all migrations of a release may take together, in their rehearsal and on the real
    data. A rehearsal that takes longer stops the release before anything is closed."""
    undo_timeout_seconds: int = Field(default=7200, ge=900, le=7 * 24 * 3600)
    """How long it may take to put the database back, while the site is closed. A release whose undo
    may take longer (five times what its backup took) is refused before anything is closed. A person
    (``undo=again``) has no limit."""
    minimum_free_megabytes: int = Field(default=1024, ge=0)
    """A release is refused if the host's disk has less space free than this."""
    disk_budget_megabytes: int | None = Field(default=None, ge=1)
    """Disk space for releases, environments, builds, backups, and what the mirror keeps of
    submodules and large files. Older ones are removed beyond it, and a release that would not fit
    is refused."""
    build_memory_max: Memory = "75%"
    """Most memory that installing packages and a build may use, in systemd's form, such as ``2G``.
    The app that serves has the rest."""
    build_disk_megabytes: int = Field(default=8192, ge=64)
    """Most disk space that each of them may use."""
    body_limit: str = "10m"
    """Largest request body that nginx accepts, in nginx's form."""
    header_limit: str = "16k"
    """Largest line of a visitor's headers (cookies), and largest headers of an answer, that nginx
    passes on: ``4k`` to ``256k``."""
    read_timeout_seconds: int = Field(default=60, ge=1, le=24 * 3600)
    """How long the app may be silent in the middle of an answer until nginx gives up (504)."""
    websocket_timeout_seconds: int = Field(default=3600, ge=1, le=7 * 24 * 3600)
    """How long both sides of a web socket may be silent until nginx closes it."""
    site_include: str | None = None
    """File on the controller with directives of your own for the site's ``server`` block. The host
    gets a copy, which nginx has to accept before it is used."""
    maintenance_bypass_addresses: list[str] = Field(default=[])
    """Client addresses or networks that reach the app while the site is closed."""
    once: Annotated[str, AfterValidator(_once)] | None = None
    """For one run, by --data: what to do about a one-time command that did not come to its end.
    ``again:NAME`` runs it again, ``done:NAME`` counts it as done."""

    @property
    def address(self) -> str:
        """Where the code is, without a login."""
        return tree_address.divided(self.repository)[0]

    @property
    def login(self) -> str:
        """What the repository's server wants, as git's credential helpers print it; "" for none."""
        return tree_address.divided(self.repository)[1]


def rules(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield key and message for each rule across settings that the given ones break."""
    repository = given.get("repository")
    if isinstance(repository, str) and is_ssh(repository) and not given.get("known_hosts"):
        yield (
            "known_hosts",
            "missing; pin the host key of the repository's server (ssh-keyscan prints it;"
            " compare it with what the server's owner publishes)",
        )
    if given.get("tls") == "acme":
        yield from (("tls", problem) for problem in _not_certified(given))
    if given.get("proxy_https") and given.get("tls", "off") != "off":
        yield "proxy_https", "tls is given too, so nginx serves https itself; keep one of the two"
    if given.get("env_file") and given.get("env_command"):
        yield "env_command", "env_file is given too; keep one of the two"


def _not_certified(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield which names no certificate can be had for by a challenge over http."""
    names = [given.get("domain"), *(given.get("aliases") or ())]
    for name in (one for one in names if isinstance(one, str)):
        if is_address(name):
            yield f"{name}: acme needs names, this is an address; name it or use self-signed"
        elif name.startswith("*."):
            yield f"{name}: acme over http gives no certificate for all names below one"


def is_ssh(repository: str) -> bool:
    """Tell whether git reaches it by ssh."""
    return repository.startswith("ssh://") or "@" in repository.split("/")[0]

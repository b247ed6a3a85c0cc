"""Asking a Git LFS server whether it has what a commit needs, before anything depends on it."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from . import json_text, tree_address
from .tree_large import Pointer
from .tree_reach import Unreadable

_FORM = "application/vnd.git-lfs+json"
_AT_ONCE = 100
_SECONDS = 30
_MOST = 8 << 20
# git-lfs itself goes on with the server's own protocol by ssh, which nobody else speaks
_OWN_PROTOCOL = b"version=1"


def lacking(endpoint: str, wanted: Iterable[Pointer]) -> dict[str, str]:
    """
    Return what the server does not have: why, by SHA-256.

    What only git-lfs could ask is not lacking. Raises Unreadable where the server does not answer.
    """
    scheme = tree_address.scheme_of(endpoint)
    wanted = list({pointer.oid: pointer for pointer in wanted}.values())
    if scheme == "ssh":
        found = _authenticated(endpoint)
        if found is None:
            return {}
        address, headers = found
    elif scheme in ("http", "https"):
        address, headers = _by_login(endpoint)
    else:
        return {}
    return {
        oid: why
        for at in range(0, len(wanted), _AT_ONCE)
        for oid, why in _asked(address, headers, wanted[at : at + _AT_ONCE])
    }


def _asked(
    address: str, headers: Mapping[str, str], wanted: list[Pointer]
) -> Iterator[tuple[str, str]]:
    body = {
        "operation": "download",
        "transfers": ["basic"],
        "hash_algo": "sha256",
        "objects": [{"oid": one.oid, "size": one.size} for one in wanted],
    }
    said = _posted(f"{address.rstrip('/')}/objects/batch", headers, json.dumps(body).encode())
    answers = said.get("objects") if isinstance(said, dict) else None
    if not isinstance(answers, list):
        raise Unreadable(f"{tree_address.shown(address)} is no Git LFS server")
    for one in answers:
        error = one.get("error") if isinstance(one, dict) else None
        if isinstance(error, dict):
            yield str(one.get("oid")), str(error.get("message") or error.get("code"))


def _posted(address: str, headers: Mapping[str, str], body: bytes) -> Any:
    if tree_address.scheme_of(address) not in ("http", "https"):
        raise Unreadable(f"{tree_address.shown(address)} is no address of a Git LFS server")
    given = {"Accept": _FORM, "Content-Type": _FORM, **headers}
    request = urllib.request.Request(address, data=body, headers=given)  # noqa: S310 - see above
    shown = tree_address.shown(address)
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return json_text.read(answer.read(_MOST))
    except urllib.error.HTTPError as error:
        raise Unreadable(f"cannot read {shown}: {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        raise Unreadable(f"cannot read {shown}: {error}") from None


def _authenticated(endpoint: str) -> tuple[str, Mapping[str, str]] | None:
    """Return where to ask and how, as the server says by ssh; None where only git-lfs can ask."""
    done = _by_ssh(endpoint, "git-lfs-authenticate")
    try:
        said = json_text.read(done.stdout)
        headers = said.get("header") or {}
        return str(said["href"]), {str(key): str(headers[key]) for key in headers}
    except (AttributeError, KeyError, TypeError, ValueError):
        if _OWN_PROTOCOL in _by_ssh(endpoint, "git-lfs-transfer").stdout:
            return None
    why = " ".join(done.stderr.decode(errors="replace").split())
    if (
        not why or "git-lfs-authenticate" in why
    ):  # a server that does not know it repeats the command
        why = "this server has no Git LFS"
    raise Unreadable(f"cannot read large files of {endpoint}: {why}")


def _by_ssh(endpoint: str, program: str) -> "subprocess.CompletedProcess[bytes]":
    parts = tree_address.parse(endpoint)
    if parts is None:
        raise Unreadable(f"{endpoint} is no address")
    path = parts.path if "://" in endpoint else parts.path.removeprefix("/")
    user = f"{parts.username}@" if parts.username else ""
    words = ["-p", str(parts.port)] if parts.port else []
    words += [f"{user}{parts.hostname}", f"{program} {unquote(path)} download"]
    # as git itself runs it: a shell's words, and ours after them
    how = ["sh", "-c", f'{os.environ.get("GIT_SSH_COMMAND", "ssh")} "$@"', "ssh", *words]
    try:
        return subprocess.run(
            how, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(f"no answer from {endpoint} in {_SECONDS} s") from None


def _by_login(endpoint: str) -> tuple[str, Mapping[str, str]]:
    """Return an address without the login that the operator put into it, and that as a header."""
    parts = tree_address.parse(endpoint)
    if parts is None or parts.username is None:
        return endpoint, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    host = parts.netloc.rpartition("@")[2]
    basic = base64.b64encode(login).decode()
    return parts._replace(netloc=host).geturl(), {"Authorization": f"Basic {basic}"}

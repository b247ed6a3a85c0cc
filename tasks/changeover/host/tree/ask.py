"""Asking a Git LFS server whether it has what a commit needs, before anything depends on it."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from .. import json_text
from . import address as tree_address
from .large import Pointer
from .login import hidden
from .post import posted
from .reach import Unreadable

_AT_ONCE = 100
_SECONDS = 30
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
        address, headers = endpoint, {}
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
    said = posted(f"{address.rstrip('/')}/objects/batch", headers, json.dumps(body).encode())
    answers = said.get("objects") if isinstance(said, dict) else None
    if not isinstance(answers, list):
        raise Unreadable(f"{tree_address.shown(address)} is no Git LFS server")
    for one in answers:
        error = one.get("error") if isinstance(one, dict) else None
        if isinstance(error, dict):
            yield str(one.get("oid")), hidden(str(error.get("message") or error.get("code")))


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
    # a server that does not know it repeats the command
    if not why or "git-lfs-authenticate" in why:
        why = "this server has no Git LFS"
    raise Unreadable(f"cannot read large files of {tree_address.shown(endpoint)}: {hidden(why)}")


def _by_ssh(endpoint: str, program: str) -> "subprocess.CompletedProcess[bytes]":
    parts = tree_address.parse(endpoint)
    if parts is None:
        raise Unreadable(f"{tree_address.shown(endpoint)} is no address")
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
        raise Unreadable(f"no answer from {tree_address.shown(endpoint)} in {_SECONDS} s") from None

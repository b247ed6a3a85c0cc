"""A deploy key that the repository's server refuses, told from a server that cannot be reached."""

import os
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from pyinfra.api.host import Host

from changeover.facts.commit import Unresolved, denied, resolve
from changeover.plans.commit import Source
from tests.unit.facts.test_commit import Nobody, first_in_the_run

__all__ = ["first_in_the_run"]


@pytest.mark.parametrize(
    ("said", "is_denied"),
    [
        ("git@x: Permission denied (publickey,password).", True),
        ("this key may only read /srv/git/todo.git", True),
        ("ERROR: Repository not found.", True),
        ("fatal: Authentication failed for 'https://git.example/x.git/'", True),
        ("The requested URL returned error: 403", True),
        ("ssh: connect to host x port 22: Connection timed out", False),
        ("ssh: Could not resolve hostname x: Temporary failure in name resolution", False),
    ],
)
def test_a_key_that_the_server_refuses_is_told_from_a_server_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, is_denied: bool
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "ssh").write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 255\n')
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    wanted = Source("ssh://git@git.example/x.git", "main", (), "git.example ssh-ed25519 AAAA")

    found = resolve(wanted, "play", "/key", cast("Host", Nobody(Unresolved("nor I"))))

    assert isinstance(found, Unresolved)
    assert found.denied is is_denied
    assert (said in denied(wanted, "play", "/key")) is is_denied
    assert denied(wanted, "play", None) == ""
    by_login = replace(wanted, login="username=you\npassword=word\n")
    assert (said in denied(by_login, "play", None)) is is_denied

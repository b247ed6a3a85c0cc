"""What only one engine knows stands in its room alone."""

import re
from pathlib import Path

import pytest

from tests.unit.package import PACKAGE

# words of an engine, and the folders and files of the package in which they may stand
ROOMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "systemd's units of an app": (
        r"socket_unit|\bunit_file\b|NRestarts|UnitFileState|NeedDaemonReload"
        r"|ExecMainStart|ListenStream|changeover-started|paths\.(unit|socket|started)\b"
        r"|\.service\.j2|\{app\}\.(service|socket)\b",
        (
            *(f"{kind}/processes/systemd" for kind in ("plans", "scripts", "templates")),
            # what notes each start, as the unit has it told
            "host/record_start.sh",
            # of a unit of the host's own
            "hardening/scripts/network/firewall_program.sh",
        ),
    ),
    "npm": (
        r"package-lock|shrinkwrap|\.npmrc|install-links|ignore-scripts|binding\.gyp|postinstall"
        r"|npm_config|\bnpm (ci|install)\b",
        (
            *("plans/packages/npm", "scripts/packages/npm", "settings/node.py"),
            # which variables of the caller's lead a sandbox to the network
            "host/sandbox/walls.py",
        ),
    ),
    "uv and pip": (
        r"--require-hashes|--no-deps|uv\.toml|UV_(CACHE|LINK|NO)|requirements\.txt",
        # the lab tells its own uv of a registry
        ("plans/packages/uv", "scripts/packages/uv", "settings/python.py", "lab/registries.py"),
    ),
    "Alembic and Django": (
        r"alembic_version|django_migrations|\.venv/bin/alembic",
        ("plans/migrations", "scripts/migrations", "host/revisions"),
    ),
    "systemd": (
        r"\bunits?\b|systemctl|journalctl|\.(service|socket)(?=[\"'])",
        (
            *(f"{kind}/processes/systemd" for kind in ("plans", "scripts", "templates")),
            *("settings/processes.py", "scripts/processes/outside.sh", "host/record_start.sh"),
            "host/expect",
            # the host's own, whatever runs the apps: its guard, its servers, what runs behind walls
            *(
                "plans/paths.py",
                "plans/changeover.py",
                "host/changeover",
                "host/quiet",
                "host/units",
            ),
            *("plans/provision/programs.py", "plans/provision/database.py", "scripts/provision"),
            *("facts/program.py", "run/installed.py"),
            *("plans/sandbox.py", "plans/once.py", "plans/rehearse.py", "scripts/sandbox"),
            *(
                "scripts/migrate/run.sh",
                "host/sandbox",
                "host/rehearse",
                "scripts/undo/database.sh",
            ),
            *("scripts/nginx.sh", "scripts/site", "scripts/maintenance", "scripts/undo/settle.sh"),
            *("scripts/tls", "scripts/probe/bare.sh", "host/certificate", "host/probe"),
            *("plans/databases/kind.py", "plans/databases/postgres"),
            *("host/integrity.sh", "scripts/service/quiesce.sh", "checks", "settings/base.py"),
            *("hardening", "lab"),
        ),
    ),
    "systemd's journal of an app": (
        r"InvocationID|INVOCATION_ID",
        ("scripts/processes/systemd", "host/expect/log.py"),
    ),
    "how a visitor's request comes to an app": (
        r"X-Forwarded-(Host|Proto)\b|X-Real-IP",
        ("host/visitor", "templates/site"),
    ),
}
READ = {".py", ".sh", ".j2", ".html", ".json", ".txt"}


def strays(root: Path, words: str, rooms: tuple[str, ...]) -> list[str]:
    """Return where a word stands outside of its rooms."""
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        if path.suffix not in READ or any(name.is_relative_to(one) for one in rooms):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found += [f"{name}:{number}: {word.group()}" for word in re.finditer(words, line)]
    return found


@pytest.mark.parametrize("engine", ROOMS)
def test_words_of_an_engine_stand_in_its_room(engine: str) -> None:
    assert strays(PACKAGE, *ROOMS[engine]) == []


@pytest.mark.parametrize("engine", ROOMS)
def test_a_room_has_its_words(engine: str) -> None:
    words, rooms = ROOMS[engine]
    for room in rooms:
        whole = PACKAGE / room
        files = [whole] if whole.is_file() else [one for one in whole.rglob("*") if one.is_file()]
        assert any(re.search(words, one.read_text()) for one in files if one.suffix in READ), room


@pytest.mark.parametrize("folder", ["plans", "hardening/plans", "lab"])
def test_a_word_outside_of_its_room_is_found(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "one.py").write_text('"""Says."""\n\nasked = "NRestarts"\n')
    words, rooms = ROOMS["systemd's units of an app"]
    assert strays(tmp_path, words, rooms) == [f"{folder}/one.py:3: NRestarts"]
    assert strays(tmp_path, words, (folder,)) == []

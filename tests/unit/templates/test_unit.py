"""The units' text: what systemd says of it, and what is refused."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from changeover.plans.processes.systemd.unit import ServiceUnit, render_service, render_socket

GOOD: dict[str, Any] = {
    "listens": "fd",
    "app": "play",
    "name": "play",
    "description": "Play the music",
    "exec_start": "/srv/play/current/.venv/bin/uvicorn app.main:app --fd 3",
    "user": "play",
}
VARIANTS: list[dict[str, Any]] = [
    {},
    {"listens": "", "name": "play-worker", "notify": True},
    {"writable": ("/srv/play/shared",), "memory_max": "512M", "memory_write_execute": True},
    {"hide_host": True, "caches": ("build0",)},
    {"environment": {"GREETING": 'say "100%" \\n $HOME'}, "after": ("postgresql.service",)},
]
STANDARD = Path("/lib/systemd/system")
needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def _installed(root: Path, unit: ServiceUnit) -> list[str]:
    """Write the units, and what they start, below a root of their own; return their names."""
    system = root / "etc/systemd/system"
    shutil.copytree(STANDARD, system, ignore=lambda _, names: [n for n in names if ".wants" in n])
    for program in ("/usr/local/lib/changeover/record_start", unit.exec_start.split()[0]):
        file = root / program.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    (system / "postgresql.service").write_text("[Service]\nExecStart=/bin/true\n")
    (root / "bin").mkdir()
    (root / "bin/true").symlink_to(root / program.lstrip("/"))
    texts = {f"{unit.name}.service": render_service(unit)}
    if unit.listens == "fd":
        texts[f"{unit.name}.socket"] = render_socket(unit)
    for name, text in texts.items():
        (system / name).write_text(text)
    return list(texts)


@needs_systemd
@pytest.mark.parametrize("change", VARIANTS)
def test_systemd_finds_no_fault(tmp_path: Path, change: dict[str, Any]) -> None:
    names = _installed(tmp_path, ServiceUnit(**GOOD | change))
    command = ["systemd-analyze", "verify", "--man=no", f"--root={tmp_path}", *names]
    verified = subprocess.run(command, check=False, capture_output=True, text=True)
    faults = [line for line in verified.stderr.splitlines() if "play" in line]
    assert (verified.returncode, faults) == (0, [])


@needs_systemd
@pytest.mark.parametrize("change", VARIANTS)
def test_the_sandbox_is_tight(tmp_path: Path, change: dict[str, Any]) -> None:
    file = tmp_path / "play.service"
    file.write_text(render_service(ServiceUnit(**GOOD | change)))
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(file)]
    judged = subprocess.run(command, check=False, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stdout


def _lines(text: str) -> list[str]:
    return text.splitlines()


def test_the_service_follows_the_app() -> None:
    lines = _lines(render_service(ServiceUnit(**GOOD)))
    assert lines[0] == "# Managed by Changeover for play. Changes made here are overwritten."
    for line in (
        "Requires=play.socket",
        "After=network.target play.socket",
        "AssertPathExists=!/var/lib/changeover/play/quiesced",
        "WorkingDirectory=/srv/play/current",
        "EnvironmentFile=/srv/play/shared/.env",
        "ExecStartPre=/usr/local/lib/changeover/record_start play play.service",
        "MemoryDenyWriteExecute=yes",
        "TemporaryFileSystem=/srv:ro /dev/shm:rw,nosuid,nodev,size=1G,mode=1777",
        "PrivateIPC=yes",
    ):
        assert line in lines
    (hidden,) = [line for line in lines if line.startswith("InaccessiblePaths=")]
    assert "-/run/dbus" in hidden
    # what it writes to there would be the whole host's
    assert not [line for line in lines if line.startswith("RuntimeDirectory")]


def test_the_service_starts_after_what_it_needs_at_boot() -> None:
    unit = ServiceUnit(**GOOD | {"after": ("postgresql.service",)})
    assert {
        "After=network.target play.socket postgresql.service",
        "Wants=postgresql.service",
    } <= set(_lines(render_service(unit)))
    assert "postgresql" not in render_service(ServiceUnit(**GOOD))


def test_the_socket_outlives_a_restart_but_not_a_quiesced_app() -> None:
    lines = _lines(render_socket(ServiceUnit(**GOOD)))
    assert lines[0] == "# Managed by Changeover for play. Changes made here are overwritten."
    for line in (
        "AssertPathExists=!/var/lib/changeover/play/quiesced",
        "ListenStream=/run/changeover/play/play.sock",
        "SocketGroup=www-data",
        "SocketMode=0660",
        "Backlog=2048",
    ):
        assert line in lines


def test_a_worker_has_no_socket() -> None:
    worker = ServiceUnit(**GOOD | {"name": "play-worker", "listens": ""})
    assert "worker.socket" not in render_service(worker)
    with pytest.raises(ValueError, match="has no socket"):
        render_socket(worker)


def test_memory_may_be_writable_and_executable_where_a_compiler_needs_it() -> None:
    node = ServiceUnit(**GOOD | {"memory_write_execute": True, "memory_max": "1G"})
    assert {"MemoryDenyWriteExecute=no", "MemoryMax=1G"} <= set(_lines(render_service(node)))


def test_variables_are_quoted_for_systemd() -> None:
    unit = ServiceUnit(**GOOD | {"environment": {"B": 'a "b" \\ 5%', "A": ""}})
    lines = [line for line in _lines(render_service(unit)) if line.startswith('Environment="')]
    assert lines == ['Environment="A="', 'Environment="B=a \\"b\\" \\\\ 5%%"']


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"app": "../x"}, "app '../x'"),
        ({"name": "play@one"}, "unit name"),
        ({"description": "one\nExecStart=/bin/sh"}, "description"),
        ({"description": "100% music"}, "'%' is special"),
        ({"description": ""}, "description: empty"),
        ({"exec_start": "uvicorn app"}, "exec_start's program"),
        ({"exec_start": "+/bin/sh"}, "exec_start's program"),
        ({"exec_start": "/bin/true\nUser=root"}, "exec_start"),
        ({"exec_start": "/bin/date %Y"}, "'%' is special"),
        ({"exec_start": "/bin/a ; /bin/b"}, "one command only"),
        ({"exec_start": "/bin/a \\"}, "continue"),
        ({"user": "root"}, "never runs as root"),
        ({"user": "a b"}, "user 'a b'"),
        ({"working_directory": "srv"}, "working_directory"),
        ({"environment_file": "-/srv/x/.env"}, "environment_file"),
        ({"writable": ("/srv/a b",)}, "writable path"),
        ({"writable": ("-/srv/a",)}, "writable path"),
        ({"memory_max": "lots"}, "memory_max"),
        ({"after": ("postgresql",)}, "after 'postgresql'"),
        ({"environment": {"A B": "1"}}, "environment 'A B'"),
        ({"environment": {"A": "1\n2"}}, "environment A: line breaks"),
    ],
)
def test_a_wrong_value_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ServiceUnit(**GOOD | change)


def test_an_app_may_look_at_the_host_unless_it_needs_not_to() -> None:
    lines = _lines(render_service(ServiceUnit(**GOOD)))
    assert "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK" in lines
    assert "ProcSubset=pid" not in lines
    hidden = _lines(render_service(ServiceUnit(**GOOD | {"hide_host": True})))
    assert {"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "ProcSubset=pid"} <= set(hidden)


def test_what_can_be_lost_lies_in_folders_of_which_the_app_owns_no_parent() -> None:
    lines = _lines(render_service(ServiceUnit(**GOOD | {"caches": ("built",)})))
    assert "CacheDirectory=changeover-apps/play/own changeover-apps/play/built" in lines
    own = "/var/cache/changeover-apps/play/own"
    assert f"Environment=XDG_CACHE_HOME={own} XDG_CONFIG_HOME={own}" in lines

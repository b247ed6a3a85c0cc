"""The unit an app gets, and when what runs is not what should run."""

import os
import pwd
import sys
from dataclasses import replace

import pytest

from changeover.plans import databases, processes, service
from changeover.plans.command import words
from changeover.plans.databases.kind import Location
from changeover.plans.databases.none import NOWHERE
from changeover.plans.databases.sqlite import SQLITE
from changeover.plans.processes.instances import instances
from changeover.plans.processes.systemd.unit import ServiceUnit, render_service, render_socket
from changeover.plans.processes.systemd.wanted import wanted as wanted_unit
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.build import Build
from changeover.settings.node import Node
from changeover.settings.processes import Web
from tests.unit.package import host_program
from tests.unit.plans.shell import Shell
from tests.unit.plans.web import web
from tests.unit.plans.world import HELLO, PLAYMAKER, fresh, serving, target

FILE = Location(SQLITE, "/srv/playmaker/shared/playmaker.db")


def unit(wanted: Target, database: Location = FILE) -> ServiceUnit:
    """Return the unit that systemd would have."""
    return wanted_unit(wanted, database, instances(wanted.app)[0])


def texts(wanted: Target) -> dict[str, str]:
    return processes.of(wanted.app).files(wanted, FILE)


@pytest.mark.parametrize(
    ("app", "command"),
    [
        (PLAYMAKER, "/srv/playmaker/current/.venv/bin/uvicorn app.main:app --fd 3"),
        (HELLO, "/usr/bin/python3 app.py"),
        (
            PLAYMAKER.model_copy(update={"processes": (Web("gunicorn", listens="fd"),)}),
            "/srv/playmaker/current/.venv/bin/gunicorn",
        ),
    ],
)
def test_a_bare_program_is_taken_from_the_python_environment(app: App, command: str) -> None:
    assert unit(target(app)).exec_start == command


def test_servers_believe_nginx_which_alone_reaches_the_socket() -> None:
    found = unit(target())

    assert found.assignments == ('"FORWARDED_ALLOW_IPS=*"',)
    # of one key systemd takes what EnvironmentFile= says, so the app's own .env wins
    text = texts(target())["/etc/systemd/system/playmaker.service"]
    assert 'Environment="FORWARDED_ALLOW_IPS=*"\n' in text
    assert "EnvironmentFile=/srv/playmaker/shared/.env\n" in text
    assert "SocketGroup=www-data\nSocketMode=0660\n" in render_socket(found)


def test_node_is_the_apps_own_version_and_may_compile() -> None:
    app = HELLO.model_copy(
        update={
            "node": Node(version="22"),
            "processes": (Web("node server.js --x", listens="fd"),),
        }
    )
    found = unit(target(app))

    assert found.exec_start == "/opt/changeover/node/22/bin/node server.js --x"
    assert found.memory_write_execute
    assert not unit(target()).memory_write_execute
    assert words(target(app), "node check.js") == ["/opt/changeover/node/22/bin/node", "check.js"]


def test_the_app_may_write_to_shared_and_nowhere_else() -> None:
    assert unit(target()).writable == ("/srv/playmaker/shared",)
    assert unit(target()).user == "playmaker"


@pytest.mark.parametrize(
    ("url", "after"),
    [
        ("postgresql://playmaker:secret@localhost/shop", ("postgresql.service",)),
        ("postgresql:///shop?host=/run/postgresql", ("postgresql.service",)),
        ("postgresql://playmaker:secret@db.example/shop", ()),
        ("sqlite:///./playmaker.db", ()),
    ],
)
def test_the_app_starts_after_the_server_that_its_host_has(url: str, after: object) -> None:
    assert unit(target(), databases.locate(url, target())).after == after


def test_the_installed_file_has_the_sum_that_is_looked_for(shell: Shell) -> None:
    shell.stub("systemctl", 'echo "$@" >> "$0.arguments"')
    shell.write("/etc/systemd/system/.keep")

    shell.run(service.install_script(target(), fresh(), FILE))

    for path, text in texts(target()).items():
        # paths inside the text were moved too
        assert (shell / path).read_text() == shell.moved(text)
    calls = (shell.programs / "systemctl.arguments").read_text().splitlines()
    assert calls == ["daemon-reload", "--quiet enable playmaker.service playmaker.socket"]


def test_the_reasons_to_restart() -> None:
    well = serving(target())

    def why(environment_changes: bool = False, **changes: object) -> str:
        host = {key: changes.pop(key) for key in ("quiesced",) if key in changes}
        snapshot = web(replace(well, **host), **changes)  # type: ignore[arg-type]
        return service.decide_restart(
            target(), snapshot, FILE, environment_changes=environment_changes
        ).why

    assert why() == f"{target().release} runs"
    assert why(active=False) == "the app does not run"
    assert why(detail={"has": "both", "socket": "inactive"}) == "the app does not run"
    assert why(quiesced=True) == "the app is stopped for this release"
    assert why(started={}) == f"an unknown release runs; {target().release} is wanted"
    assert why(environment_changes=True) == "it runs with another environment"
    assert why(older=True) == "it runs since before this release was put in force"
    assert (
        why(started={**well.processes["web"].started, "unit": "x"})
        == "it runs with another unit file"
    )


def test_other_packages_are_a_reason_to_restart_what_runs_with_them() -> None:
    app = PLAYMAKER.model_copy(update={"processes": (Web("node server.js", listens="fd"),)})

    def why(wanted: Target, **started: str) -> str:
        well = serving(wanted)
        snapshot = web(well, started={**well.processes["web"].started, **started})
        return service.decide_restart(
            wanted, snapshot, FILE, environment_changes=False, build="build-1"
        ).why

    assert why(target(), python="x") == "it runs with another Python environment"
    assert why(target(app), node="x") == "it runs with other Node packages"
    assert why(target(app)) == "it runs with other Node packages"
    key = str(target(app).node_key)
    assert why(target(app), node=key) == f"{target(app).release} runs"
    assert why(target(), node="x") == f"{target().release} runs"
    assert why(target(app), node=key, build="build-2") == "it runs with another build"
    for known in ("build-1", "none"):
        assert why(target(app), node=key, build=known) == f"{target(app).release} runs"
    assert why(target(), build="build-2") == f"{target().release} runs", "a front end alone"


def test_quiescing_stops_both_units_and_keeps_them_from_starting(shell: Shell) -> None:
    shell.stub("systemctl", 'echo "$@" >> "$0.arguments"; echo inactive')
    shell.write("/var/lib/changeover/playmaker/.keep")

    shell.run(service.quiesce_script(target(), serving(target()), NOWHERE))

    calls = (shell.programs / "systemctl.arguments").read_text().splitlines()
    assert calls[0] == "stop playmaker.socket playmaker.service"
    assert (shell / "/var/lib/changeover/playmaker/quiesced").is_file()


def test_an_app_that_does_not_stop_is_a_failure(shell: Shell) -> None:
    shell.stub("systemctl", '[ "$5" = playmaker.socket ] && echo inactive || echo active')
    shell.write("/var/lib/changeover/playmaker/.keep")

    done = shell.try_(service.quiesce_script(target(), serving(target()), NOWHERE))

    assert done.returncode == 1
    assert "playmaker.service does not stop" in done.stderr


def program(shell: Shell) -> None:
    """Have the host's program for databases there, which acts for whoever runs it."""
    path = host_program("sqlite_backup")
    oneself = pwd.getpwuid(os.geteuid()).pw_name
    text = f'#!/bin/sh\nexec {sys.executable} {path} "$@" --user {oneself}\n'
    shell.write("/usr/local/lib/changeover/sqlite_backup", text, 0o755)


def test_a_process_that_ends_while_it_is_looked_at_stops_nothing(shell: Shell) -> None:
    shell.stub("systemctl", "echo inactive")
    shell.write("/var/lib/changeover/playmaker/.keep")
    program(shell)

    shell.run(
        service.quiesce_script(
            target(), serving(target()), Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
        )
    )

    assert (shell / "/var/lib/changeover/playmaker/quiesced").exists()


def test_who_has_the_database_open_must_be_known(shell: Shell) -> None:
    """What is unknown is never nobody."""
    shell.stub("systemctl", 'echo "$@" >> "$0.arguments"')
    shell.write("/var/lib/changeover/playmaker/.keep")
    shell.write("/usr/local/lib/changeover/sqlite_backup", "#!/bin/sh\nexit 1\n", 0o755)

    done = shell.try_(
        service.quiesce_script(
            target(), serving(target()), Location(SQLITE, "/srv/playmaker/shared/playmaker.db")
        )
    )

    assert done.returncode == 1
    assert not (shell.programs / "systemctl.arguments").exists()


def test_another_process_with_the_database_open_is_found_first(shell: Shell) -> None:
    shell.stub("systemctl", 'echo "$@" >> "$0.arguments"')
    path = "/srv/playmaker/shared/playmaker.db"
    database = shell.write(path)
    shell.write("/var/lib/changeover/playmaker/.keep")
    program(shell)

    with database.open():
        done = shell.try_(
            service.quiesce_script(target(), serving(target()), Location(SQLITE, path))
        )

    assert done.returncode == 1
    assert "is open in other processes" in done.stderr
    assert not (shell.programs / "systemctl.arguments").exists()
    assert not (shell / "/var/lib/changeover/playmaker/quiesced").exists()


def stub_programs(shell: Shell) -> None:
    """Let programs only note how they are called."""
    shell.stub("systemctl", 'echo "$@" >> "$0.arguments"')
    noting = '#!/bin/sh\necho "$@" >> "$0.arguments"\n'
    shell.write("/usr/local/lib/changeover/expect", noting, 0o755)


def test_a_restart_lets_the_app_start_again(shell: Shell) -> None:
    stub_programs(shell)
    flag = shell.write("/var/lib/changeover/playmaker/quiesced")

    shell.run(service.restart_script(target(), serving(target())))

    assert not flag.exists()
    marked = (shell / "/usr/local/lib/changeover/expect.arguments").read_text()
    assert marked.startswith("mark --journal=playmaker.service --user playmaker --into ")
    calls = (shell.programs / "systemctl.arguments").read_text().splitlines()
    assert calls[-2:] == ["start playmaker.socket", "restart playmaker.service"]


def test_a_socket_is_restarted_only_when_its_unit_changed(shell: Shell) -> None:
    stub_programs(shell)
    shell.write("/var/lib/changeover/playmaker/quiesced")
    before = serving(target())
    changed = web(before, started={**before.processes["web"].started, "socket": "another"})

    assert service.decide_restart(target(), changed, FILE, environment_changes=False).needed
    shell.run(service.restart_script(target(), changed))

    calls = (shell.programs / "systemctl.arguments").read_text().splitlines()
    assert calls[-2:] == ["restart playmaker.socket", "restart playmaker.service"]


def test_what_a_build_lets_the_app_write_is_no_part_of_the_unit() -> None:
    """Else each release would change it; and earlier releases write where they did."""

    def lines(**changes: object) -> list[str]:
        build = Build(directory="frontend").model_copy(update=changes)
        wanted = target(PLAYMAKER.model_copy(update={"build": build}))
        return render_service(unit(wanted, NOWHERE)).splitlines()

    above = "/var/cache/changeover-apps/playmaker"
    with_caches = lines(caches=("cache",))
    assert with_caches == lines(caches=("other", "server/pages"), command="another")
    own = "changeover-apps/playmaker/own"
    assert f"CacheDirectory={own} changeover-apps/playmaker/built" in with_caches
    assert f"ReadWritePaths=/srv/playmaker/shared {above}" in with_caches
    assert f"CacheDirectory={own}" in lines()
    assert "ReadWritePaths=/srv/playmaker/shared" in lines()


def test_an_apps_own_environment_goes_before_what_its_release_says() -> None:
    lines = render_service(unit(target(), NOWHERE)).splitlines()
    files = [line for line in lines if line.startswith("EnvironmentFile=")]

    assert files == [
        "EnvironmentFile=-/srv/playmaker/current/.changeover/environment",
        "EnvironmentFile=/srv/playmaker/shared/.env",
    ]

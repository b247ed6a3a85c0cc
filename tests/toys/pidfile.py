"""
A process engine without units: a command, its process id in a file, and its log in another.

What an engine is (``plans/processes/protocol.py``) is held to by it: one file, and its last line.
"""

from changeover.plans import command, processes
from changeover.plans.databases.kind import Location
from changeover.plans.digest import sha
from changeover.plans.paths import PROGRAMS
from changeover.plans.processes.instances import instances
from changeover.plans.processes.protocol import Log
from changeover.plans.script import Variable, compose, read
from changeover.plans.snapshot import Process, Snapshot
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.processes import ProcessEngine

FOLDER = "/run/changeover-toy"
LOGS = "/var/log/changeover-toy"
LAUNCHERS = "/usr/local/lib/changeover-toy"

# Python, run by PID 1: it listens as systemd would, becomes the app's user, and then the command
_LAUNCHER = """\
# Managed by Changeover for {app}. Changes made here are overwritten.
import grp, hashlib, os, pwd, shlex, socket
user = pwd.getpwnam("{app}")
log = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
os.fchown(log, 0, user.pw_gid)
environment = {{"PATH": "/usr/local/bin:/usr/bin:/bin", "LISTEN_FDS": "1"}}
for name in {environments!r}:
    if os.path.exists(name):
        with open(name) as file:
            for line in file:
                for word in shlex.split(line, comments=True):
                    key, _, value = word.partition("=")
                    environment[key] = value
environment["LISTEN_PID"] = str(os.getpid())
if os.path.exists({socket!r}):
    os.unlink({socket!r})
listener = socket.socket(socket.AF_UNIX)
listener.bind({socket!r})
os.chown({socket!r}, 0, grp.getgrnam("www-data").gr_gid)
os.chmod({socket!r}, 0o660)
listener.listen(2048)
os.chdir(os.path.realpath({current!r}))
with open("/proc/self/stat") as file:
    began = file.read().rpartition(")")[2].split()[19]
with open(__file__, "rb") as file:
    launcher = hashlib.sha256(file.read()).hexdigest()
with open({pid!r} + ".new", "w") as file:
    file.write(f"{{os.getpid()}} {{began}} {{launcher}}\\n")
os.rename({pid!r} + ".new", {pid!r})
for number in (1, 2):
    os.dup2(log, number)
if listener.fileno() == 3:
    os.set_inheritable(3, True)
else:
    os.dup2(listener.fileno(), 3)
os.initgroups(user.pw_name, user.pw_gid)
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
words = {words!r}
os.execve(words[0], words, environment)
"""

_STATE = r"""
# whether what the file names runs, and not another process that has got its number since; sets
# pid, and the sum of its launcher
runs() {
    local began='' stat
    pid='' with=''
    [ -e "$pid_file" ] || return 1
    read -r pid began with < "$pid_file"
    stat=$(cat "/proc/$pid/stat" 2> /dev/null) || return 1
    read -ra stat <<< "${stat##*)}"
    [ "${stat[0]}" != Z ] && [ "${stat[19]}" = "$began" ]
}
"""

_SHELL = r"""
own_processes() { ! runs || echo "$pid"; }
owns() { runs && [ "$1" = "$pid" ]; }
restarts() { :; }
states() { if runs; then echo "$owner up 0"; else echo "$owner down 0"; fi; }
reload_processes() { :; }
last_lines() { tail -n 30 "$log_file" >&2 || true; }
explain_silence() {
    if runs; then echo "process $pid runs, but does not answer"; else echo "nothing runs"; fi
}
stop_processes() {
    local count
    for count in {0..100}; do
        runs || break
        # it may end its requests first
        case $count in 0) kill "$pid" || true ;; 50) kill -KILL "$pid" || true ;; esac
        sleep 0.1
    done
    ! runs || fail "process $pid does not stop"
    rm -f "$pid_file" "$socket"
}
start_processes() {
    local count
    stop_processes
    [ ! -e "$quiesced" ] || fail "the app is stopped: $quiesced"
    mkdir -p "${pid_file%/*}" "${log_file%/*}"
    "$programs/record_start" "$owner" web
    start_outside "toy-$owner-$(date +%s%N)" -- python3 -I "$launcher"
    for count in {1..100}; do
        ! runs || return 0
        sleep 0.1
    done
    last_lines
    fail "$owner does not start"
}
"""

_PROBE = r"""
tell_processes() {
    local active=no stopped=yes enabled=no older=no boot='' seconds='' cwd
    [ ! -e "$launcher" ] || enabled=yes
    if runs; then
        active=yes stopped=no
        cwd=$(readlink "/proc/$pid/cwd"); cwd=${cwd#"$releases"/}
        echo "web release $(tr -cd 'A-Za-z0-9._-' <<< "${cwd%%/*}")"
        [ ! -f "$activated" ] || read -r boot seconds < "$activated"
        if [ "$boot" = "$(< /proc/sys/kernel/random/boot_id)" ]; then
            awk -v activated="$seconds" -v hertz="$(getconf CLK_TCK)" \
                '{exit !($2 < activated * hertz)}' "$pid_file" && older=yes
        fi
    fi
    printf 'web %s\n' "active $active" "stopped $stopped" "enabled $enabled" "older $older"
    printf 'web %s\n' "detail.launcher ${with:-none}"
    [ ! -f "$record" ] || sed -nE 's/^([a-z]+)=([A-Za-z0-9:._-]+)$/web started.\1 \2/p' "$record"
}
"""


class PidFile(ProcessEngine):
    """The process that serves, started by a script and known by a file with its number."""


class PidFileEngine:
    """It, as the deploy file declares it."""

    title: str = "the pid file"

    def __init__(self, app: App) -> None:
        (self._one,) = instances(app)

    @property
    def shell(self) -> str:
        return read("processes/outside") + _STATE + _SHELL

    @property
    def probe(self) -> str:
        return _STATE + _PROBE

    def check(self, target: Target) -> None:
        if not self._line(target).isprintable():
            raise ValueError(f"command {self._one.process.command!r}: expected one line")

    def label(self, target: Target) -> str:
        return target.app.name

    def listener(self, target: Target) -> str:
        return f"unix:{FOLDER}/{target.app.name}.sock"

    def log(self, target: Target, process: str) -> Log:
        del process
        return Log(files=(f"{LOGS}/{target.app.name}.log",))

    def places(self, target: Target) -> tuple[str, ...]:
        return (f"{LAUNCHERS}/{target.app.name}.py",)

    def files(self, target: Target, database: Location) -> dict[str, str]:
        del database
        paths = target.paths
        text = _LAUNCHER.format(
            app=target.app.name,
            log=self.log(target, "").files[0],
            environments=(f"{paths.current}/.changeover/environment", paths.env_file),
            socket=self.listener(target).removeprefix("unix:"),
            current=paths.current,
            pid=f"{FOLDER}/{target.app.name}.pid",
            words=self._line(target).split(),
        )
        return dict.fromkeys(self.places(target), text)

    def strays(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        del target, snapshot
        return ()

    def links(self, target: Target, snapshot: Snapshot) -> tuple[str, ...]:
        del target, snapshot
        return ()

    def rivals(self, target: Target) -> tuple[str, ...]:
        del target
        return ()

    def variables(
        self, target: Target, snapshot: Snapshot | None = None, *, back: bool = False
    ) -> dict[str, Variable]:
        del snapshot, back
        return {
            "programs": PROGRAMS,
            "owner": target.app.name,
            "launcher": self.places(target)[0],
            "pid_file": f"{FOLDER}/{target.app.name}.pid",
            "log_file": self.log(target, "").files[0],
            "socket": self.listener(target).removeprefix("unix:"),
            "quiesced": target.paths.quiesced,
        }

    def probe_variables(self, target: Target) -> dict[str, Variable]:
        paths, app = target.paths, target.app.name
        return {
            "launcher": self.places(target)[0],
            "pid_file": f"{FOLDER}/{app}.pid",
            "record": f"/var/lib/changeover-started/{app}/web",
            "releases": paths.releases,
            "activated": paths.activated,
        }

    def install_script(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        del snapshot
        ((path, text),) = self.files(target, database).items()
        body = 'mkdir -p "${launcher%/*}"\ninstall_file "$launcher" 0644 root:root <<< "$text"\n'
        return compose(body, launcher=path, text=text.removesuffix("\n"))

    def withdraw_script(self, target: Target, snapshot: Snapshot) -> str:
        if self.places(target)[0] in snapshot.files:
            return ""
        return compose(self.shell, "stop_processes\n", **self.variables(target))

    def restart_reason(self, target: Target, snapshot: Snapshot, database: Location) -> str:
        (text,) = self.files(target, database).values()
        process = snapshot.processes.get(self._one.name, Process())
        return "" if process.detail.get("launcher") == sha(text) else "another launcher started it"

    def _line(self, target: Target) -> str:
        return command.line(target, self._one.process)


processes.ENGINES.add(PidFile, PidFileEngine)

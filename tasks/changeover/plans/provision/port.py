"""The port of an app: its own on the host, on 127.0.0.1, chosen once and kept."""

from changeover.host.probe.processes import PORT
from changeover.plans.decision import Decision, done, todo
from changeover.plans.digest import sha
from changeover.plans.provision.shared import ALONE
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

# below the ports that the kernel gives to connections that go out (32768 and up)
_FIRST, _COUNT = 20_000, 10_000


def decide_port(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether a port has to be chosen."""
    if target.app.web.listens != "port":
        return done("the app needs no port")
    wanted = target.values.port
    if wanted and snapshot.port != wanted:
        return todo(f"{target.app.name}_port is {wanted}")
    if not snapshot.port:
        return todo("no port was chosen yet")
    return done(f"the app's port is {snapshot.port}")


def port_script(target: Target) -> str:
    """Return the script that takes the wanted port, or one that nobody has."""
    app = target.app.name
    return script(
        "provision/port",
        **ALONE,
        app=app,
        wanted=target.values.port or 0,
        # the same app has the same port on every host, where it can
        begin=_FIRST + int(sha(app)[:8], 16) % _COUNT,
        first=_FIRST,
        last=_FIRST + _COUNT - 1,
        states=target.paths.state.removesuffix(app).rstrip("/"),
        file=PORT,
    )

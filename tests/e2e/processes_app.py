"""Hello with workers, listening as ``--data listens`` says: none of it was written for us."""

from pyinfra import host

from changeover.settings.app import App, Health, Web, Worker

_LISTENS = host.data.get("listens", "port")
_WORKERS = int(host.data.get("workers", 2))
_COMMANDS = {
    "port": "/usr/bin/python3 app.py $PORT",
    "socket": "/usr/bin/python3 by_socket.py $SOCKET",
    "fd": "/usr/bin/python3 app.py",
    # it knows nothing of releases, and shows the folder that it is started in
    "silent": "/usr/bin/python3 -m http.server --bind 127.0.0.1 $PORT",
}

app = App(
    name="hello",
    processes=(
        Web(_COMMANDS[_LISTENS], listens="port" if _LISTENS == "silent" else _LISTENS),
        *([Worker("/usr/bin/python3 work.py", instances=_WORKERS)] if _WORKERS else []),
    ),
    health=Health(path="/", says=()) if _LISTENS == "silent" else Health(),
)

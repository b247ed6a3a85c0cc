"""A server that is built, on PlayMaker's host and with its name: ``--data built`` says which."""

from pyinfra import host

from changeover.settings.app import App, Build, Health, Node, Site, Web
from changeover.settings.expect import Http

_SERVER = Build(directory="server", command="node build.js", output="dist", caches=("cache",))
_NEXT = Build(
    directory=".",
    output=".next",
    public_prefix="NEXT_PUBLIC_",
    caches=("cache", "server/route-cache"),
)
_IS_NEXT = host.data.get("built") == "next"

app = App(
    name="playmaker",
    node=Node(version="22"),
    build=_NEXT if _IS_NEXT else _SERVER,
    processes=(
        Web(listens="fd", command="node server.js" if _IS_NEXT else "node server/dist/main.js"),
    ),
    site=Site(content_security_policy=""),
    health=Health(expect=(Http(path="/", contains="page"),)),
)

#!/usr/bin/python3
"""Stands for ssh: the host is a folder of this machine, and a tunnel leads to one socket of it."""

import base64
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading


def pump(source: socket.socket, target: socket.socket) -> None:
    """Hand over what comes until nothing more does."""
    with target, source, source.makefile("rb", 0) as come, target.makefile("wb", 0) as go:
        shutil.copyfileobj(come, go)


def forward(server: socket.socket, path: str) -> None:
    """Lead everybody who connects to a socket."""
    while True:
        visitor, _ = server.accept()
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(path)
        for pair in ((visitor, behind), (behind, visitor)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def main() -> int:
    """Greet as sshd does, note the words, open the tunnel that they ask for, run the command."""
    sys.stderr.write("Authorized access only. All that is done here is noted.\n")
    sys.stderr.flush()
    sys.stdout.write("Welcome, says a login shell, and ends no line")
    sys.stdout.flush()
    root, words = os.environ["STUB_ROOT"], sys.argv[1:]
    with open(f"{root}/words", "a") as file:  # noqa: PTH123 - a small program of its own
        file.write(f"{words}\n")
    if "-L" in words:
        port = int(words[words.index("-L") + 1].split(":")[1])
        server = socket.create_server(("127.0.0.1", port))
        path = f"{root}/.s.PGSQL.5432"
        threading.Thread(target=forward, args=(server, path), daemon=True).start()
    # the command is the words after the shell that runs it
    shell = shlex.split(words[-1])
    command = base64.b64decode("".join(shell[4:])).decode()
    for place in ("/srv/", "/var/", "/usr/local/"):
        command = command.replace(place, f"{root}{place.replace('/usr/local/', '/')}")
    text = base64.b64encode(command.encode()).decode()
    return subprocess.call([*shell[:4], text])


if __name__ == "__main__":
    sys.exit(main())

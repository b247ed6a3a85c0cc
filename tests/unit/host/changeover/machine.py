"""A host with the changeover program, and the controller's end of a hold, as plain processes."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.package import host_program

PROGRAM = host_program("changeover")
PATIENCE = 30

# notes its calls, and whether the app's lock is held meanwhile
_SYSTEMCTL = """#!/bin/sh
held=held; if [ ! -e {lock} ] || flock -n {lock} true; then held=free; fi
printf '%s\\n' "$held $*" >> {calls}
case "$*" in
    *"$(cat {fails})"*) exit 1 ;;
    is-system-running) cat {says} ;;
    *ActiveState*) cat {unit} ;;
    show*) cat {scope} ;;
esac
exit 0
"""


class Peer:
    """The controller's end of a hold."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
        )
        self._heard: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reads = threading.Event()
        self._reads.set()
        self.beats = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._reads.wait(PATIENCE)
            if line.strip():
                self._heard.put(json.loads(line))
            else:
                self.beats += 1
        self._heard.put(None)

    def say(self, text: str = "") -> None:
        """Send a line; an empty one is a beat."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n".encode())
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any] | None:
        """Return the next message, None at the end of the line."""
        return self._heard.get(timeout=PATIENCE)

    def answer(self, key: str) -> tuple[Any, str]:
        """Return the first message's value that has this key, and the output until then."""
        output = ""
        while (message := self.hear()) is not None:
            output += message.get("output", "")
            if key in message:
                return message[key], output
        raise AssertionError(f"the line ended without {key}: {output} {self.complaint()}")

    def pause(self) -> None:
        """Read no more, as over a network that got stuck."""
        self._reads.clear()

    def go_on(self) -> None:
        """Read again."""
        self._reads.set()

    def start(self, name: str, do: str, **more: Any) -> None:
        """Have a step begin."""
        step = {"name": name, "phase": name.partition(".")[0], "do": do, "limit": PATIENCE} | more
        self.say(json.dumps({"step": step}))

    def step(self, name: str, do: str, **more: Any) -> tuple[int, str]:
        """Have a step done; return its exit status and output."""
        self.start(name, do, **more)
        code, output = self.answer("done")
        return int(code), output

    def commit(self, **note: Any) -> str:
        """Commit; return how that ended."""
        self.say(json.dumps({"commit": note}))
        return self.ended()

    def let_go(self) -> str:
        """Close the line; return how the changeover ended."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.ended()

    def ended(self) -> str:
        """Return how the changeover ended, once the process has."""
        outcome, _ = self.answer("ended")
        assert self.process.wait(PATIENCE) == 0, self.complaint()
        return str(outcome)

    def refused(self) -> str:
        """Return why the hold refused."""
        why, _ = self.answer("refused")
        assert self.process.wait(PATIENCE) == 75
        return str(why)

    def kill(self) -> None:
        """Kill the hold as a power cut or the kernel would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def complaint(self) -> str:
        """Return what the process said to its shell, once it has ended."""
        self.process.wait(PATIENCE)
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


class Host:
    """
    The folders of a host that carries the app ``shop``, and its host program.

    ``disk`` is what a power cut leaves, ``scope`` what systemctl tells of any scope: its
    cgroup.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.disk, self.run = folder / "disk", folder / "run"
        self.state, self.world = self.disk / "state/shop", self.disk / "world"
        self.lock = self.run / "changeover-locks/shop.lock"
        for made in (self.state, self.world, self.run, folder / "bin"):
            made.mkdir(parents=True, exist_ok=True)
        self._calls, self._fails = folder / "calls", folder / "fails"
        self._says, self.scope = folder / "says", folder / "scope"
        self._unit = folder / "unit"
        systemctl = folder / "bin/systemctl"
        systemctl.write_text(
            _SYSTEMCTL.format(
                lock=self.lock,
                calls=self._calls,
                fails=self._fails,
                says=self._says,
                scope=self.scope,
                unit=self._unit,
            )
        )
        systemctl.chmod(0o755)
        self.let_fail("nothing")
        self._says.write_text("running")
        self.scope.write_text("")
        self.unit_state("inactive")
        self.peers: list[Peer] = []
        self.environment = os.environ | {"PATH": f"{folder}/bin:{os.environ['PATH']}"}

    def let_fail(self, words: str) -> None:
        """Have systemctl fail when it is called with these words."""
        self._fails.write_text(words)

    def unit_state(self, state: str) -> None:
        """Have systemctl say this of every unit."""
        self._unit.write_text(state)

    def shut_down(self) -> None:
        """Have systemctl say that the host is going down."""
        self._says.write_text("stopping")

    def calls(self) -> list[str]:
        """Return how systemctl was called, each after whether the app's lock was held."""
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    def command(self, *words: str) -> list[str]:
        """Return a command line of the host program."""
        folders = ["--state-folder", str(self.state.parent), "--run-folder", str(self.run)]
        return [sys.executable, "-I", str(PROGRAM), *folders, *words]

    def changeover(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the host program to its end."""
        return subprocess.run(
            self.command(*words),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start the host program."""
        null, pipe = subprocess.DEVNULL, subprocess.PIPE
        return subprocess.Popen(
            self.command(*words), env=self.environment, stdin=null, stdout=pipe, text=True
        )

    def undo(self, *words: str) -> tuple[int, str]:
        """Run the undo as the guard does; return its exit status and what it said."""
        done = self.changeover("undo", "shop", *words)
        return done.returncode, done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        """Return what the host program tells of the app."""
        return dict(json.loads(self.changeover("status", "shop").stdout))

    def hold(
        self,
        changeover: str = "shop-1",
        *,
        settle: str = "",
        prefix: tuple[str, ...] = (),
        **request: Any,
    ) -> Peer:
        """Start a hold and ask it to open a changeover."""
        peer = Peer([*prefix, *self.command("hold", "shop")], self.environment)
        self.peers.append(peer)
        about = {
            "id": changeover,
            "kind": "release",
            "operator": "ann",
            "controller": "laptop",
            "from": {"release": "r1", "commit": "c1"},
            "to": {"release": "r2", "commit": "c2"},
            "schema_before": ["a1"],
            "closing": "maintenance.close",
            "settle": settle,
        }
        asked = {
            "version": self.changeover("version").stdout.strip(),
            "silence": PATIENCE,
            "saw_open": False,
            "generation": "",
            "stamp": "",
            "scope": f"changeover-{changeover}.scope",
            "about": about,
        }
        peer.say(json.dumps(asked | request))
        return peer

    def open(self, changeover: str = "shop-1", **more: Any) -> Peer:
        """Open a changeover."""
        peer = self.hold(changeover, **more)
        opened, _ = peer.answer("opened")
        assert opened == changeover
        return peer

    def ledger(self) -> list[dict[str, Any]]:
        """Return the ledger's records that the host program reads."""
        return list(self.status()["ledger"])

    def outcomes(self) -> list[tuple[str, str]]:
        """Return id and outcome of each changeover that the ledger knows."""
        return [(record["id"], record["outcome"]) for record in self.ledger()]

    def journal(self) -> list[str]:
        """Return what there is of a journal, under whatever name."""
        kept = ("ledger.jsonl", "stuck")
        return sorted(path.name for path in self.state.iterdir() if path.name not in kept)

    def is_free(self) -> bool:
        """Tell whether nobody holds the app."""
        return self.status()["holder"] is None

    def wait_until(self, happens: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not happens():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def wait_for(self, path: Path, text: str = "") -> None:
        """Wait until a file is there, with some text in it."""
        self.wait_until(lambda: path.exists() and text in path.read_text())

    def close(self) -> None:
        """End what still runs."""
        for peer in self.peers:
            peer.kill()

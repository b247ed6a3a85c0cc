"""The commit to release, resolved once a run: on the controller, else on the first host."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import gevent
from gevent.lock import RLock
from pyinfra import logger
from pyinfra.api import FactBase
from pyinfra.api.host import Host
from typing_extensions import override

from changeover.facts import run
from changeover.host.tree.login import hidden
from changeover.plans.commit import FINAL, Commit, Source, parse_commit, resolve_script
from changeover.plans.paths import FETCH_USER, PROGRAMS, Paths
from changeover.plans.script import SHELL

_SECONDS = 60
# with submodules, each of a server of its own
_LOOK_SECONDS = 600
TREE = (sys.executable, "-I", "-m", "changeover.host.tree.cli")
"""How the program that looks at a commit is called on the controller."""
# a login comes on standard input, and is lent as the deploy key is
_LENT = """login=$(mktemp /run/changeover-login.XXXXXXXX); trap 'rm -f "$login"' EXIT
cat > "$login"
"""
# of ssh, and of the servers that let it in first
_DENIED = (
    *("permission denied", "host key verification failed", "access denied", "may only read"),
    *("not found", "does not exist", "could not be found", "not authorized", "not allowed"),
    *("authentication failed", "returned error: 403"),
)

_lock = RLock()


@dataclass(frozen=True)
class Unresolved:
    """Why a ref is no commit."""

    why: str
    final: bool = False
    """The repository itself said so: nobody else needs to be asked."""
    denied: bool = False
    """The server refused the deploy key, or is not the pinned one: a host would fare the same."""


class ResolvedCommit(FactBase[Commit | Unresolved]):
    """
    Returns the commit that a ref means to this host, or why there is none.

    + source: repository, ref and paths
    + app: name of the app, whose deploy key is used

    .. code:: python

        Commit(id="0123456789abcdef0123456789abcdef01234567", committed=1767268800, objects={})
    """

    shell_executable = SHELL

    @staticmethod
    @override
    def default() -> Commit | Unresolved:
        """Return the answer for a host that gave none."""
        return Unresolved("its own look at the repository failed")

    @override
    def command(self, source: Source, app: str) -> str:
        """Return the script, run as the user that fetches code; it always succeeds."""
        paths = Paths(app)
        cache = f"{paths.root}/.refs.git"
        inner = resolve_script(source, app, "", cache, [f"{PROGRAMS}/tree"])
        walls = f"fetch --app {app} --task resolve-$$ --folder {cache} --write {cache} --network"
        key = f"{paths.configuration}/deploy_key"
        lent = f"{_LENT}key+=' --credential login:'$login\n" if source.login else ""
        return (
            f"[ -x {PROGRAMS}/tree ] && [ -d {paths.mirror} ]"
            " || { echo is not provisioned yet; exit 0; }\n"
            f"install -d -m 0755 -o {FETCH_USER} -g {FETCH_USER} {cache}\n"
            f"key=; [ ! -f {key} ] || key='--credential deploy_key:{key}'\n"
            f"{lent}"
            # behind walls nothing comes on standard input
            f"inner=$(cat << 'CHANGEOVER'\n{inner}CHANGEOVER\n)\n"
            f'{PROGRAMS}/sandbox run {walls} $key -- {SHELL} -c "$inner" 2>&1 || true'
        )

    @override
    def process(self, output: list[str]) -> Commit | Unresolved:
        """Parse the commit; what is none is the reason."""
        try:
            found = parse_commit(output)
        except ValueError:
            found = None
        if found and found.parts:
            return found
        return Unresolved(hidden(output[-1]) if output else "git said nothing")


def resolve(
    source: Source,
    app: str,
    deploy_key: str | None,
    first: Host,
    further: Callable[[Commit], Source] | None = None,
) -> Commit | Unresolved:
    """
    Return the commit for this run, or why it cannot be known.

    The first answer holds for every host of the run. ``first`` is the host that is asked where
    the controller has no access; a failure there is asked again, as provisioning may mend it.
    ``further`` tells what is to be asked of a commit, once more of it is known.
    """
    found = _resolved_once(source, app, deploy_key, first, tell=True)
    while further and isinstance(found, Commit):
        more = replace(further(found), ref=found.id)
        if found.objects.keys() >= set(more.paths) and found.texts.keys() >= set(more.texts):
            break
        found = _resolved_once(more, app, deploy_key, first)
    return found


def _resolved_once(
    source: Source, app: str, deploy_key: str | None, first: Host, *, tell: bool = False
) -> Commit | Unresolved:
    with _lock:
        if source not in run.this.commits:
            found = ask(source, app, deploy_key).get()
            if isinstance(found, Unresolved) and not found.final:
                said = first.get_fact(ResolvedCommit, source=source, app=app, **_told(source))
                if isinstance(said, Unresolved):
                    denied = bool(deploy_key or source.login) and _is_denied(found)
                    told = hidden(said.why, source.login)
                    why = f"the controller: {found.why}; {first.name}: {told}"
                    return Unresolved(why, denied=denied)
                found = said
            if isinstance(found, Commit) and tell:
                logger.info(f"{app}: {source.ref} is {found.id[:12]}, release {found.release}")
            run.this.commits[source] = found
        return run.this.commits[source]


def _told(source: Source) -> dict[str, Any]:
    return {"_stdin": StringIO(source.login)} if source.login else {}


def denied(source: Source, app: str, deploy_key: str | None) -> str:
    """Return what the server said where it refused the deploy key or the login, else ""."""
    found = ask(source, app, deploy_key).get() if deploy_key or source.login else None
    return found.why if isinstance(found, Unresolved) and _is_denied(found) else ""


def _is_denied(found: Unresolved) -> bool:
    return not found.final and any(words in found.why.lower() for words in _DENIED)


def ask(
    source: Source, app: str, deploy_key: str | None
) -> "gevent.Greenlet[..., Commit | Unresolved]":
    """
    Begin to resolve the commit on the controller, once a run.

    Whatever paths are asked of it, the repository's server is asked once: a connection to it takes
    half a second, time enough to load all else.
    """
    if source not in run.this.asked:
        run.this.asked[source] = gevent.spawn(_on_controller, source, app, deploy_key)
        gevent.sleep(0)  # it begins now, not when somebody next waits: there is much to load yet
    return run.this.asked[source]


def _on_controller(source: Source, app: str, deploy_key: str | None) -> Commit | Unresolved:
    if source.paths:
        found = ask(
            replace(source, paths=(), folders=(), directory="", texts=()), app, deploy_key
        ).get()
        if isinstance(found, Unresolved):
            return found
        source = replace(source, ref=found.id)  # it is in the cache now
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "changeover"
    # the script leaves this folder
    key = str(Path(deploy_key).expanduser().absolute()) if deploy_key else ""
    text = resolve_script(source, app, key, str(cache / f"{app}.git"), TREE)
    seconds = _LOOK_SECONDS if source.paths else _SECONDS
    try:
        answer = subprocess.run(
            [*SHELL.split(), "-c", text],
            input=source.login,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if answer.returncode == 0:
            return parse_commit(answer.stdout.splitlines())
        why = hidden(" ".join(answer.stderr.split()), source.login) or "git failed without a word"
        return Unresolved(why, final=answer.returncode == FINAL)
    except subprocess.TimeoutExpired:
        return Unresolved(f"no answer from {source.repository} in {seconds} s")

"""A look at an app on a host: its view is read once, until a step acts."""

from collections.abc import Collection, Sequence
from io import StringIO

from pyinfra import host, state
from pyinfra.api.host import Host

from changeover.facts import run
from changeover.facts.commit import Unresolved, denied, resolve
from changeover.facts.database import CandidateDatabaseState
from changeover.facts.environment import DifferingKeys, WantedEnvironment, wanted_environment
from changeover.facts.program import site_include
from changeover.facts.snapshot import AppSnapshot
from changeover.operations.view import View
from changeover.operations.wait import wait_for_undo
from changeover.plans import candidate_database, databases, migrations, rollback, target, tls
from changeover.plans.paths import Paths
from changeover.plans.probe import question, sent
from changeover.plans.rollback import RollbackRequest
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Rollback, Target
from changeover.settings.app import App
from changeover.settings.load import SettingsError, load_host, load_values
from changeover.settings.names import host_name
from changeover.settings.values import Values


class UnseenError(Exception):
    """A view cannot be had; each line of ``problems`` says why."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the lines."""
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def look(app: App) -> View:
    """Return the view of the app on the current host. Raises UnseenError when it cannot be had."""
    key = (host.name, app.name, state.is_executing)
    if key not in run.this.views:
        run.this.views[key] = _read(app)
        run.this.generations.setdefault(key[:2], run.this.views[key].snapshot.generation)
    return run.this.views[key]


def seen() -> dict[tuple[str, str], View]:
    """Return every view of this stage that is fresh, by host and app."""
    return {key[:2]: view for key, view in run.this.views.items() if key[2] == state.is_executing}


def request_rollback(app: App, request: RollbackRequest) -> None:
    """Take the app on the current host back, in this run, instead of releasing it."""
    run.this.rollback_requests[host.name, app.name] = request


def rollback_request(app: App) -> RollbackRequest | None:
    """Return how the app is taken back, None where it is released."""
    return run.this.rollback_requests.get((host.name, app.name))


def is_only_told(app: str) -> bool:
    """Tell whether this run only says which ways back there are for the app of that name."""
    found = [
        request.method for (_, name), request in run.this.rollback_requests.items() if name == app
    ]
    return bool(found) and not any(found)


def generation_first_seen(app: App) -> str:
    """Return the changeover that was committed last when this run first looked at the host."""
    return run.this.generations[host.name, app.name]


def start_over(app: App) -> None:
    """Look at the host as if for the first time: what was seen of the app may have been undone."""
    run.this.generations.pop((host.name, app.name), None)
    forget()


def forget() -> None:
    """Read anew at the next look: a step has changed the host, for all of its apps."""
    for key in [key for key in run.this.views if key[0] == host.name]:
        del run.this.views[key]


def _read(app: App) -> View:
    try:
        migrations.of(app)
        values = load_values(app.name, host.data.dict())
        acme = values.tls == tls.ACME
        authority = tls.authority(load_host(host.data.dict())) if acme else None
    except SettingsError as error:
        raise UnseenError(error.problems) from None
    included = "" if rollback_request(app) else _included(values)
    asked = question(Target(app, values, None, site_include=included))
    snapshot = wait_for_undo(
        app.name,
        Paths(app.name).lock,
        lambda: host.get_fact(AppSnapshot, question=asked, _stdin=StringIO(sent())),
    )
    if snapshot is None:
        raise UnseenError(["the host did not answer the probe"])
    first = _first(app)
    if request := rollback_request(app):
        back = _back(app, snapshot, request)
        wanted = WantedEnvironment({})  # it needs neither secrets nor the repository
        return View(Target(app, values, back.commit, back, port=snapshot.port), snapshot, wanted)
    wanted = wanted_environment(app.name, values, host.groups)
    differing = _differing(app, values, wanted, snapshot)
    snapshot = _with_candidate(Target(app, values, None), snapshot, wanted, differing)
    source = target.source(app, values)
    commit = resolve(
        source, app.name, values.deploy_key, first, lambda found: target.source(app, values, found)
    )
    unresolved = commit if isinstance(commit, Unresolved) else None
    return View(
        target=Target(
            app,
            values,
            None if isinstance(commit, Unresolved) else commit,
            site_include=included,
            port=snapshot.port,
        ),
        snapshot=snapshot,
        wanted=wanted,
        unresolved=unresolved,
        denied=denied(source, app.name, values.deploy_key),
        rivals={other: _site_names(other) for other in host.groups if other != app.name},
        differing=differing,
        authority=authority,
        elsewhere="" if first.name == host.name else first.name,
    )


def _with_candidate(
    target: Target, snapshot: Snapshot, wanted: WantedEnvironment, differing: Collection[str]
) -> Snapshot:
    """Ask for the data of a URL that the probe cannot know: the host has yet to get it."""
    url = wanted.values.get(databases.key(target))
    if not url or not candidate_database.asks(target, snapshot, differing):
        return snapshot
    located = databases.locate(url, target)
    if located.problem:
        return snapshot
    line = WantedEnvironment({databases.key(target): url}).lines()
    asked = host.get_fact(
        CandidateDatabaseState,
        question=question(target),
        local_server=located.place.provisioned,
        _stdin=StringIO(sent() + line),
    )
    return candidate_database.seen(snapshot, asked)


def _included(values: Values) -> str:
    """Return what the site includes; preflight names what is wrong with it, and stops the host."""
    try:
        return site_include(values)
    except ValueError:
        return ""


def _back(app: App, snapshot: Snapshot, request: RollbackRequest) -> Rollback:
    key = (host.name, app.name)
    if key not in run.this.rollbacks:
        try:
            run.this.rollbacks[key] = rollback.back(app, snapshot, request)
        except ValueError as error:
            raise UnseenError([f"{app.name}: {error}"]) from None
    return run.this.rollbacks[key]


def _site_names(app: str) -> tuple[str, ...]:
    names = [host.data.get(f"{app}_domain"), *(host.data.get(f"{app}_aliases") or ())]
    return tuple(_spelt(name) for name in names if isinstance(name, str))


def _spelt(name: str) -> str:
    try:
        return host_name(name)
    except ValueError:
        return name  # that app itself is refused for it


def _differing(
    app: App, values: Values, wanted: WantedEnvironment, snapshot: Snapshot
) -> tuple[str, ...]:
    named = {key: wanted.values[key] for key in values.env_update if key in wanted.values}
    if not named or snapshot.env_mode is None:
        return tuple(named)
    lines = WantedEnvironment(named).lines()
    target = Target(app, values, None)
    found = host.get_fact(DifferingKeys, target=target, _stdin=StringIO(lines))
    if found is None:
        raise UnseenError([f"{target.paths.env_file}: the host did not say which keys differ"])
    return tuple(found)


def _first(app: App) -> Host:
    """Return the first host of the inventory, in its order, that carries the app."""
    carriers = [other for other in state.inventory if app.name in other.groups]
    return carriers[0] if carriers else state.inventory.get_host(host.name)

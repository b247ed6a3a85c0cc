"""Everything that can be seen to be wrong before anything is touched."""

import re
from collections.abc import Iterator

from changeover.host.changeover.lock import UNDO_SECONDS
from changeover.plans import (
    backup,
    budget,
    candidate_database,
    databases,
    environment,
    live,
    migrations,
    pending,
    processes,
    rollback_methods,
    site,
    time_limits,
)
from changeover.plans.commit import Commit
from changeover.plans.paths import FETCH_USER
from changeover.plans.provision import accounts
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import (
    Target,
    folders_of_links,
    folders_of_migrations,
    in_repository,
)

_CLOCK_SECONDS = 300
_OWN_CERTIFICATE = re.compile(r"/etc/changeover/\w+/tls/current/")


def problems(
    target: Target, snapshot: Snapshot, *, now: int, database_url: str | None
) -> list[str]:
    """Return a line for each problem: what, what is wrong, what to do. Empty: go on."""
    if target.rollback:
        return list(_host(snapshot, now))  # a way back asks for as little as possible
    return [
        *_host(snapshot, now),
        *_held(target, snapshot),
        *budget.problems(target, snapshot),
        *_foreign(target, snapshot),
        *environment.unread(target, snapshot),
        *_commit(target),
        *_parts(target, snapshot),
        *_database(target, snapshot, database_url),
        *_nginx(target, snapshot),
        *_refused(target),
    ]


def _host(snapshot: Snapshot, now: int) -> Iterator[str]:
    if snapshot.uid != 0:
        yield "access: the connection has no root rights; set _sudo = True for this host"
    if snapshot.system.split(" ")[0] not in ("debian", "ubuntu"):
        yield f"system: {snapshot.system or 'unknown'}; Changeover needs Debian or Ubuntu"
    if not snapshot.systemd:
        yield "system: systemd does not run as PID 1; Changeover needs it"
    if abs(snapshot.clock - now) > _CLOCK_SECONDS:
        yield f"clock: {snapshot.clock - now:+} s against the controller; set it right first"


def _held(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield who releases the app at this moment: what this run sees would not stay so."""
    app = target.app.name
    if live.is_live(snapshot):
        yield live.describe(app, snapshot)
    elif live.is_ending(snapshot):  # it was waited for
        yield (
            f"{app}: {live.describe_holder(app, snapshot)}, still works after"
            f" {UNDO_SECONDS:.0f} s: deploys/status.py tells how it ends; run again then"
        )


def _foreign(target: Target, snapshot: Snapshot) -> Iterator[str]:
    for found in snapshot.foreign:
        kind, _, path = found.partition(" ")
        yield f"{path}: a {kind} that Changeover did not make is in the way; move it away first"
    name = target.app.name
    if name in snapshot.users and snapshot.users[name] != accounts.comment(name):
        yield f"user {name}: exists already and is not ours; rename it or the app"
    for user, ours in (
        (FETCH_USER, accounts.FETCH_COMMENT),
        (target.paths.build_user, accounts.build_comment(name)),
    ):
        if snapshot.users.get(user, ours) != ours:
            yield f"user {user}: exists already and is not ours; builds would have its rights"
    if name == FETCH_USER:
        yield f"{name}: an app cannot have the name of the user that fetches code"


def _commit(target: Target) -> Iterator[str]:
    app, commit, values = target.app, target.commit, target.values
    if commit is None:
        return
    if commit.objects.get(in_repository(values, ".")) is None:
        yield f"{app.name}_directory: {values.directory} is not in commit {commit.id[:12]}"
        return
    yield from _links(target, commit)
    installed = (target.python_packages, target.node_packages)
    wanted = [path for one in installed if one for path in one.required]
    wanted += [app.build.directory] if app.build else []
    engine = migrations.of(app)
    wanted += engine.sources if engine and target.has_migrations else []
    for path in wanted:
        if target.object_of(path) is None:
            yield f"{path}: not in commit {commit.id[:12]} ({values.ref}); commit it"
    for inputs in target.inputs:
        yield from inputs.problems


def _links(target: Target, commit: Commit) -> Iterator[str]:
    app, values = target.app, target.values
    for folder in folders_of_links(app, values):
        if in_repository(values, folder) in commit.links:
            yield (
                f"{folder}: a symbolic link in commit {commit.id[:12]} ({values.ref}), and what is"
                " below it is shared, made or served: it would lead out of the release; make it a"
                f" folder in the repository, or name another path ({app.name}_shared, or static in"
                " the deploy file's Site)"
            )
    for folder in folders_of_migrations(app):
        if in_repository(values, folder) in commit.links:
            yield (
                f"{folder}: a symbolic link in commit {commit.id[:12]} ({values.ref}), so"
                " nobody can tell which migrations it has; name the folder that it leads to in the"
                f" deploy file's {type(app.migrations).__name__}"
            )


def _parts(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield what the commit needs beside its own repository and cannot have."""
    app, commit, values = target.app.name, target.commit, target.values
    if commit is None or commit.parts is None:
        return
    parts, named = commit.parts, f"commit {commit.id[:12]} ({values.ref})"
    yield from (f"{named}: {problem}" for problem in parts.problems)
    megabytes, allowed = parts.kilobytes // 1024, values.build_disk_megabytes
    if megabytes > allowed:
        yield (
            f"{named}: its files on a Git LFS server take {megabytes} MB,"
            f" {app}_build_disk_megabytes allows {allowed}; raise it, or take some out"
        )
    release = snapshot.releases.get(target.release or "")
    if release and not release.whole and (parts.submodules or parts.large):
        yield (
            f"{named}: an earlier version of Changeover made its release, without submodules and"
            " content of large files; release another commit (git commit --allow-empty makes one)"
        )


def _database(target: Target, snapshot: Snapshot, url: str | None) -> Iterator[str]:
    if target.app.database is None:
        return
    key = databases.key(target)
    # a release without migrations is from before the database
    if url and (target.commit is None or target.has_migrations or not target.app.migrations):
        located = databases.locate(url, target)
        if located.problem:
            yield f"{key}: {located.problem}"
        yield from candidate_database.problems(target, snapshot, located.name)
        if located.locked_out and url != snapshot.database_url:
            yield f"{key}: {located.locked_out}"
    yield from _unusable(target, snapshot, url)
    yield from unknown_revisions(target, snapshot)
    yield from blocked(target, snapshot)
    if snapshot.backups and pending.names(target, snapshot):
        # the next one will take about as long as the newest did
        refusal = time_limits.refusal(target, snapshot.backups[-1])
        yield from [refusal] if refusal else []


def _unusable(target: Target, snapshot: Snapshot, url: str | None) -> Iterator[str]:
    found = snapshot.database
    yield from candidate_database.unusable(target, snapshot, url)
    if found and found.foreign and backup.decide(target, snapshot).needed:
        for line in found.foreign.splitlines():
            yield f"{found.path}: cannot be backed up: {line}"


def unknown_revisions(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield a line when the database is at a revision that the release does not know."""
    found = pending.unknown(target, snapshot)
    if found:
        yield (
            f"database: is at {', '.join(found)}, which {target.values.ref} does not know;"
            f" release a commit that has it, or {_way_back(target, snapshot)}"
        )


def blocked(target: Target, snapshot: Snapshot) -> Iterator[str]:
    """Yield a line for each step because of which the engine says that no other may be taken."""
    found = pending.judgement(target, snapshot)
    for one in found.refused if found else ():
        yield f"database: {one.said}; mend it, or go back to a backup (deploys/rollback.py)"


def _way_back(target: Target, snapshot: Snapshot) -> str:
    """Return how one gets to a release that does not know the schema."""
    release = snapshot.releases.get(target.release or "")
    if release is None or not release.committed:
        return "one that served here: deploys/rollback.py says which ways back there are"
    found = [
        way.name
        for way in rollback_methods.methods(target.app, snapshot, release)
        if not way.problem
    ]
    to = f"deploys/rollback.py --data rollback_to={release.commit[:12]}"
    if not found:
        return f"another that served here: {to} says why there is no way back to this one"
    return f"go back: {to} --data rollback={' or '.join(found)}"


def _nginx(target: Target, snapshot: Snapshot) -> Iterator[str]:
    # a package that was stopped half-way lacks its files until this run has completed it
    error = snapshot.nginx_error if "nginx" in snapshot.packages else None
    # publishing the site makes the certificate that is missing
    if error and not _OWN_CERTIFICATE.search(error):
        yield f"nginx: its configuration is broken ({error}); mend it first"
    ours = {target.paths.site, target.paths.site_enabled}
    for name in (target.values.domain, *target.values.aliases):
        for file, names in snapshot.server_names.items():
            if file not in ours and name in names:
                yield f"{name}: {file} serves it already; remove it there or choose another name"


def _refused(target: Target) -> Iterator[str]:
    """Yield what neither nginx nor what runs the app could be told."""
    for text in (lambda: site.wanted(target), lambda: processes.of(target.app).check(target)):
        try:
            text()
        except ValueError as error:
            yield f"{target.app.name}: {error}"

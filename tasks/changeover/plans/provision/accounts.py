"""Users and folders of an app."""

from changeover.plans.decision import Decision, done, todo
from changeover.plans.paths import FETCH_USER, SHARED_LOCK
from changeover.plans.script import script
from changeover.plans.snapshot import Snapshot
from changeover.plans.target import Target

FETCH_COMMENT = "Changeover fetches releases"


def comment(app: str) -> str:
    """Return the comment that marks an app's user as ours."""
    return f"Changeover app {app}"


def build_comment(app: str) -> str:
    """Return the comment that marks the user who builds an app as ours."""
    return f"Changeover builds {app}"


def _folders(target: Target) -> dict[str, str]:
    paths, app, build = target.paths, target.app.name, target.paths.build_user
    return {
        paths.root: "root root 755",
        paths.releases: "root root 755",
        paths.environments: "root root 755",
        paths.builds: "root root 755",
        paths.mirror: f"{FETCH_USER} {FETCH_USER} 755",
        paths.cache: f"{build} {build} 700",
        paths.shared: f"root {app} 1770",
        paths.state: "root root 711",
        paths.backups: "root root 700",
        paths.configuration: "root root 700",
    }


def decide_accounts(target: Target, snapshot: Snapshot) -> Decision:
    """Decide whether users or folders have to be made or mended."""
    users = (FETCH_USER, target.paths.build_user, target.app.name)
    missing = [name for name in users if name not in snapshot.users]
    wrong = [p for p, owner in _folders(target).items() if snapshot.folders.get(p) != owner]
    if missing or wrong:
        return todo(f"to make or mend: {' '.join(missing + wrong)}")
    return done("users and folders are as they should be")


def accounts_script(target: Target) -> str:
    """Return the script that makes users and folders."""
    paths = target.paths
    return script(
        "provision/accounts",
        functions=("plain", "provision/shared"),
        shared_lock=SHARED_LOCK,
        env_file=paths.env_file,
        app=target.app.name,
        comment=comment(target.app.name),
        fetch_user=FETCH_USER,
        fetch_comment=FETCH_COMMENT,
        build_user=paths.build_user,
        build_comment=build_comment(target.app.name),
        mirror=paths.mirror,
        cache=paths.cache,
        root=paths.root,
        releases=paths.releases,
        environments=paths.environments,
        builds=paths.builds,
        shared=paths.shared,
        state=paths.state,
        backups=paths.backups,
        configuration=paths.configuration,
    )

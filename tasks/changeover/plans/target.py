"""What is wanted: one app, its values and the pinned commit, and every name derived from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath

from changeover.plans import migrations, packages
from changeover.plans.commit import Commit, Source
from changeover.plans.digest import digest
from changeover.plans.inputs import build as build_inputs
from changeover.plans.inputs.tree import Inputs, Tree, join
from changeover.plans.packages.protocol import Manager
from changeover.plans.paths import Paths
from changeover.plans.rollback_methods.method import Method
from changeover.plans.snapshot import Release
from changeover.settings.app import App
from changeover.settings.values import Values


@dataclass(frozen=True)
class Rollback:
    """A rollback: the release on the host that it leads to, and how."""

    release: Release
    method: Method

    @property
    def commit(self) -> Commit:
        """The release's commit; its paths are not asked of git, as all they led to is there."""
        time = datetime.strptime(self.release.name.partition("-")[0], "%Y%m%dT%H%M%SZ")
        return Commit(self.release.commit, int(time.replace(tzinfo=UTC).timestamp()), {})

    @property
    def python_key(self) -> str | None:
        """Name of the Python environment that the release is linked to."""
        link = self.release.links.get(".venv")
        return link.rpartition("/")[2] if link else None


@dataclass(frozen=True)
class Target:
    """The wanted state of one app on one host."""

    app: App
    values: Values
    commit: Commit | None
    """None where it could not be resolved yet; everything that depends on it counts as to do."""
    rollback: Rollback | None = None
    """Set where this run takes the app back instead of releasing it."""
    site_include: str = field(default="", repr=False)
    """Text of the file of the operator's that the site includes; "" where there is none."""
    port: int = 0
    """The port of the app alone on the host; 0 where none was chosen yet, or none is needed."""

    @property
    def paths(self) -> Paths:
        """The app's paths on the host."""
        return Paths(self.app.name)

    @property
    def release(self) -> str | None:
        """Name of the wanted release."""
        return self.commit.release if self.commit else None

    @property
    def release_path(self) -> str | None:
        """Folder of the wanted release."""
        return f"{self.paths.releases}/{self.release}" if self.commit else None

    def object_of(self, path: str) -> str | None:
        """Return git's object id of a path of the app in the commit, None where it is not."""
        return self.tree.object_of(path)

    @property
    def tree(self) -> Tree:
        """The app's folder in the commit."""
        return Tree(self.commit, self.values.directory)

    @cached_property
    def python_packages(self) -> Manager | None:
        """What installs the app's Python packages."""
        return packages.of(self.app.python, self.tree)

    @cached_property
    def node_packages(self) -> Manager | None:
        """What installs the app's Node packages."""
        return packages.of(self.app.node, self.tree)

    @cached_property
    def build_inputs(self) -> Inputs:
        """What of the app its build is made from."""
        return build_inputs.inputs(self.app, self.tree)

    @property
    def inputs(self) -> tuple[Inputs, ...]:
        """All that something is made from."""
        installed = (self.python_packages, self.node_packages)
        return (*(one.inputs for one in installed if one), self.build_inputs)

    @property
    def python_key(self) -> str | None:
        """Name of the Python environment: the same lock, with all that it names, the same name."""
        if self.rollback:
            return self.rollback.python_key
        return self._key(self.python_packages)

    @property
    def node_key(self) -> str | None:
        """Name of the node_modules: the same lock, with all that it names, the same name."""
        # a release that is gone back to shows what it was built with
        return None if self.rollback else self._key(self.node_packages)

    def _key(self, manager: Manager | None) -> str | None:
        return manager.key(self.release) if manager and self.release else None

    def build_key(self, public: Mapping[str, str]) -> str | None:
        """Name of the built assets: the same sources, packages and public values, the same name."""
        if not (self.app.build and self.commit) or self.rollback:
            return None  # a release that is gone back to shows what it was built with
        build, found = self.app.build, self.build_inputs
        used = {key: public[key] for key in sorted(public) if key.startswith(build.public_prefix)}
        parts: list[object] = [found.objects(self.tree), self.node_key]
        parts += [build.directory, build.command, build.output, used]
        parts += [self.release] if found.in_place else []
        parts += ["of its own", *build.caches] if build.caches else []
        parts += [self.python_key] if build.as_app else []
        return f"build-{digest(*parts)}"

    @property
    def has_migrations(self) -> bool:
        """Tell whether the commit has migrations at all."""
        if self.rollback:
            return bool(self.rollback.release.migrations)
        engine = migrations.of(self.app)
        return engine is not None and self.object_of(engine.marker) is not None

    @property
    def migrations_object(self) -> str | None:
        """What tells one migration history from another."""
        engine = migrations.of(self.app)
        return engine.history_key(self) if engine else None


def in_repository(values: Values, path: str) -> str:
    """Return where a path of the app is in its repository."""
    return Tree(None, values.directory).in_repository(path)


def source(app: App, values: Values, commit: Commit | None = None) -> Source:
    """
    Return what has to be asked of the repository for this app.

    Files name others, so the more is known of the commit, the more there may be to ask.
    """
    target = Target(app, values, commit)
    inputs = target.inputs
    wanted = [".", *(path for one in inputs for path in one.asked)]
    engine = migrations.of(app)
    wanted += [*engine.sources, *engine.hints] if engine else []
    paths = dict.fromkeys(in_repository(values, path) for path in wanted)
    texts = dict.fromkeys(in_repository(values, path) for one in inputs for path in one.texts)
    return Source(
        repository=values.address,
        login=values.login,
        ref=values.ref,
        paths=tuple(paths),
        texts=tuple(texts),
        folders=tuple(
            in_repository(values, folder)
            for folder in (*folders_of_links(app, values), *folders_of_migrations(app))
        ),
        known_hosts=values.known_hosts or "",
        directory=in_repository(values, "."),
    )


def folders_of_migrations(app: App) -> tuple[str, ...]:
    """Return the folders in which the engine's files lie: below a link git finds none of them."""
    engine = migrations.of(app)
    paths = (*engine.sources, *engine.hints) if engine else ()
    folders = [str(parent) for path in paths for parent in PurePosixPath(path).parents]
    return tuple(dict.fromkeys(folder for folder in folders if folder != "."))


def folders_of_links(app: App, values: Values) -> tuple[str, ...]:
    """
    Return the folders of a release, relative to the app, that must be no links of the commit.

    Below them links are made, or nginx serves files.
    """
    paths = [path.rstrip("/") for path in values.shared]
    paths += [join(app.node.directory, "node_modules")] if app.node else []
    paths += [app.build.place] if app.build else []
    folders = [str(parent) for path in paths for parent in PurePosixPath(path).parents]
    static = (app.site.static or ".").rstrip("/")
    if static not in paths:  # else it is replaced by a link of ours
        folders += [static, *map(str, PurePosixPath(static).parents)]
    return tuple(dict.fromkeys(folder for folder in folders if folder != "."))

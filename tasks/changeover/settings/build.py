"""What of an app is built."""

from pydantic import field_validator

from changeover.settings.base import RelativePath, Strict


class Build(Strict):
    """A front end or other files that are built once for each content, and shared by releases."""

    directory: RelativePath = "frontend"
    """Where the command runs, relative to the app. The build is made from this folder."""
    reads: tuple[RelativePath, ...] = ()
    """Further files and folders that it reads, relative to the app. Nothing else is there. An app
    with workspaces has everything in the folder of its lock file."""
    command: str = "npm run build"
    """The shell command that builds."""
    output: RelativePath = "dist"
    """What the command makes, relative to ``directory``. Files that the commit has there are
    there when the command runs. A release has the output as real files in its own folder, so that
    code in it finds the packages and the files beside it."""
    public_prefix: str = "VITE_"
    """Keys of the environment that begin with this are public. They reach the build, and a change
    of one builds again."""
    network: bool = False
    """True if the command needs the network. Otherwise it has none."""
    as_app: bool = False
    """True if the command needs the app's own packages and its whole environment, as Django's
    ``collectstatic`` does. It runs again for each commit, as any code may bring files."""
    caches: tuple[RelativePath, ...] = ()
    """Folders of the output that the running app may write, such as ``cache`` of Next.js's
    ``.next``. They are empty at first. Each build has its own, and they are removed with it. What
    is in them may be lost at any time."""

    @field_validator("caches")
    @classmethod
    def _apart(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for number, path in enumerate(paths):
            others = (*paths[:number], *paths[number + 1 :])
            if path == "." or any(f"{path}/".startswith(f"{one}/") for one in others):
                raise ValueError(f"{path}: expected folders of the output, none within another")
        return paths

    @field_validator("output")
    @classmethod
    def _below(cls, path: str) -> str:
        if path == ".":
            raise ValueError("expected a path below directory, such as dist")
        return path

    @property
    def place(self) -> str:
        """Where the output is, relative to the app."""
        return self.output if self.directory == "." else f"{self.directory}/{self.output}"

"""A host that can carry the app."""

from changeover.operations import provision
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("Provision")
def converge(app: App) -> None:
    """Give the host what the app needs, and nothing that it does not."""
    provision.packages(name="Install packages", app=app)
    provision.accounts(name="Make users and folders", app=app)
    provision.programs(name="Install host programs", app=app)
    provision.port(name="Choose the app's port", app=app)
    provision.database(name="Make the database", app=app)
    provision.uv(name="Install uv", app=app)
    provision.node(name="Install Node", app=app)
    provision.access(name="Install the way to the repository", app=app)
    provision.large_files(name="Install git-lfs", app=app)

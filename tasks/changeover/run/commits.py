"""The commits of a run, asked for before anything is looked at."""

from contextlib import suppress

from pyinfra import host

from changeover.facts.commit import ask
from changeover.plans.commit import Source
from changeover.settings.load import SettingsError, load_values


def prefetch(app: str) -> None:
    """Begin to resolve the app's commit, unless its settings on this host are refused later."""
    with suppress(SettingsError):
        values = load_values(app, host.data.dict())
        source = Source(
            values.address, values.ref, (), values.known_hosts or "", login=values.login
        )
        ask(source, app, values.deploy_key)

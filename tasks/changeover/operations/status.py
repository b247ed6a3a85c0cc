"""Asking a host what is so, whatever else goes on there."""

from io import StringIO

from pyinfra import host

from changeover.facts.status import AppStatus
from changeover.host.changeover.words import version
from changeover.plans.probe import question, sent
from changeover.plans.status import Report, report
from changeover.plans.target import Target
from changeover.settings.app import App
from changeover.settings.load import SettingsError, load_values
from changeover.settings.values import Values

_SECONDS = 60


def ask(app: App) -> Report | None:
    """Return what the current host tells of an app, None where it does not answer."""
    values, problems = _values(app)
    target = Target(app, values, None)
    told = host.get_fact(
        AppStatus, question=question(target), _timeout=_SECONDS, _stdin=StringIO(sent())
    )
    if told is None:
        return None
    found = report(target, told, version())
    found["problems"] += problems
    return found


def _values(app: App) -> tuple[Values, list[str]]:
    """Return the app's settings; where they are wrong some that do, with what is wrong."""
    try:
        return load_values(app.name, host.data.dict()), []
    except SettingsError as error:
        return Values(repository="unknown", domain="unknown.invalid"), error.problems

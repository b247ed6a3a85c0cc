"""Asking a host what is so, whatever else goes on there."""

from pyinfra import host

from tasks.facts.program import program_version
from tasks.facts.status import AppStatus
from tasks.plans.paths import DEPLOY_USER
from tasks.plans.probe import Question
from tasks.plans.status import Report, report
from tasks.plans.target import Target
from tasks.settings.app import App
from tasks.settings.load import SettingsError, load_values
from tasks.settings.values import Values

_SECONDS = 60


def ask(app: App) -> Report | None:
    """Return what the current host tells of an app, None where it does not answer."""
    values, problems = _values(app)
    question = Question(
        app=app.name,
        packages=(),
        domain=values.domain,
        health_path=app.health.path,
        database_key=app.database.url if app.database else "DATABASE_URL",
        public_prefix="",
        deploy_user=DEPLOY_USER,
    )
    told = host.get_fact(AppStatus, question=question, _timeout=_SECONDS)
    if told is None:
        return None
    found = report(Target(app, values, None), told, program_version())
    found["problems"] += problems
    return found


def _values(app: App) -> tuple[Values, list[str]]:
    """Return the app's settings; where they are wrong some that do, with what is wrong."""
    try:
        return load_values(app.name, host.data.dict()), []
    except SettingsError as error:
        return Values(repository="unknown", domain="unknown.invalid"), error.problems

"""What an open site answers at its first page."""

from changeover.settings.app import App

_SERVER_ERROR = 500
_NOT_FOUND = 404


def opened(app: App, status: int) -> str:
    """
    Return why the status is none of an open site's, "" where it is.

    What the deploy file expects of ``/`` counts. Where it expects nothing, any answer of the app's
    does that is no failure: to whom is not logged in many apps show another page, or none.
    """
    declared = [one for one in app.health.expect if one.path == "/"]
    wanted = {code for one in declared for code in _codes(one.status)}
    if status in wanted:
        return ""
    if any(not one.since for one in declared):
        return f"/ answers {status} instead of {' or '.join(map(str, sorted(wanted)))}"
    if 0 < status < _SERVER_ERROR and status != _NOT_FOUND:
        return ""
    return f"/ answers {status}; where that is meant, declare Http(path='/', status={status})"


def _codes(status: int | tuple[int, ...]) -> tuple[int, ...]:
    return (status,) if isinstance(status, int) else status

"""
The certificate of an app's site.

    tls.certificate(name="Get the certificate", app=app, published=True)
"""

from pyinfra import host, logger, state
from pyinfra.api import operation

from changeover.facts import run
from changeover.operations.look import UnseenError, look
from changeover.operations.step import Commands, apply, refuse
from changeover.plans import tls
from changeover.settings.app import App


@operation()
def certificate(app: App, published: bool = True) -> Commands:
    """
    Have the certificate that the settings ask for in place, shown by nginx, and renewed.

    + app: the app, as its deploy file declares it
    + published: this run publishes the site before

    One that cannot be had (the ACME server is down, refuses, or does not come to an end within
    three minutes) leaves the one in place as it is. That is said, and fails only a run that ends
    with ``tls.agree``.
    """
    yield from apply(
        app,
        lambda v: tls.decide(
            v.target, v.snapshot, v.authority, published=published and not state.is_executing
        ),
        lambda v: tls.certificate_script(v.target, v.authority),
        needs_commit=False,
    )
    if state.is_executing:
        _tell(app)


def _tell(app: App) -> None:
    try:
        view = look(app)
    except UnseenError:
        return
    problem = tls.problem(view.target, view.snapshot, view.authority)
    if problem:
        run.this.missed_certificates[host.name, app.name] = problem
        host.log(problem, logger.warning)


@operation()
def agree() -> Commands:
    """Stop this host if a certificate could not be had."""
    missed = [
        problem for (name, _), problem in run.this.missed_certificates.items() if name == host.name
    ]
    if missed:
        yield refuse(*missed)
    else:
        host.noop("every certificate is as wanted, or comes with the next release")

"""The certificate that the app's site shows."""

from pyinfra import host

from changeover.operations import tls
from changeover.run.included import ONLY
from changeover.run.phase import phase
from changeover.settings.app import App


@phase("TLS")
def certificate(app: App) -> None:
    """Have the wanted certificate; what cannot be had is said and fails no release."""
    only = host.data.get(ONLY)
    published = only is None or "site" in only
    tls.certificate(name="Get the certificate", app=app, published=published)


def agree() -> None:
    """Stop a host, when all else is done, if a certificate could not be had there."""
    tls.agree(name="See that every certificate was had")

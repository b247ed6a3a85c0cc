"""
What drivers of PostgreSQL take from an app's environment where its URL does not say it.

What works with a database here goes by the URL alone. Where the URL leaves something to one of
these keys, the app may be in another database, or be another role.
"""

from .address import PARAMETERS, SCHEME, NoAddress, said

SERVICE = "PGSERVICE"
"""It names a file of parameters, which count wherever a URL does not say them."""
KEYS = {
    "PGHOST": "host",
    "PGPORT": "port",
    "PGDATABASE": "dbname",
    "PGUSER": "user",
    "PGPASSWORD": "password",
    "PGPASSFILE": "password",
    "PGOPTIONS": "options",
    "PGREQUIRESSL": "sslmode",
    **{key: parameter for parameter, key in PARAMETERS.items()},
}
"""Such keys, each with the parameter of a URL that counts more."""


def counting(url: str) -> list[str]:
    """Return the keys that count beside a URL; none beside one that no driver can read."""
    if not SCHEME.match(url):
        return []
    try:
        found = said(url, "it")
    except NoAddress:
        return []
    return [SERVICE, *(key for key, parameter in KEYS.items() if not found.get(parameter))]

"""Release a variant of hello, as deploys/hello.py releases it."""

from changeover import (
    activate,
    changeover,
    environment,
    fetch,
    health,
    preflight,
    provision,
    prune,
    service,
    site,
)
from tests.e2e.variant import app

preflight.check(app)
provision.converge(app)
changeover.begin(app)
fetch.release(app)
environment.prepare(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
health.through_site(app)
prune.old(app)

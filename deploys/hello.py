"""Hello: the smallest app, one file of Python and nothing else."""

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
    tls,
)
from changeover.settings.app import App, Web

app = App(name="hello", processes=(Web("/usr/bin/python3 app.py", listens="fd"),))

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
tls.certificate(app)
health.through_site(app)
prune.old(app)

"""Release a server that is built."""

from changeover import (
    activate,
    build,
    changeover,
    dependencies,
    environment,
    fetch,
    health,
    preflight,
    provision,
    prune,
    service,
    site,
)
from tests.e2e.built_app import app

preflight.check(app)
# the layer may be another lab's, which knows another origin
provision.converge(app)
changeover.begin(app)
fetch.release(app)
dependencies.install(app)
environment.prepare(app)
build.assets(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
prune.old(app)

"""Release an app with migrations, none of which is Python's."""

from changeover import (
    activate,
    backup,
    changeover,
    environment,
    fetch,
    health,
    maintenance,
    migrate,
    preflight,
    provision,
    prune,
    rehearse,
    service,
    site,
)
from tests.e2e.toy_steps_app import app

preflight.check(app)
# the layer may be another lab's, which knows another origin
provision.converge(app)
changeover.begin(app)
fetch.release(app)
environment.prepare(app)
rehearse.migrations(app)
maintenance.close(app)
service.quiesce(app)
backup.take(app)
migrate.forward(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
maintenance.reopen(app)
health.through_site(app)
prune.old(app)

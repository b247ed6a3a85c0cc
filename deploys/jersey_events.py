"""Jersey Events: Django under gunicorn, its migrations applied one named step at a time."""

from tasks import (
    activate,
    backup,
    build,
    changeover,
    dependencies,
    environment,
    fetch,
    health,
    maintenance,
    migrate,
    preflight,
    provision,
    prune,
    service,
    site,
)
from tasks.settings.app import App, Build, Database, Django, Python, Service, Site

app = App(
    name="jersey_events",
    python=Python(version="3.11", lock="requirements.txt"),
    build=Build(
        directory=".", command="./manage.py collectstatic --no-input", output="static", as_app=True
    ),
    database=Database(url="DATABASE_URL"),
    migrations=Django(
        settings="events.settings",
        backward_compatible=(
            "accounts.0003_add_sumup_oauth_fields",
            "accounts.0004_migrate_existing_artists_to_sumup",
        ),
    ),
    service=Service(command="gunicorn events.wsgi"),
    site=Site(static="static", static_prefix="/static/"),
    required_env=("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"),
)

preflight.check(app)
provision.converge(app)
changeover.begin(app)
fetch.release(app)
dependencies.install(app)
environment.prepare(app)
build.assets(app)
maintenance.close(app)
service.quiesce(app)
backup.verified(app)
migrate.forward(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
maintenance.reopen(app)
health.through_site(app)
prune.old(app)

"""Jersey Events: Django under gunicorn, its migrations applied one named step at a time."""

from changeover import (
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
    once,
    preflight,
    provision,
    prune,
    rehearse,
    service,
    site,
    tls,
    verify,
)
from changeover.settings.app import App, Build, Database, Django, Health, Python, Site, Web
from changeover.settings.expect import Check, Columns, Http, NoNulls, Once, OnlyValues, SameCount

ARTISTS = "accounts_artistprofile"
OAUTH = "accounts.0003_add_sumup_oauth_fields"
MOVED = "accounts.0004_migrate_existing_artists_to_sumup"
SUMUP_COLUMNS = {
    "sumup_access_token": "text",
    "sumup_refresh_token": "text",
    "sumup_token_type": "varchar(20)",
    "sumup_expires_at": "datetime",
    "sumup_scope": "varchar(255)",
    "sumup_merchant_code": "varchar(50)",
    "sumup_connected_at": "datetime",
    "sumup_connection_status": "varchar(20)",
}

app = App(
    name="jersey_events",
    python=Python(version="3.11", lock="requirements.txt"),
    build=Build(
        directory=".", command="./manage.py collectstatic --no-input", output="static", as_app=True
    ),
    database=Database(url="DATABASE_URL"),
    migrations=Django(
        settings="events.settings",
        backward_compatible=(OAUTH, MOVED),
    ),
    processes=(Web("gunicorn events.wsgi", listens="fd"),),
    site=Site(static="static", static_prefix="/static/"),
    health=Health(
        expect=(
            Http(path="/accounts/dashboard/", status=302, redirects_to="/accounts/login/"),
            Http(
                path="/accounts/sumup/connect/",
                status=302,
                redirects_to="/accounts/login/",
                since=OAUTH,
            ),
            Http(path="/accounts/sumup/callback/", status=(200, 302), since=OAUTH),
        )
    ),
    expectations=(
        Columns(table=ARTISTS, columns=SUMUP_COLUMNS, since=OAUTH),
        NoNulls(table=ARTISTS, column="sumup_connection_status", since=MOVED),
        OnlyValues(
            table=ARTISTS,
            column="sumup_connection_status",
            values=("not_connected", "connected", "expired", "error"),
            since=MOVED,
        ),
        SameCount(
            title="every artist has a user",
            query="select count(*) from accounts_artistprofile",
            equals="select count(*) from accounts_artistprofile p join accounts_user u"
            " on u.id = p.user_id",
        ),
    ),
    checks=(
        Check(command="manage.py check --database default"),
        Check(command="verify_migration.py", since=MOVED),
        Check(command="manage.py verify_sumup_with_a_throwaway_artist", since=MOVED),
    ),
    once=(
        Once(
            name="notify-artists-of-sumup",
            command="manage.py notify_artists_sumup_migration --approved-only",
            rehearse="manage.py notify_artists_sumup_migration --approved-only --dry-run",
            since=MOVED,
        ),
    ),
    required_env=("DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL"),
)

preflight.check(app)
provision.converge(app)
changeover.begin(app)
fetch.release(app)
dependencies.install(app)
environment.prepare(app)
build.assets(app)
rehearse.migrations(app)
maintenance.close(app)
service.quiesce(app)
backup.take(app)
migrate.forward(app)
verify.data(app)
activate.release(app)
service.restart(app)
site.publish(app)
health.local(app)
changeover.commit(app)
maintenance.reopen(app)
tls.certificate(app)
health.through_site(app)
prune.old(app)
once.run(app)

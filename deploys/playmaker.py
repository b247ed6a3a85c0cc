"""PlayMaker: FastAPI and Alembic on SQLite, a React front end built by Vite."""

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
from changeover.settings.app import (
    Alembic,
    App,
    Build,
    Database,
    Health,
    Node,
    Python,
    Site,
    Web,
)
from changeover.settings.expect import Columns, Http, NoNulls, NoRows

app = App(
    name="playmaker",
    python=Python(version="3.11", lock="requirements.txt"),
    node=Node(version="22", directory="frontend"),
    build=Build(directory="frontend", command="npm run build", output="dist"),
    database=Database(url="DATABASE_URL"),
    migrations=Alembic(config="alembic.ini", scripts="alembic", backward_compatible=("0002",)),
    processes=(Web("uvicorn app.main:app --fd 3", listens="fd"),),
    site=Site(app_paths=("/api/", "/login", "/callback"), static="frontend/dist"),
    health=Health(
        expect=(
            Http(path="/", contains="<html"),
            Http(
                path="/login",
                status=(302, 307),
                redirects_to="https://accounts.spotify.com/authorize",
            ),
        )
    ),
    expectations=(
        Columns(
            table="playlist_history",
            columns={"user_id": "integer", "name": "varchar(200)", "created_at": "datetime"},
            since="0001",
        ),
        Columns(table="playlist_history", columns={"description": "text"}, since="0002"),
        NoNulls(table="playlist_history", column="description", since="0002"),
        NoRows(
            title="every playlist has a user",
            query="select id from playlist_history where user_id not in (select id from users)",
            since="0001",
        ),
    ),
    required_env=("DATABASE_URL", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SESSION_SECRET"),
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

"""PlayMaker: FastAPI and Alembic on SQLite, a React front end built by Vite."""

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
from tasks.settings.app import Alembic, App, Build, Database, Node, Python, Service, Site

app = App(
    name="playmaker",
    python=Python(version="3.11", lock="requirements.txt"),
    node=Node(version="22", directory="frontend"),
    build=Build(directory="frontend", command="npm run build", output="dist"),
    database=Database(url="DATABASE_URL"),
    migrations=Alembic(config="alembic.ini", scripts="alembic", backward_compatible=("0002",)),
    service=Service(command="uvicorn app.main:app --fd 3"),
    site=Site(app_paths=("/api/", "/login", "/callback"), static="frontend/dist"),
    required_env=("DATABASE_URL", "SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SESSION_SECRET"),
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

"""PlayMaker: many users, and a history of their playlists."""

import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from alembic.runtime.migration import MigrationContext
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from starlette.middleware.sessions import SessionMiddleware

from app import logs, models, schemas, spotify
from app.config import Settings, release
from app.database import Session, engine
from app.services import playlist_history_service, user_service

logs.to_stderr()
log = logging.getLogger("uvicorn.error")
settings = Settings()
# Read at start: it names the code that runs, not what lies on the disk later.
RELEASE = release()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Close the database at the end, which empties its write-ahead log into the file."""
    yield
    engine.dispose()


app = FastAPI(title="PlayMaker", lifespan=lifespan)
app.add_middleware(
    SessionMiddleware,
    secret_key=settings.session_secret.get_secret_value(),
    https_only=settings.spotify_redirect_uri.startswith("https://"),
)


@app.exception_handler(OperationalError)
def database_unavailable(_request: Request, error: OperationalError) -> JSONResponse:
    """Locked, missing or not migrated: worth another try later."""
    log.error("database: %s", error.orig)
    return JSONResponse({"detail": "the database is unavailable"}, status_code=503)


@app.get("/api/health")
def health(response: Response) -> schemas.Health:
    """What runs, on which schema, and that the database can be read."""
    try:
        with engine.connect() as connection:
            schema = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        # Asked every few seconds: one line is enough.
        log.error("health: %s", str(error).partition("\n")[0])  # noqa: TRY400
        response.status_code = 503
        return schemas.Health(status="error", release=RELEASE, schema_=None)
    return schemas.Health(status="ok", release=RELEASE, schema_=schema)


@app.get("/login", status_code=302)
def login(request: Request) -> RedirectResponse:
    """Send the visitor to Spotify."""
    state = secrets.token_urlsafe(16)
    request.session["state"] = state
    return RedirectResponse(spotify.authorize_url(settings, state), status_code=302)


@app.get("/callback", status_code=302)
def callback(request: Request, code: str, state: str) -> RedirectResponse:
    """Take the visitor back from Spotify."""
    if state != request.session.pop("state", None):
        raise HTTPException(400, "this login was not started here")
    try:
        user = spotify.fetch_user(settings, code)
    except httpx.HTTPError as error:
        raise HTTPException(502, "Spotify did not confirm the login") from error
    with Session.begin() as session:
        user_service.remember(session, user)
    request.session["user"] = user.model_dump()
    return RedirectResponse("/", status_code=302)


def spotify_id(request: Request) -> str | None:
    """Who is logged in; the shape of the session is that of the releases before."""
    return request.session.get("user", {}).get("spotify_id")


@app.get("/api/account")
def account(request: Request) -> schemas.Account:
    """Who uses the application, and how many playlists they made."""
    with Session() as session:
        user = user_service.current(session, spotify_id(request))
        made = playlist_history_service.count(session, user)
    return schemas.Account(user=schemas.User.model_validate(user), playlists=made)


@app.get("/api/playlists", response_model=list[schemas.Playlist])
def playlists() -> Sequence[models.PlaylistHistory]:
    """All playlists."""
    with Session() as session:
        return playlist_history_service.list_all(session)


@app.post("/api/playlists", status_code=201, response_model=schemas.Playlist)
def create_playlist(request: Request, new: schemas.NewPlaylist) -> models.PlaylistHistory:
    """Make a playlist."""
    # The transaction is opened here, not in a dependency: those may end after the answer is out.
    try:
        with Session.begin() as session:
            user = user_service.current(session, spotify_id(request))
            return playlist_history_service.create(session, user, new)
    except IntegrityError as error:
        raise HTTPException(409, "a playlist with this key exists") from error


@app.delete("/api/playlists/{playlist_id}", status_code=204)
def delete_playlist(playlist_id: int) -> None:
    """Forget a playlist."""
    with Session.begin() as session:
        found = playlist_history_service.remove(session, playlist_id)
    if not found:
        raise HTTPException(404, "no such playlist")


@app.get("/api/history", response_model=list[schemas.HistoryEntry])
def history() -> Sequence[models.PlaylistHistory]:
    """All playlists with their users, newest first."""
    with Session() as session:
        return playlist_history_service.newest_first(session)

"""PlayMaker: one owner, no database."""

import secrets

import httpx
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.sessions import SessionMiddleware

from app import logs, spotify
from app.config import Settings, release

logs.to_stderr()
settings = Settings()
# Read at start: it names the code that runs, not what lies on the disk later.
RELEASE = release()
OWNER = {"spotify_id": "owner", "display_name": "Owner"}

app = FastAPI(title="PlayMaker")
app.add_middleware(
    SessionMiddleware,
    secret_key=settings.session_secret.get_secret_value(),
    https_only=settings.spotify_redirect_uri.startswith("https://"),
)


@app.get("/api/health")
def health() -> dict[str, str | None]:
    """What runs, and that it answers."""
    return {"status": "ok", "release": RELEASE, "schema": None}


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
    request.session["user"] = user.model_dump()
    return RedirectResponse("/", status_code=302)


@app.get("/api/account")
def account(request: Request) -> dict[str, dict[str, str]]:
    """Who uses the application; the owner when nobody is logged in."""
    return {"user": request.session.get("user", OWNER)}


@app.get("/api/playlists")
def playlists() -> list[dict[str, str]]:
    """Nothing is kept without a database."""
    return []

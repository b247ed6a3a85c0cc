"""The part of Spotify's authorization code flow that the application needs."""

from urllib.parse import urlencode

import httpx
from pydantic import BaseModel

from app.config import Settings

SCOPE = "playlist-modify-private user-read-private"


class SpotifyUser(BaseModel):
    """A Spotify account, as far as it is of interest here."""

    spotify_id: str
    display_name: str


def authorize_url(settings: Settings, state: str) -> str:
    """The page on which a visitor lets the application in."""
    query = urlencode(
        {
            "response_type": "code",
            "client_id": settings.spotify_client_id,
            "redirect_uri": settings.spotify_redirect_uri,
            "scope": SCOPE,
            "state": state,
        }
    )
    return f"{settings.spotify_accounts_url}/authorize?{query}"


def fetch_user(settings: Settings, code: str) -> SpotifyUser:
    """Exchange the code of a callback for a token and ask who it belongs to."""
    with httpx.Client(timeout=10) as client:
        token = client.post(
            f"{settings.spotify_accounts_url}/api/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": settings.spotify_redirect_uri,
            },
            auth=(settings.spotify_client_id, settings.spotify_client_secret.get_secret_value()),
        )
        token.raise_for_status()
        profile = client.get(
            f"{settings.spotify_api_url}/v1/me",
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        )
        profile.raise_for_status()
    body = profile.json()
    return SpotifyUser(spotify_id=body["id"], display_name=body.get("display_name") or body["id"])

"""Settings, read from the environment once, at start."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """What a migration needs; apart, so that it runs without the secrets of the application."""

    # Without this an error about one missing variable prints the values of all the others.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    database_url: str = "sqlite:///./playmaker.db"


class Settings(DatabaseSettings):
    """What the application needs to run."""

    session_secret: SecretStr
    spotify_client_id: str
    spotify_client_secret: SecretStr
    spotify_redirect_uri: str
    spotify_accounts_url: str = "https://accounts.spotify.com"
    spotify_api_url: str = "https://api.spotify.com"


def release() -> str:
    """The release in the working directory, or "development"."""
    try:
        return Path("REVISION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return "development"

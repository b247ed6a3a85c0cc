"""What comes in and goes out."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# SQLite keeps no time zone; what is stored is UTC.
Utc = Annotated[datetime, AfterValidator(lambda value: value.replace(tzinfo=UTC))]


class Health(BaseModel):
    """What runs, on which schema."""

    status: str
    release: str
    schema_: str | None = Field(serialization_alias="schema")


class NewPlaylist(BaseModel):
    """A playlist to make."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    key: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


class Playlist(BaseModel):
    """A playlist that was made."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    key: str | None
    created_at: Utc


class User(BaseModel):
    """A user, as shown to anybody."""

    model_config = ConfigDict(from_attributes=True)

    spotify_id: str
    display_name: str


class HistoryEntry(Playlist):
    """A playlist with the user who made it."""

    user: User


class Account(BaseModel):
    """The user of this session."""

    user: User
    playlists: int

"""All models, imported together so that the metadata is complete."""

from app.models.playlist_history import PlaylistHistory
from app.models.user import User

__all__ = ["PlaylistHistory", "User"]

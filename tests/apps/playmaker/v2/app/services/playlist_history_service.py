"""Playlists and their history."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from app.models import PlaylistHistory, User
from app.schemas import NewPlaylist


def create(session: Session, user: User, new: NewPlaylist) -> PlaylistHistory:
    """Add a playlist to the history."""
    playlist = PlaylistHistory(user_id=user.id, **new.model_dump())
    session.add(playlist)
    session.flush()
    session.refresh(playlist)
    return playlist


def list_all(session: Session) -> Sequence[PlaylistHistory]:
    """All playlists, in the order in which they were made."""
    return session.scalars(select(PlaylistHistory).order_by(PlaylistHistory.id)).all()


def newest_first(session: Session) -> Sequence[PlaylistHistory]:
    """The history, with users."""
    newest = PlaylistHistory.created_at.desc(), PlaylistHistory.id.desc()
    entries = select(PlaylistHistory).options(joinedload(PlaylistHistory.user)).order_by(*newest)
    return session.scalars(entries).all()


def count(session: Session, user: User) -> int:
    """How many playlists a user made."""
    made = select(func.count()).where(PlaylistHistory.user_id == user.id)
    return session.scalars(made).one()


def remove(session: Session, playlist_id: int) -> bool:
    """Forget a playlist; False if there is none."""
    return session.execute(delete(PlaylistHistory).filter_by(id=playlist_id)).rowcount == 1

"""Users."""

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from app.models import User
from app.spotify import SpotifyUser

# Made by the first migration.
OWNER = "owner"


def remember(session: Session, user: SpotifyUser) -> None:
    """Store a user who logged in, or their new name."""
    statement = insert(User).values(user.model_dump())
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[User.spotify_id],
            set_={"display_name": statement.excluded.display_name},
        )
    )


def current(session: Session, spotify_id: str | None) -> User:
    """The user who is logged in; nobody, or one the database does not know, is the owner."""
    known = session.scalar(select(User).where(User.spotify_id == spotify_id))
    return known or session.scalars(select(User).where(User.spotify_id == OWNER)).one()

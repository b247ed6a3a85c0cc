"""Users and playlist history."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    users = op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("spotify_id", sa.String(128), nullable=False),
        sa.Column("display_name", sa.String(200), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("spotify_id", name="uq_users_spotify_id"),
    )
    op.create_table(
        "playlist_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("key", sa.String(64), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(), server_default=sa.func.current_timestamp(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_playlist_history"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_playlist_history_user_id"),
        sa.UniqueConstraint("key", name="uq_playlist_history_key"),
    )
    op.create_index("ix_playlist_history_user_id", "playlist_history", ["user_id"])
    # Whoever used the application before it had users becomes the first one.
    op.bulk_insert(users, [{"spotify_id": "owner", "display_name": "Owner"}])


def downgrade() -> None:
    op.drop_table("playlist_history")
    op.drop_table("users")

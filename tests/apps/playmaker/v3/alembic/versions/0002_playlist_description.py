"""A description for each playlist, and an index for the history's order."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("playlist_history") as table:
        # The default stays: the release before this one can go on writing.
        table.add_column(sa.Column("description", sa.Text(), server_default="", nullable=False))
        table.create_index("ix_playlist_history_created_at", ["created_at"])


def downgrade() -> None:
    with op.batch_alter_table("playlist_history") as table:
        table.drop_index("ix_playlist_history_created_at")
        table.drop_column("description")

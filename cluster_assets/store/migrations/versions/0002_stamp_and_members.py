"""The stamp of a clustering's files; of a cluster, how sure each member's place is, and parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clustering", sa.Column("input_stamp", sa.String(length=64), nullable=True))
    op.add_column("clustering_cluster", sa.Column("member_confidence", sa.JSON(), nullable=True))
    op.add_column("clustering_cluster", sa.Column("subclusters", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("clustering_cluster", "subclusters")
    op.drop_column("clustering_cluster", "member_confidence")
    op.drop_column("clustering", "input_stamp")

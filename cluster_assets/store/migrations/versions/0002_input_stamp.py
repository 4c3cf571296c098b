"""The stamp of the files that a clustering was read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clustering", sa.Column("input_stamp", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("clustering", "input_stamp")

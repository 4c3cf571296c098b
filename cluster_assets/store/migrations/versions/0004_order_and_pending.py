"""The order of clusterings as a number rather than a time; why a cluster has no text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Answered from the index alone, however many clusterings are stored
CURRENT_RESULTS = """
CREATE VIEW current_results AS
SELECT c.type, c.clustering_id, cc.position, cc.cluster_hash, cc.name, k.n_members AS size,
       v.verdict, v.reasons, v.confidence, v.source, v.title, v.narrative, v.summary_json,
       v.model, v.prompt_version, v.validated_at, k.pending_reason
FROM clustering c
JOIN clustering_cluster cc ON cc.clustering_id = c.clustering_id
JOIN cluster k ON k.cluster_hash = cc.cluster_hash
LEFT JOIN validated_summary v ON v.cluster_hash = cc.cluster_hash
WHERE c.clustering_id = (SELECT p.clustering_id FROM clustering p
                         WHERE p.type = c.type AND p.published_sequence IS NOT NULL
                         ORDER BY p.published_sequence DESC, p.clustering_id DESC LIMIT 1)
"""
BEFORE = """
CREATE VIEW current_results AS
SELECT c.type, c.clustering_id, cc.position, cc.cluster_hash, cc.name, k.n_members AS size,
       v.verdict, v.reasons, v.confidence, v.source, v.title, v.narrative, v.summary_json,
       v.model, v.prompt_version, v.validated_at
FROM clustering c
JOIN clustering_cluster cc ON cc.clustering_id = c.clustering_id
JOIN cluster k ON k.cluster_hash = cc.cluster_hash
LEFT JOIN validated_summary v ON v.cluster_hash = cc.cluster_hash
WHERE c.published_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM clustering newer
                  WHERE newer.type = c.type AND newer.published_at > c.published_at)
"""
_NUMBER = """
UPDATE clustering SET {number} =
    (SELECT count(*) FROM clustering older
     WHERE older.type = clustering.type
       AND (older.{time} < clustering.{time}
            OR (older.{time} = clustering.{time}
                AND older.clustering_id <= clustering.clustering_id)))
WHERE {time} IS NOT NULL
"""


def upgrade() -> None:
    op.execute("DROP VIEW current_results")
    op.add_column(
        "clustering", sa.Column("sequence", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("clustering", sa.Column("published_sequence", sa.Integer(), nullable=True))
    op.add_column("cluster", sa.Column("pending_reason", sa.String(length=32), nullable=True))
    op.execute(_NUMBER.format(number="sequence", time="created_at"))
    op.execute(_NUMBER.format(number="published_sequence", time="published_at"))
    op.drop_index("ix_clustering_type_published", "clustering")
    op.create_index("ix_clustering_newest", "clustering", ["type", "sequence", "clustering_id"])
    op.create_index(
        "ix_clustering_published", "clustering", ["type", "published_sequence", "clustering_id"]
    )
    op.execute(CURRENT_RESULTS)


def downgrade() -> None:
    op.execute("DROP VIEW current_results")
    op.drop_index("ix_clustering_published", "clustering")
    op.drop_index("ix_clustering_newest", "clustering")
    op.drop_column("cluster", "pending_reason")
    op.drop_column("clustering", "published_sequence")
    op.drop_column("clustering", "sequence")
    op.create_index("ix_clustering_type_published", "clustering", ["type", "published_at"])
    op.execute(BEFORE)

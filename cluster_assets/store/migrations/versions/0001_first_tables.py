"""The first tables, and the view that a host application reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# One row a cluster of each current clustering; clusters whose text is not there yet have NULLs
CURRENT_RESULTS = """
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


def upgrade() -> None:
    op.create_table(
        "cluster",
        sa.Column("cluster_hash", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("n_members", sa.Integer(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("cluster_hash"),
    )
    op.create_table(
        "clustering",
        sa.Column("clustering_id", sa.String(length=16), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.String(length=64), nullable=True),
        sa.Column("started_from", sa.String(length=16), nullable=True),
        sa.Column("n_members", sa.Integer(), nullable=False),
        sa.Column("n_clusters", sa.Integer(), nullable=False),
        sa.Column("unclustered", sa.JSON(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("releases", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("plots", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("clustering_id"),
    )
    op.create_index(
        "ix_clustering_type_published", "clustering", ["type", "published_at"], unique=False
    )
    op.create_table(
        "rate_pause",
        sa.Column("limit_key", sa.String(length=200), nullable=False),
        sa.Column("pause_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("limit_key"),
    )
    op.create_table(
        "rate_slot",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("limit_key", sa.String(length=200), nullable=False),
        sa.Column("slot_at", sa.Float(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rate_slot_key_at", "rate_slot", ["limit_key", "slot_at"], unique=False)
    op.create_table(
        "clustering_cluster",
        sa.Column("clustering_id", sa.String(length=16), nullable=False),
        sa.Column("cluster_hash", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("packet", sa.JSON(), nullable=False),
        sa.Column("packet_sha256", sa.String(length=64), nullable=False),
        sa.Column("stats", sa.JSON(), nullable=False),
        sa.Column("lineage", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_hash"],
            ["cluster.cluster_hash"],
        ),
        sa.ForeignKeyConstraint(
            ["clustering_id"],
            ["clustering.clustering_id"],
        ),
        sa.PrimaryKeyConstraint("clustering_id", "cluster_hash"),
        sa.UniqueConstraint("clustering_id", "position"),
    )
    op.create_index(
        op.f("ix_clustering_cluster_cluster_hash"),
        "clustering_cluster",
        ["cluster_hash"],
        unique=False,
    )
    op.create_table(
        "summary_attempt",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("cluster_hash", sa.String(length=64), nullable=False),
        sa.Column("clustering_id", sa.String(length=16), nullable=False),
        sa.Column("batch_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("prompt_version", sa.String(length=64), nullable=False),
        sa.Column("packet_sha256", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("tokens_in", sa.Integer(), nullable=True),
        sa.Column("tokens_out", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Float(), nullable=True),
        sa.Column("latency_s", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_hash"],
            ["cluster.cluster_hash"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_summary_attempt_cluster_hash"), "summary_attempt", ["cluster_hash"], unique=False
    )
    op.create_table(
        "validated_summary",
        sa.Column("cluster_hash", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("stand_in", sa.String(length=16), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("summary_json", sa.JSON(), nullable=False),
        sa.Column("packet", sa.JSON(), nullable=False),
        sa.Column("packet_sha256", sa.String(length=64), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("prompt_version", sa.String(length=64), nullable=False),
        sa.Column("judge_model", sa.String(length=200), nullable=True),
        sa.Column("judge_prompt_version", sa.String(length=64), nullable=True),
        sa.Column("judge_pending", sa.Boolean(), nullable=False),
        sa.Column("n_content_failures", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_key", sa.String(length=64), nullable=True),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("validated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_hash"],
            ["cluster.cluster_hash"],
        ),
        sa.PrimaryKeyConstraint("cluster_hash"),
    )
    op.execute(CURRENT_RESULTS)


def downgrade() -> None:
    op.execute("DROP VIEW current_results")
    op.drop_table("validated_summary")
    op.drop_table("summary_attempt")
    op.drop_table("clustering_cluster")
    op.drop_table("rate_slot")
    op.drop_table("rate_pause")
    op.drop_table("clustering")
    op.drop_table("cluster")

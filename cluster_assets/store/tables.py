"""The tables, the same in SQLite and PostgreSQL. Times are UTC; JSON columns hold canonical values.

The migrations create them; a test compares the result with this module.
"""

# pyright: reportUnknownArgumentType=false
# The columns of a table have several types, which SQLAlchemy does not express

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite increments only an INTEGER key
_Time = DateTime(timezone=True)

clustering = Table(
    "clustering",
    metadata,
    Column("clustering_id", String(16), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("input_stamp", String(64)),  # of the files last read, if the source has files
    Column("created_at", _Time, nullable=False),
    Column("published_at", _Time),
    Column("run_id", String(64)),
    Column("started_from", String(16)),
    Column("n_members", Integer, nullable=False),
    Column("n_clusters", Integer, nullable=False),
    Column("unclustered", JSON, nullable=False),
    Column("params", JSON, nullable=False),
    Column("quality", JSON, nullable=False),
    Column("releases", JSON, nullable=False),
    Column("notes", JSON, nullable=False),
    Column("plots", JSON, nullable=False),  # name to PNG in base64, at most 50 kB each
    # Order within the type by creation and by publication, independent of the clock
    Column("sequence", Integer, nullable=False, server_default="0"),
    Column("published_sequence", Integer),
    Index("ix_clustering_newest", "type", "sequence", "clustering_id"),
    Index("ix_clustering_published", "type", "published_sequence", "clustering_id"),
)

cluster = Table(
    "cluster",
    metadata,
    Column("cluster_hash", String(64), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("n_members", Integer, nullable=False),
    Column("members", JSON, nullable=False),
    Column("first_seen_at", _Time, nullable=False),
    Column("claimed_by", String(64)),
    Column("claimed_until", _Time),
    Column("pending_reason", String(32)),  # why a batch left the cluster without a text
)

clustering_cluster = Table(
    "clustering_cluster",
    metadata,
    Column("clustering_id", ForeignKey("clustering.clustering_id"), primary_key=True),
    Column("cluster_hash", ForeignKey("cluster.cluster_hash"), primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("packet", JSON, nullable=False),
    Column("packet_sha256", String(64), nullable=False),
    Column("stats", JSON, nullable=False),
    Column("lineage", JSON, nullable=False),
    Column("member_confidence", JSON),
    Column("subclusters", JSON),
    UniqueConstraint("clustering_id", "position"),
)

summary_attempt = Table(
    "summary_attempt",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("cluster_hash", ForeignKey("cluster.cluster_hash"), nullable=False, index=True),
    Column("clustering_id", String(16), nullable=False),
    Column("batch_id", String(64), nullable=False),
    Column("purpose", String(8), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("model", String(200), nullable=False),
    Column("prompt_version", String(64), nullable=False),
    Column("packet_sha256", String(64), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("prompt", Text),
    Column("reply", Text),
    Column("tokens_in", Integer),
    Column("tokens_out", Integer),
    Column("cost_usd", Float),
    Column("latency_s", Float),
    Column("created_at", _Time, nullable=False),
)

validated_summary = Table(
    "validated_summary",
    metadata,
    Column("cluster_hash", ForeignKey("cluster.cluster_hash"), primary_key=True),
    Column("verdict", String(16), nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("confidence", String(8), nullable=False),
    Column("source", String(16), nullable=False),
    Column("stand_in", String(16)),
    Column("title", Text, nullable=False),
    Column("narrative", Text, nullable=False),
    Column("summary_json", JSON, nullable=False),
    Column("packet", JSON, nullable=False),
    Column("packet_sha256", String(64), nullable=False),
    Column("record", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    Column("prompt_version", String(64), nullable=False),
    Column("judge_model", String(200)),
    Column("judge_prompt_version", String(64)),
    Column("judge_pending", Boolean, nullable=False),
    Column("n_content_failures", Integer, nullable=False),
    Column("next_try_at", _Time),
    Column("failure_key", String(64)),
    Column("generated_at", _Time, nullable=False),
    Column("validated_at", _Time, nullable=False),
    Column("expires_at", _Time, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Float, nullable=False),  # seconds of `clock.shared_time`
)

rate_slot = Table(
    "rate_slot",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("limit_key", String(200), nullable=False),
    Column("slot_at", Float, nullable=False),
    Column("owner", String(64), nullable=False),
    Index("ix_rate_slot_key_at", "limit_key", "slot_at"),
)

rate_pause = Table(
    "rate_pause",
    metadata,
    Column("limit_key", String(200), primary_key=True),
    Column("pause_until", Float, nullable=False),
)

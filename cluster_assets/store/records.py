"""Rows as frozen records: what `repository` accepts and returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from cluster_assets.core.models import ClusterType, EvidencePacket, Lineage, Member, Subcluster

# Why a template stands where a model text should: decides when the cluster is due again
StandIn = Literal["no_model", "outage", "error", "rejected"]


@dataclass(frozen=True, slots=True)
class StoredClustering:
    """A clustering without its clusters and plots."""

    clustering_id: str
    type: ClusterType
    fingerprint: str
    input_stamp: str | None
    created_at: datetime
    published_at: datetime | None
    run_id: str | None
    started_from: str | None
    n_members: int
    n_clusters: int
    unclustered: tuple[Member, ...]
    params: Mapping[str, object]
    quality: Mapping[str, float]
    releases: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredCluster:
    """A cluster within one clustering; attributes as in `core.models.Cluster`.

    `pending_reason` is a code of `core.summary.reasons` when a batch left the cluster without a
    text.
    """

    clustering_id: str
    cluster_hash: str
    position: int
    name: str
    packet: EvidencePacket
    stats: Mapping[str, float]
    lineage: Lineage
    member_confidence: Mapping[str, float] = field(default_factory=dict[str, float])
    subclusters: tuple[Subcluster, ...] = ()
    pending_reason: str | None = None


@dataclass(frozen=True, slots=True)
class StoredSummary:
    """The validated summary of a cluster, its evidence and its provenance.

    Attributes:
        source: `llm`, `llm_fallback` or `template`.
        stand_in: why a template stands in; None when the text is final.
        packet: the evidence that the text was validated against, not that of a later clustering.
        summary_json: the acceptance schema with tokens filled in and the row ids of each sentence.
        record: the verdict record: layers, codes, removed claims, versions, tokens.
        judge_pending: the judge was unreachable; the text is judged by the next batch with its
            cluster.
        n_content_failures: rounds of attempts that all ended in rejection.
        next_try_at: earliest time of the next round. None after failures: no further round until
            `failure_key` changes.
        failure_key: hash of what the failed attempts were made with, None without failures.
    """

    cluster_hash: str
    verdict: Literal["accept", "low_confidence"]
    reasons: tuple[str, ...]
    confidence: str
    source: str
    stand_in: StandIn | None
    title: str
    narrative: str
    summary_json: Mapping[str, object]
    packet: EvidencePacket
    packet_sha256: str
    record: Mapping[str, object]
    model: str
    prompt_version: str
    judge_model: str | None
    judge_prompt_version: str | None
    judge_pending: bool
    n_content_failures: int
    next_try_at: datetime | None
    failure_key: str | None
    generated_at: datetime
    validated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One request to a model, valid or not."""

    cluster_hash: str
    clustering_id: str
    batch_id: str
    purpose: Literal["write", "judge"]
    attempt: int
    model: str
    prompt_version: str
    packet_sha256: str
    outcome: str
    codes: tuple[str, ...]
    prompt: str | None
    reply: str | None
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    latency_s: float | None
    created_at: datetime

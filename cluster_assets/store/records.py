"""Rows as frozen records: what `repository` accepts and returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from cluster_assets.core.models import ClusterType, EvidencePacket, Lineage, Member, Subcluster
from cluster_assets.core.summary.reasons import StandIn


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
class SummaryRecord:
    """Provenance of a stored summary: what checks and judge found, and what writing it took.

    Attributes:
        codes: codes of checks and labels.
        judge: outcome of judging; see `core.summary.verdict.JudgeLayer`.
        removed_by_checks: refs as the writer numbered them.
        removed_by_judge: refs as numbered after the checks had pruned.
        claims_kept: number of sentences left.
        claims_removed: number of sentences removed.
        confidence_derived: confidence computed from the evidence, 0 to 1.
        raw: the summary as written, with tokens; a later judge sees this one.
        attempts: number of content attempts.
        requests: number of requests over the network.
        tokens_in: tokens of the prompts.
        tokens_out: tokens of the replies.
        cost_usd: None when unknown.
        latency_s: total time of the requests, None when unknown.
    """

    codes: tuple[str, ...] = ()
    judge: str = "not_run"
    removed_by_checks: tuple[str, ...] = ()
    removed_by_judge: tuple[str, ...] = ()
    claims_kept: int = 0
    claims_removed: int = 0
    confidence_derived: float = 0.0
    raw: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    attempts: int = 0
    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = None
    latency_s: float | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, JsonValue]) -> SummaryRecord:
        """Read a stored record; fields that an older version did not store get their default."""
        return _RECORD.validate_python({k: v for k, v in value.items() if v is not None})

    def to_json(self) -> dict[str, JsonValue]:
        """Return the JSON values to store."""
        return asdict(self)


_RECORD = TypeAdapter(SummaryRecord)


@dataclass(frozen=True, slots=True)
class StoredSummary:
    """A validated summary as readers see it, its evidence, and its provenance.

    Attributes:
        source: `llm`, `llm_fallback` or `template`.
        stand_in: why a template stands in; None when the text is final.
        packet: the evidence that the text was validated against, not that of a later clustering.
        summary_json: `RenderedSummary.summary_json`; `render_stored` reads it back.
        record: provenance.
        judge_pending: whether the judge could not be reached and the text still has to be judged.
        n_content_failures: number of rounds of rejected attempts.
        next_try_at: earliest next attempt after rejected ones; None for no attempt until
            `failure_key` changes.
        failure_key: what the rejected attempts were made with, None when there were none.
    """

    cluster_hash: str
    verdict: Literal["accept", "low_confidence"]
    reasons: tuple[str, ...]
    confidence: str
    source: str
    stand_in: StandIn | None
    title: str
    narrative: str
    summary_json: Mapping[str, JsonValue]
    packet: EvidencePacket
    packet_sha256: str
    record: SummaryRecord
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

"""Which clusters of a clustering are due for a batch; the others are cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_assets.core.identity import canonical_json, sha256_hex
from cluster_assets.core.models import EvidencePacket
from cluster_assets.core.packet import packet_sha256
from cluster_assets.core.summary.caching import CacheEntry, Need, is_due
from cluster_assets.core.summary.judge import judge_prompt_version
from cluster_assets.core.summary.prompts import writer_prompt_version
from cluster_assets.llm.model import OFFLINE_MODEL

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.settings import Settings
    from cluster_assets.store.records import StoredCluster, StoredSummary


@dataclass(frozen=True, slots=True)
class Split:
    """The clusters of a clustering.

    Attributes:
        clusters: all clusters, in order.
        due: the clusters that a batch has to process, in order.
    """

    clusters: tuple[StoredCluster, ...]
    due: tuple[StoredCluster, ...]


def split_due(installation: Installation, clustering_id: str) -> Split:
    """Separate the clusters that are due from the cached ones."""
    clusters = tuple(installation.store.clusters(clustering_id))
    stored = installation.store.summaries(cluster.cluster_hash for cluster in clusters)
    return Split(
        clusters, tuple(c for c in clusters if need_of(installation, c, stored) is not None)
    )


def need_of(
    installation: Installation, cluster: StoredCluster, stored: Mapping[str, StoredSummary]
) -> Need | None:
    """Return the pending work for a cluster, None if it is cached."""
    summary = stored.get(cluster.cluster_hash)
    entry = None
    if summary is not None:
        entry = CacheEntry(
            stand_in=summary.stand_in,
            judge_pending=summary.judge_pending,
            next_try_at=summary.next_try_at,
            failure_key=summary.failure_key,
            expires_at=summary.expires_at,
        )
    return is_due(
        entry,
        now=installation.now(),
        model_configured=installation.settings.model != OFFLINE_MODEL,
        failure_key=failure_key(installation.settings, cluster.packet),
    )


def failure_key(settings: Settings, packet: EvidencePacket) -> str:
    """Return the hash of all that an attempt depends on; a failure is final until it changes."""
    return sha256_hex(
        canonical_json(
            [
                packet_sha256(packet),
                settings.model,
                settings.fallback_model,
                settings.effective_judge_model,
                writer_prompt_version(packet.cluster_type),
                judge_prompt_version(),
            ]
        )
    )

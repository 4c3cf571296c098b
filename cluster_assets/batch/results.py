"""The results for readers: published clusterings joined with their validated summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from cluster_assets.core.members import members_to_list, subclusters_to_list
from cluster_assets.core.models import CLUSTER_TYPES, ClusterType, Lineage, Member, Subcluster
from cluster_assets.core.packet import row_to_dict
from cluster_assets.core.summary.rendering import render_stored
from cluster_assets.errors import InputError

if TYPE_CHECKING:
    from cluster_assets.batch.installation import Installation
    from cluster_assets.store.records import StoredCluster, StoredClustering, StoredSummary

PENDING = "pending"


@dataclass(frozen=True, slots=True)
class PublishedCluster:
    """One cluster as a reader sees it.

    Attributes:
        verdict: `accept`, `low_confidence`, or `pending` while there is no text.
        reasons: codes from the fixed list; while pending, why no text could be written.
        summary: the stored summary, None while pending.
        evidence: the rows that the text was validated against, not those of a later clustering.
        stats: figures of the cluster, e.g. `{"stability": 0.91}`.
        member_confidence: confidence in the assignment of each member, 0 to 1, by member id.
        subclusters: parts of the cluster, if requested.
    """

    cluster_hash: str
    name: str
    members: tuple[Member, ...]
    lineage: Lineage
    verdict: str
    reasons: tuple[str, ...]
    confidence: str | None
    source: str | None
    title: str | None
    summary: StoredSummary | None
    evidence: Sequence[Mapping[str, object]]
    stats: Mapping[str, float]
    member_confidence: Mapping[str, float]
    subclusters: tuple[Subcluster, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the object that `show --json` prints."""
        return {
            "cluster_hash": self.cluster_hash,
            "name": self.name,
            "size": len(self.members),
            "members": members_to_list(self.members, self.member_confidence),
            "lineage": asdict(self.lineage),
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "confidence": self.confidence,
            "source": self.source,
            "summary": dict(self.summary.summary_json) if self.summary else None,
            "evidence": list(self.evidence),
            "stats": dict(self.stats),
            "subclusters": subclusters_to_list(self.subclusters),
        }


@dataclass(frozen=True, slots=True)
class PublishedClustering:
    """The published clustering of one type."""

    type: ClusterType
    clustering_id: str
    quality: Mapping[str, float]
    releases: Mapping[str, str]
    notes: tuple[str, ...]
    clusters: tuple[PublishedCluster, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the object that `show --json` prints."""
        return {
            "type": self.type,
            "clustering_id": self.clustering_id,
            "quality": dict(self.quality),
            "clusters": [cluster.to_dict() for cluster in self.clusters],
        }


def current_clusterings(
    installation: Installation, cluster_type: ClusterType | None = None
) -> tuple[PublishedClustering, ...]:
    """Return the published clustering of each type, or of one."""
    found: list[PublishedClustering] = []
    for kind in CLUSTER_TYPES if cluster_type is None else (cluster_type,):
        stored = installation.store.published_clustering(kind)
        if stored is not None:
            found.append(_join(installation, stored))
    return tuple(found)


def find_cluster(
    current: Sequence[PublishedClustering], start: str
) -> tuple[PublishedClustering, ...]:
    """Return the one clustering with a cluster whose hash has this start, with only that cluster.

    Raises:
        InputError: `CA-205` unless exactly one published cluster matches.
    """
    found = [
        replace(clustering, clusters=(cluster,))
        for clustering in current
        for cluster in clustering.clusters
        if cluster.cluster_hash.startswith(start.lower())
    ]
    if len(found) != 1:
        what = "no published cluster has" if not found else f"{len(found)} published clusters have"
        raise InputError(
            "CA-205",
            f"{what} a hash that starts with `{start}`; `cluster-assets show` lists them",
        )
    return tuple(found)


def summary_markdown(summary: StoredSummary) -> str:
    """Return the text with its evidence as footnotes."""
    return render_stored(summary.summary_json, summary.packet).markdown()


def _join(installation: Installation, stored: StoredClustering) -> PublishedClustering:
    clusters = installation.store.clusters(stored.clustering_id)
    summaries = installation.store.summaries(cluster.cluster_hash for cluster in clusters)
    return PublishedClustering(
        type=stored.type,
        clustering_id=stored.clustering_id,
        quality=stored.quality,
        releases=stored.releases,
        notes=stored.notes,
        clusters=tuple(_published(c, summaries.get(c.cluster_hash)) for c in clusters),
    )


def _published(cluster: StoredCluster, summary: StoredSummary | None) -> PublishedCluster:
    packet = summary.packet if summary else cluster.packet
    pending = (cluster.pending_reason,) if cluster.pending_reason else ()
    return PublishedCluster(
        cluster_hash=cluster.cluster_hash,
        name=cluster.name,
        members=cluster.packet.members,
        lineage=cluster.lineage,
        verdict=summary.verdict if summary else PENDING,
        reasons=summary.reasons if summary else pending,
        confidence=summary.confidence if summary else None,
        source=summary.source if summary else None,
        title=summary.title if summary else None,
        summary=summary,
        evidence=[row_to_dict(row) for row in packet.rows],
        stats=cluster.stats,
        member_confidence=cluster.member_confidence,
        subclusters=cluster.subclusters,
    )

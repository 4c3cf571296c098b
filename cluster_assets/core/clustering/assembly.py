"""From sets of members to a finished clustering: hashes, names, packets, lineage, order.

Both methods end here, so that clusters of both types are assembled in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cluster_assets.core.clustering.lineage import trace_lineage
from cluster_assets.core.clustering.naming import name_clusters
from cluster_assets.core.identity import cluster_hash, clustering_id
from cluster_assets.core.models import (
    Cluster,
    Clustering,
    ClusterType,
    EvidenceRow,
    Lineage,
    Member,
    Namespace,
    Predecessor,
    Subcluster,
)
from cluster_assets.core.packet import build_packet


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster before it has an identity.

    Attributes:
        members: members in any order.
        rows: evidence, best first, still without ids.
        themes: labels that may name the cluster, best first.
        stats: figures of this cluster.
        member_confidence: confidence in the assignment of each member, 0 to 1, by member id.
        subclusters: parts of the cluster, largest first.
    """

    members: tuple[Member, ...]
    rows: tuple[EvidenceRow, ...]
    themes: tuple[str, ...]
    stats: Mapping[str, float]
    member_confidence: Mapping[str, float] = field(default_factory=dict[str, float])
    subclusters: tuple[Subcluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The properties of a clustering as a whole; the attributes are those of `Clustering`."""

    type: ClusterType
    namespace: Namespace
    fingerprint: str
    params: Mapping[str, object]
    quality: Mapping[str, float]
    releases: Mapping[str, str]
    notes: tuple[str, ...]
    unclustered: tuple[Member, ...]
    predecessor: Predecessor | None
    is_warm: bool


def assemble(frame: Frame, drafts: Sequence[Draft]) -> Clustering:
    """Return the clustering: clusters with hash, name, packet and lineage, largest first."""
    hashes = [
        cluster_hash(frame.type, [member.id for member in draft.members], frame.namespace)
        for draft in drafts
    ]
    order = sorted(range(len(drafts)), key=lambda i: (-len(drafts[i].members), hashes[i]))
    ranked = [drafts[i] for i in order]
    keys = [hashes[i] for i in order]
    names = name_clusters(
        [draft.themes for draft in ranked], [len(draft.members) for draft in ranked], frame.type
    )
    lineage = trace_lineage(
        {
            key: frozenset(member.id for member in draft.members)
            for key, draft in zip(keys, ranked, strict=True)
        },
        frame.predecessor,
    )
    clusters = tuple(
        _cluster(frame, draft, key, name, lineage[key])
        for key, name, draft in zip(keys, names, ranked, strict=True)
    )
    warm_from = frame.predecessor.clustering_id if frame.predecessor and frame.is_warm else None
    return Clustering(
        type=frame.type,
        clustering_id=clustering_id(frame.fingerprint, keys),
        fingerprint=frame.fingerprint,
        clusters=clusters,
        n_members=sum(len(draft.members) for draft in drafts) + len(frame.unclustered),
        unclustered=tuple(sorted(frame.unclustered, key=lambda member: member.id)),
        params=dict(frame.params),
        quality=dict(frame.quality),
        releases=dict(frame.releases),
        notes=frame.notes,
        started_from=warm_from,
    )


def _cluster(frame: Frame, draft: Draft, key: str, name: str, lineage: Lineage) -> Cluster:
    return Cluster(
        cluster_hash=key,
        name=name,
        members=tuple(sorted(draft.members, key=lambda member: member.id)),
        packet=build_packet(
            cluster_type=frame.type,
            cluster_hash=key,
            name=name,
            members=draft.members,
            rows=draft.rows,
            data_releases=frame.releases,
        ),
        stats=dict(draft.stats),
        lineage=lineage,
        member_confidence=dict(draft.member_confidence),
        subclusters=draft.subclusters,
    )


def name_parts(
    parts: Sequence[Sequence[str]],
    themes: Sequence[Sequence[str]],
    members: Mapping[str, Member],
) -> tuple[Subcluster, ...]:
    """Return the subclusters of a cluster under unique names, largest first.

    Args:
        parts: member ids of each subcluster.
        themes: labels that may name each subcluster, best first.
        members: members by id.
    """
    order = sorted(range(len(parts)), key=lambda i: (-len(parts[i]), min(parts[i])))
    names = name_clusters([themes[i] for i in order], [len(parts[i]) for i in order], "functional")
    return tuple(
        Subcluster(name, tuple(members[key] for key in sorted(parts[i])))
        for name, i in zip(names, order, strict=True)
    )

"""Warm starts: members stay in their published cluster unless there is a reason to move.

After a fresh clustering with one changed gene, few cluster hashes survive (47 % with one seed, 69 %
with a consensus), and each lost hash costs a summary. So the published clustering is an explicit
input: members stay unless a move gains more than a tolerance, and new members join the cluster that
fits best. If the result is worse than a fresh clustering by more than a limit, the fresh one is
used. Figures: `docs/adr/0012-warm-start.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cluster_assets.core.clustering.arrays import (
    Flags,
    Floats,
    Ids,
    Labels,
    Sparse,
    membership_matrix,
)
from cluster_assets.core.clustering.entities.ward import centres_of, nearness_to, within_inertia
from cluster_assets.core.clustering.genes.graph import component_labels, modularity
from cluster_assets.core.clustering.partitions import by_size, contingency

UNKNOWN = -1  # label of a member that is in no published cluster
GENE_TOLERANCE = 0.1  # smallest gain of a move, as a share of the weight of the gene's interactions
ENTITY_TOLERANCE = 0.1  # smallest gain, as a share of the squared distance between both centres
MAX_LOSS = 0.01  # largest share of the quality that is given up for continuity
_MAX_ROUNDS = 100
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True)
class WarmStart:
    """A partition carried over from the published clustering.

    Attributes:
        labels: `(n_members,)` cluster of each member, largest 0.
        loss: share of the quality of a fresh clustering that is given up, 0 to 1.
    """

    labels: Labels
    loss: float


def published_labels(member_ids: Ids, clusters: Mapping[str, frozenset[str]]) -> Labels:
    """Return the published cluster of each member, numbered in order of hash, or `UNKNOWN`."""
    home = {
        member: number for number, key in enumerate(sorted(clusters)) for member in clusters[key]
    }
    return np.array([home.get(member, UNKNOWN) for member in member_ids], dtype=np.int64)


def continue_communities(
    adjacency: Sparse, published: Labels, fresh: Labels, resolution: float
) -> WarmStart:
    """Carry published communities over to a network that has changed.

    Genes that are new, or disconnected from their published cluster, move for any gain. New genes
    start together with the other new genes of their fresh community.

    Args:
        adjacency: `(n_nodes, n_nodes)`, symmetric.
        published: `(n_nodes,)` published cluster of each node, or `UNKNOWN`.
        fresh: `(n_nodes,)` communities of a fresh clustering, to compare with.
        resolution: of modularity.
    """
    unknown = published == UNKNOWN
    labels = np.where(unknown, published.max() + 1 + fresh, published)
    for _ in range(_MAX_ROUNDS):
        labels, loose = _detach(adjacency, labels, unknown)
        moved = _settle_genes(adjacency, labels, loose, resolution)
        if np.array_equal(moved, labels):
            break
        labels = moved
    best, reached = (modularity(adjacency, found, resolution) for found in (fresh, labels))
    return WarmStart(by_size(labels), _share_lost(best, reached))


def homes_of(profile: Labels, published: Labels) -> Labels:
    """Return the published cluster of most entities of each profile, or `UNKNOWN`.

    Args:
        profile: `(n_entities,)` profile of each entity, numbered without gaps.
        published: `(n_entities,)` published cluster of each entity, or `UNKNOWN`.

    Returns:
        `(n_profiles,)` clusters.
    """
    votes = contingency(profile, published - UNKNOWN)[:, 1:]  # without the column of `UNKNOWN`
    if not votes.size:
        return np.full(len(votes), UNKNOWN)
    return np.where(votes.any(axis=1), votes.argmax(axis=1), UNKNOWN)


def continue_entities(
    points: Floats, published: Labels, fresh: Labels, weights: Labels
) -> WarmStart:
    """Carry published clusters over to a factor space that has changed.

    Args:
        points: `(n_points, n_axes)` coordinates.
        published: `(n_points,)` published cluster of each point, or `UNKNOWN`; at least one is
            known.
        fresh: `(n_points,)` fresh partition into as many clusters, to compare with.
        weights: `(n_points,)` entities that each point represents.
    """
    labels = np.unique(published, return_inverse=True)[1] - int((published == UNKNOWN).any())
    known = labels >= 0
    centres = centres_of(points[known], labels[known], weights[known])
    labels = np.where(known, labels, nearness_to(points, centres).argmax(axis=1))
    for _ in range(_MAX_ROUNDS):
        centres = centres_of(points, labels, weights)
        nearness = nearness_to(points, centres)
        best = nearness.argmax(axis=1)
        rows = np.arange(len(points))
        # half the difference of the squared distances, because of how `nearness_to` is defined
        gain = nearness[rows, best] - nearness[rows, labels]
        apart = ((centres[best] - centres[labels]) ** 2).sum(axis=1)
        moves = gain > np.where(known, ENTITY_TOLERANCE / 2, 0.0) * apart + _NOTHING
        if not moves.any():
            break
        labels = np.unique(np.where(moves, best, labels), return_inverse=True)[1]
    total = within_inertia(points, np.zeros_like(labels), weights)
    best, reached = (total - within_inertia(points, found, weights) for found in (fresh, labels))
    return WarmStart(by_size(labels, weights), _share_lost(best, reached))


def _share_lost(best: float, reached: float) -> float:
    """Return the share of a quality that is given up, 0 to 1; both may be 0, as for a star."""
    lost = best - reached
    if lost <= _NOTHING:
        return 0.0
    return min(1.0, lost / abs(best)) if best else 1.0


def _detach(adjacency: Sparse, labels: Labels, unknown: Flags) -> tuple[Labels, Flags]:
    """Split clusters into their connected components.

    Returns:
        The new labels, and which nodes may move for any gain: those outside the largest component
        of their cluster, and those that were in no published cluster.
    """
    parts = component_labels(adjacency, labels)
    sizes = np.bincount(parts)
    order = np.lexsort(
        (np.arange(len(sizes)), -sizes)
    )  # largest first; ties in order of the first node
    cluster_of = np.zeros(len(sizes), dtype=np.int64)
    cluster_of[parts] = labels
    main = np.zeros(len(sizes), dtype=bool)
    main[order[np.unique(cluster_of[order], return_index=True)[1]]] = True
    detached = ~main[parts]
    return np.unique(parts, return_inverse=True)[1], detached | unknown


def _settle_genes(adjacency: Sparse, labels: Labels, loose: Flags, resolution: float) -> Labels:
    """Move nodes one by one, the largest gain first, until no gain exceeds the tolerance."""
    strengths = adjacency.sum(axis=1)
    tolerance = np.where(loose, _NOTHING, GENE_TOLERANCE * strengths)
    labels = labels.copy()
    for _ in range(_MAX_ROUNDS):
        weights = np.bincount(labels, strengths).astype(float)
        gains = _best_gains(adjacency, labels, strengths, weights, resolution)
        candidates = np.flatnonzero(gains > tolerance)
        if not candidates.size:
            break
        for node in candidates[np.lexsort((candidates, -gains[candidates]))]:
            target, gain = _best_move(adjacency, labels, int(node), strengths, weights, resolution)
            if gain > tolerance[node]:
                weights[labels[node]] -= strengths[node]
                weights[target] += strengths[node]
                labels[node] = target
    return labels


def _best_gains(
    adjacency: Sparse,
    labels: Labels,
    strengths: Floats,
    weights: Floats,
    resolution: float,
) -> Floats:
    """Return the `(n_nodes,)` gain of the best move of each node, in interaction weight."""
    n = len(labels)
    ties = (adjacency @ membership_matrix(labels, len(weights))).tocoo()
    total = strengths.sum()
    own = np.zeros(n)
    inside = ties.col == labels[ties.row]
    own[ties.row[inside]] = ties.data[inside]
    own -= resolution * strengths * (weights[labels] - strengths) / total
    outside = ~inside
    rows, columns = ties.row[outside], ties.col[outside]
    there = ties.data[outside] - resolution * strengths[rows] * weights[columns] / total
    gains = np.full(n, -np.inf)
    np.maximum.at(gains, rows, there - own[rows])
    return gains


def _best_move(
    adjacency: Sparse,
    labels: Labels,
    node: int,
    strengths: Floats,
    weights: Floats,
    resolution: float,
) -> tuple[int, float]:
    """Return the cluster where a node gains most given the current labels, and the gain."""
    around = slice(adjacency.indptr[node], adjacency.indptr[node + 1])
    targets, which = np.unique(labels[adjacency.indices[around]], return_inverse=True)
    ties = np.bincount(which, adjacency.data[around])
    pull = resolution * strengths[node] / strengths.sum()
    home = targets == labels[node]
    own = ties[home].sum() - pull * (weights[labels[node]] - strengths[node])
    gains = np.where(home, -np.inf, ties - pull * weights[targets] - own)
    return int(targets[gains.argmax()]), float(gains.max())

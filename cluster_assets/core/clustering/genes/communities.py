"""The partition of an interaction network: found afresh, carried over, and split into parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Labels
from cluster_assets.core.clustering.continuity import (
    MAX_LOSS,
    UNKNOWN,
    continue_communities,
    published_labels,
)
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import GeneNetwork, subnetwork
from cluster_assets.core.clustering.params import FunctionalParams
from cluster_assets.core.models import Predecessor


@dataclass(frozen=True, slots=True)
class Communities:
    """A partition of the network.

    Attributes:
        labels: `(n_nodes,)` community of each node, numbered by size, largest 0.
        n_reported: communities large enough to report: those with a label below this number.
        confidence: `(n_nodes,)` how often each node was with its fellow members, 0 to 1.
        runs: `(n_nodes, n_runs)` community of each node in each run of the ensemble.
        loss: share of modularity that the published clustering gives up relative to a fresh one;
            None if there was no published clustering.
        is_warm: whether the partition was carried over from the published clustering.
    """

    labels: Labels
    n_reported: int
    confidence: Floats
    runs: Labels
    loss: float | None
    is_warm: bool

    def groups(self, network: GeneNetwork) -> list[tuple[str, ...]]:
        """Return the member ids of each reported community, largest first."""
        return [tuple(network.nodes[self.labels == label]) for label in range(self.n_reported)]


def find_communities(
    network: GeneNetwork, params: FunctionalParams, predecessor: Predecessor | None
) -> Communities:
    """Return the communities of a network.

    A fresh partition is always made. The published clustering is compared with it, and carried over
    unless that gives up more than 1 % of modularity.
    """
    fresh = _consensus(network, params)
    labels, loss, is_warm = fresh.labels, None, False
    published = published_labels(network.nodes, predecessor.clusters if predecessor else {})
    if (published != UNKNOWN).any():
        warm = continue_communities(network.adjacency, published, fresh.labels, params.resolution)
        loss, is_warm = warm.loss, warm.loss <= MAX_LOSS
        labels = warm.labels if is_warm else labels
    return Communities(
        labels=labels,
        n_reported=int((np.bincount(labels) >= params.min_size).sum()),
        confidence=leiden.confidence(labels, fresh.runs),
        runs=fresh.runs,
        loss=loss,
        is_warm=is_warm,
    )


def split_community(
    network: GeneNetwork, members: tuple[str, ...], params: FunctionalParams
) -> list[tuple[str, ...]]:
    """Return the parts of a community that are large enough to report, by the same method.

    Parts are not split again. The list is empty if fewer than two parts are large enough.
    """
    if len(members) < 2 * params.min_size:
        return []
    positions = np.flatnonzero(np.isin(network.nodes, np.array(members, dtype=object)))
    part, _ = subnetwork(network, positions)
    labels = _consensus(part, params).labels
    sizes = np.bincount(labels)
    large = [
        tuple(part.nodes[labels == label]) for label in np.flatnonzero(sizes >= params.min_size)
    ]
    return large if len(large) > 1 else []


def _consensus(network: GeneNetwork, params: FunctionalParams) -> leiden.Consensus:
    return leiden.consensus(
        network.adjacency,
        seed=params.seed,
        n_runs=params.n_runs,
        n_best=params.n_best,
        resolution=params.resolution,
    )

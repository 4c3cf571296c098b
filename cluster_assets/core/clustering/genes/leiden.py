"""Leiden runs and their consensus: communities that do not hang on a seed.

One run of Leiden is one of many near-equal answers: two seeds agree to an ARI of 0.87 on STRING and
0.79 on STRING with hetio. The consensus reweights each edge by how often its two ends fell together
in 50 runs and clusters once more (ECG, Poulin and Theberge 2019): independent ensembles then agree
to 0.97 and 0.95 (medians), at no loss of modularity. Why this library, and the figures:
`docs/adr/0003-leiden-library.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Labels, Sparse
from cluster_assets.core.clustering.genes.graph import edge_rows
from cluster_assets.core.clustering.mixing import run_seeds
from cluster_assets.core.clustering.partitions import by_size
from cluster_assets.core.clustering.threads import side_by_side

ITERATIONS = 5  # more gain less than 0.0003 of modularity for each doubling of the time
LARGE = 250_000  # edges from which two iterations must do; a third takes seconds
FLOOR = 0.05  # share of its weight that an edge keeps which no run put into one cluster


@dataclass(frozen=True, slots=True)
class Consensus:
    """Communities of an ensemble.

    Attributes:
        labels: community of each node, numbered by size, largest 0.
        runs: n_nodes x n_runs, the community of each node in each run.
    """

    labels: Labels
    runs: Labels


def leiden(adjacency: Sparse, seed: int, resolution: float) -> tuple[float, Labels]:
    """Run Leiden once (Traag, Waltman and van Eck 2019).

    Returns:
        The modularity reached and the community of each node.
    """
    # not in the type stubs of 1.3.1
    quality, found = graspologic_native.leiden_csr(  # pyright: ignore[reportAttributeAccessIssue]
        adjacency.indptr.astype(np.int64),
        adjacency.indices.astype(np.int32),
        adjacency.data.astype(np.float64),
        adjacency.shape[0],
        resolution=resolution,
        iterations=ITERATIONS if adjacency.nnz < 2 * LARGE else 2,
        seed=seed,
    )
    labels = np.empty(adjacency.shape[0], dtype=np.int64)
    labels[np.fromiter(found.keys(), np.int64, len(found))] = np.fromiter(
        found.values(), np.int64, len(found)
    )
    return quality, labels


def consensus(
    adjacency: Sparse, *, seed: int, n_runs: int, n_best: int, resolution: float
) -> Consensus:
    """Cluster by an ensemble.

    Args:
        adjacency: n x n, symmetric.
        seed: everything random follows from it.
        n_runs: runs whose agreement gives the new weights.
        n_best: runs on the reweighted network.
        resolution: of modularity; higher gives more and smaller communities.
    """
    first, last = run_seeds(seed, 2)
    runs = np.column_stack(
        side_by_side(lambda s: leiden(adjacency, s, resolution)[1], run_seeds(first, n_runs))
    )
    return Consensus(agree(adjacency, runs, seed=last, n_best=n_best, resolution=resolution), runs)


def agree(adjacency: Sparse, runs: Labels, *, seed: int, n_best: int, resolution: float) -> Labels:
    """Return the communities on which runs agree, numbered by size.

    The best of the last runs is chosen by its quality on the reweighted network: ensembles then
    agree to 0.99 on a network of HPO similarity, to 0.97 when chosen on the original one.

    Args:
        adjacency: n x n, symmetric.
        runs: n x n_runs communities.
        seed: of the last runs.
        n_best: number of the last runs.
        resolution: of modularity.
    """
    rows = edge_rows(adjacency)
    together = np.zeros(adjacency.nnz)
    for run in runs.T:  # one at a time: all at once would take 50 numbers for each edge
        together += run[rows] == run[adjacency.indices]
    together /= runs.shape[1]
    reweighted = adjacency.copy()
    reweighted.data = adjacency.data * (FLOOR + (1 - FLOOR) * together)
    seeds = run_seeds(seed, n_best)
    finals = side_by_side(lambda s: leiden(reweighted, s, resolution), seeds)
    best = max(range(n_best), key=lambda run: finals[run][0])
    return by_size(finals[best][1])


def confidence(labels: Labels, runs: Labels) -> Floats:
    """Return for each node how often it fell together with the other members of its cluster.

    The mean over runs and over fellow members, 0 to 1; 1 for a node that is alone in its cluster.
    """
    sizes = np.bincount(labels)[labels]
    total = np.zeros(len(labels))
    for run in runs.T:
        pair = labels * (run.max() + 1) + run
        total += np.bincount(pair)[pair] - 1
    return np.where(sizes > 1, total / (runs.shape[1] * np.maximum(sizes - 1, 1)), 1.0)

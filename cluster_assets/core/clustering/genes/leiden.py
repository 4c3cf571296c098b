"""Leiden runs and their consensus: communities that do not depend on a seed.

A run of Leiden gives one of many near-equal answers: the adjusted Rand index (ARI) of two seeds is
0.87 on STRING and 0.79 on STRING with hetio. The consensus reweights each edge by how often 50 runs
put its two ends into the same community, and clusters again. Independent ensembles then have an ARI
of 0.97 and 0.95 (medians), with no loss of modularity. Why this library, and the figures:
`docs/adr/0003-leiden-library.md`.

Source: ensemble clustering for graphs, Poulin and Theberge (2019), doi:10.1007/s41109-019-0162-z.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Labels, Sparse
from cluster_assets.core.clustering.genes.graph import edge_rows
from cluster_assets.core.clustering.mixing import run_seeds
from cluster_assets.core.clustering.partitions import by_size
from cluster_assets.core.clustering.threads import side_by_side

ITERATIONS = 5  # doubling them gains less than 0.0003 of modularity
LARGE = 250_000  # edges from which only two iterations are run; a third takes seconds
FLOOR = 0.05  # share of its weight that an edge keeps if no run put its ends together


@dataclass(frozen=True, slots=True)
class Consensus:
    """Communities of an ensemble.

    Attributes:
        labels: `(n_nodes,)` community of each node, numbered by size, largest 0.
        runs: `(n_nodes, n_runs)` community of each node in each run.
    """

    labels: Labels
    runs: Labels


def leiden(adjacency: Sparse, seed: int, resolution: float) -> tuple[float, Labels]:
    """Run Leiden once.

    Args:
        adjacency: `(n_nodes, n_nodes)`, symmetric.
        seed: of this run.
        resolution: of modularity.

    Returns:
        The modularity, and the `(n_nodes,)` community of each node.

    Source:
        Traag, Waltman and van Eck (2019), doi:10.1038/s41598-019-41695-z.
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
    """Return the communities of an ensemble of runs.

    Args:
        adjacency: `(n_nodes, n_nodes)`, symmetric.
        seed: of all runs.
        n_runs: runs whose agreement gives the new weights.
        n_best: runs on the reweighted network, of which the best is taken.
        resolution: of modularity; higher gives more and smaller communities.
    """
    first, last = run_seeds(seed, 2)
    runs = np.column_stack(
        side_by_side(lambda s: leiden(adjacency, s, resolution)[1], run_seeds(first, n_runs))
    )
    return Consensus(agree(adjacency, runs, seed=last, n_best=n_best, resolution=resolution), runs)


def agree(adjacency: Sparse, runs: Labels, *, seed: int, n_best: int, resolution: float) -> Labels:
    """Return the communities on which runs agree, `(n_nodes,)`, numbered by size.

    The best of the final runs is chosen by its modularity on the reweighted network: on a network
    of HPO similarity the ARI of independent ensembles is then 0.99, against 0.97 if it is chosen on
    the original network.

    Args:
        adjacency: `(n_nodes, n_nodes)`, symmetric.
        runs: `(n_nodes, n_runs)` communities.
        seed: of the final runs.
        n_best: number of final runs.
        resolution: of modularity.
    """
    rows = edge_rows(adjacency)
    together = np.zeros(adjacency.nnz)
    for run in runs.T:  # one by one: together they would take 50 numbers per edge
        together += run[rows] == run[adjacency.indices]
    together /= runs.shape[1]
    reweighted = adjacency.copy()
    reweighted.data = adjacency.data * (FLOOR + (1 - FLOOR) * together)
    seeds = run_seeds(seed, n_best)
    finals = side_by_side(lambda s: leiden(reweighted, s, resolution), seeds)
    best = max(range(n_best), key=lambda run: finals[run][0])
    return by_size(finals[best][1])


def confidence(labels: Labels, runs: Labels) -> Floats:
    """Return how often each node was in one community with the other members of its cluster.

    Args:
        labels: `(n_nodes,)` final cluster of each node.
        runs: `(n_nodes, n_runs)` community of each node in each run.

    Returns:
        `(n_nodes,)` mean over runs and over the other members, 0 to 1; 1 for a node that is alone.
    """
    sizes = np.bincount(labels)[labels]
    total = np.zeros(len(labels))
    for run in runs.T:
        pair = labels * (run.max() + 1) + run
        total += np.bincount(pair)[pair] - 1
    return np.where(sizes > 1, total / (runs.shape[1] * np.maximum(sizes - 1, 1)), 1.0)

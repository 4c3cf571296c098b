"""Quality figures of a clustering.

A modularity says little by itself: it is compared with that of random networks, and clusters are
compared with those found in part of the data.
"""

from __future__ import annotations

import numpy as np

from cluster_assets.core.clustering.arrays import Flags, Floats, Labels
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import GeneNetwork, modularity, rewire, subnetwork
from cluster_assets.core.clustering.mixing import draw, id_keys, run_seeds
from cluster_assets.core.clustering.partitions import adjusted_rand_index, best_jaccard
from cluster_assets.core.clustering.threads import side_by_side

_ROWS = 512  # rows of the distance matrix in memory at a time
MAX_SILHOUETTE = 10_000  # points; of more, a sample of this size is measured


def null_modularity(network: GeneNetwork, n_null: int, seed: int, resolution: float) -> Floats:
    """Return the modularity that Leiden reaches in random networks with the same degrees.

    Args:
        network: the network to compare with.
        n_null: number of random networks.
        seed: of the random networks and of Leiden.
        resolution: of modularity.

    Returns:
        `(n_null,)` modularities.
    """

    def reach(run_seed: int) -> float:
        shuffled = rewire(network, run_seed)
        labels = leiden.leiden(shuffled.adjacency, run_seed, resolution)[1]
        return modularity(shuffled.adjacency, labels, resolution)

    return np.array(side_by_side(reach, run_seeds(seed, n_null)))


def community_stability(
    network: GeneNetwork,
    labels: Labels,
    *,
    n_draws: int,
    share: float,
    seed: int,
    resolution: float,
) -> Floats:
    """Return how well each cluster is recovered from subsamples of the genes.

    Each subsample is clustered by a single run: ensembles give 0.03 more on STRING, at thirty times
    the cost.

    Args:
        network: the network that was clustered.
        labels: `(n_nodes,)` cluster of each node.
        n_draws: number of subsamples.
        share: share of the nodes in a subsample, 0 to 1.
        seed: of the subsamples and of Leiden.
        resolution: of modularity.

    Returns:
        `(n_clusters,)` mean of the best Jaccard index over the subsamples, 0 to 1.

    Source:
        Hennig (2007), doi:10.1016/j.csda.2006.11.025.
    """
    keys = id_keys(network.nodes)

    def recover(run_seed: int) -> tuple[Floats, Flags]:
        kept = draw(keys, round(share * network.n_nodes), run_seed)
        part, positions = subnetwork(network, kept)
        matched = np.zeros(int(labels.max()) + 1)
        if part.n_nodes:  # a subsample without the hub of a star has no interactions
            found = leiden.leiden(part.adjacency, run_seed, resolution)[1]
            there = labels[positions]
            matched[: int(there.max()) + 1] = best_jaccard(there, found)
        return matched, np.bincount(labels[kept], minlength=len(matched)) > 0

    draws = side_by_side(recover, run_seeds(seed, n_draws))
    total = np.sum([matched for matched, _ in draws], axis=0)
    times = np.sum(
        [drawn for _, drawn in draws], axis=0
    )  # some subsamples contain no member of a tiny cluster
    return total / np.maximum(times, 1)


def ensemble_agreement(
    network: GeneNetwork, runs: Labels, *, seed: int, resolution: float
) -> float:
    """Return the adjusted Rand index of the consensus of two halves of an ensemble.

    It measures how little the result depends on the seed, and is a lower bound: two whole ensembles
    agree better than two halves.

    Args:
        network: the network that was clustered.
        runs: `(n_nodes, n_runs)` community of each node in each run.
        seed: of the final runs.
        resolution: of modularity.
    """
    halves = runs[:, ::2], runs[:, 1::2]
    if not halves[1].shape[1]:
        return 1.0
    seeds = run_seeds(seed, 2)
    one, two = (
        leiden.agree(network.adjacency, half, seed=half_seed, n_best=10, resolution=resolution)
        for half, half_seed in zip(halves, seeds, strict=True)
    )
    return adjusted_rand_index(one, two)


def silhouette(points: Floats, labels: Labels, seed: int) -> float:
    """Return the mean silhouette width, -1 to 1; of a sample if there are many points.

    Why it is not taken from scikit-learn: `docs/adr/0014-scikit-learn.md`.

    Args:
        points: `(n_points, n_axes)` coordinates.
        labels: `(n_points,)` cluster of each point.
        seed: of the sample.

    Returns:
        The mean width; 0 if there is a single cluster.

    Source:
        Rousseeuw (1987), doi:10.1016/0377-0427(87)90125-7.
    """
    if len(points) > MAX_SILHOUETTE:
        drawn = np.random.default_rng(seed).permutation(len(points))[:MAX_SILHOUETTE]
        points, labels = points[drawn], labels[drawn]
    labels = np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(labels)
    if len(sizes) < 2:
        return 0.0
    membership = np.eye(len(sizes))[labels]
    squares = (points**2).sum(axis=1)
    widths = np.empty(len(points))
    for start in range(0, len(points), _ROWS):
        rows = slice(start, start + _ROWS)
        squared = squares[rows, None] + squares - 2 * points[rows] @ points.T
        sums = np.sqrt(np.maximum(squared, 0.0)) @ membership
        widths[rows] = _widths(sums, labels[rows], sizes)
    return float(widths.mean())


def _widths(sums: Floats, labels: Labels, sizes: Labels) -> Floats:
    """Return silhouette widths from summed distances to each cluster; 0 for a cluster of one."""
    rows = np.arange(len(labels))
    own_size = sizes[labels]
    own = sums[rows, labels] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    widths = np.divide(other - own, larger, out=np.zeros_like(own), where=larger > 0)
    return np.where(own_size > 1, widths, 0.0)

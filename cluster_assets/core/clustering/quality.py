"""How good a clustering is, in figures that are recorded with it.

A modularity or a silhouette says little by itself: it is set against what a network without
communities, or data without groups, would give, and against what comes back from part of the data.
"""

from __future__ import annotations

import numpy as np

from cluster_assets.core.clustering.arrays import Flags, Floats, Labels
from cluster_assets.core.clustering.genes import leiden
from cluster_assets.core.clustering.genes.graph import Network, modularity, rewire, subnetwork
from cluster_assets.core.clustering.mixing import draw, id_keys, run_seeds
from cluster_assets.core.clustering.partitions import adjusted_rand_index, best_jaccard
from cluster_assets.core.clustering.threads import side_by_side

_ROWS = 512  # distances held at a time: n x 512 doubles
MAX_SILHOUETTE = 10_000  # entities; beyond it a sample of so many


def null_modularity(network: Network, n_null: int, seed: int, resolution: float) -> Floats:
    """Return the modularity that Leiden reaches in networks with the same degrees.

    Communities are sought anew in each, because even a random network has some.
    """

    def reach(run_seed: int) -> float:
        shuffled = rewire(network, run_seed)
        labels = leiden.leiden(shuffled.adjacency, run_seed, resolution)[1]
        return modularity(shuffled.adjacency, labels, resolution)

    return np.array(side_by_side(reach, run_seeds(seed, n_null)))


def community_stability(
    network: Network, labels: Labels, *, n_draws: int, share: float, seed: int, resolution: float
) -> Floats:
    """Return for each cluster how well it comes back from part of the genes.

    The mean of its best Jaccard index over draws of a share of the nodes (Hennig 2007). A draw is
    clustered by a single run: whole ensembles give 0.03 more on STRING, for thirty times the work.
    """
    keys = id_keys(network.nodes)

    def recover(run_seed: int) -> tuple[Floats, Flags]:
        kept = draw(keys, round(share * network.n_nodes), run_seed)
        part, positions = subnetwork(network, kept)
        matched = np.zeros(int(labels.max()) + 1)
        if part.n_nodes:  # a draw without the hub of a star has no interaction left
            found = leiden.leiden(part.adjacency, run_seed, resolution)[1]
            there = labels[positions]
            matched[: int(there.max()) + 1] = best_jaccard(there, found)
        return matched, np.bincount(labels[kept], minlength=len(matched)) > 0

    draws = side_by_side(recover, run_seeds(seed, n_draws))
    total = np.sum([matched for matched, _ in draws], axis=0)
    times = np.sum([drawn for _, drawn in draws], axis=0)  # tiny clusters miss some draws
    return total / np.maximum(times, 1)


def ensemble_agreement(network: Network, runs: Labels, *, seed: int, resolution: float) -> float:
    """Return the adjusted Rand index of the clusterings that each half of the runs leads to.

    A lower bound for two whole ensembles; how much of the outcome is not chance of the seeds.
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
    """Return the mean silhouette width (Rousseeuw 1987), of a sample when there are many points.

    Args:
        points: n_points x n_axes.
        labels: cluster of each point.
        seed: of the sample.
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
    """Return silhouettes from summed distances to each cluster; 0 for a point on its own."""
    rows = np.arange(len(labels))
    own_size = sizes[labels]
    own = sums[rows, labels] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    widths = np.divide(other - own, larger, out=np.zeros_like(own), where=larger > 0)
    return np.where(own_size > 1, widths, 0.0)

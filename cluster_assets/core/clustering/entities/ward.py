"""Ward's tree, its cuts, and their consolidation: the clustering of points in a factor space.

The hierarchical method of FactoMineR's HCPC, with two differences: consolidation runs until nothing
moves (ten rounds leave an ARI of 0.83 to the converged partition), and points beyond what a tree
can hold are first gathered in small cells.

A point may stand for several entities with the same profile. It is one row with a weight, so that
no step can part them.
"""

from __future__ import annotations

from dataclasses import dataclass

import fastcluster
import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Labels, Positions
from cluster_assets.core.clustering.partitions import by_size

MAX_TREE = 50_000  # points that go into a tree one by one; time grows with their square
N_CELLS = 1000  # cells beyond that
DECIMALS = 9  # coordinates are rounded so that no last bit of a linear algebra library decides
_MAX_ROUNDS = 1000  # of consolidation; real data takes 10 to 100


@dataclass(frozen=True, slots=True)
class Tree:
    """Ward's tree over points or cells.

    Attributes:
        merges: (n_leaves - 1) x 2, the nodes joined by each step; step i makes node n_leaves + i.
        heights: height of each step.
        cell: leaf of each point (the first, when it stands for several).
    """

    merges: Labels
    heights: Floats
    cell: Labels


def grow_tree(points: Floats, weights: Labels | None = None) -> Tree:
    """Return Ward's tree of n_points x n_axes coordinates.

    Args:
        points: their coordinates.
        weights: entities that each point stands for; one each when not given.
    """
    points = np.round(points, DECIMALS)
    weights = np.ones(len(points), dtype=np.int64) if weights is None else weights
    if weights.sum() <= MAX_TREE:
        # The library knows no weights; copies merge first, at height 0
        steps = fastcluster.linkage_vector(np.repeat(points, weights, axis=0), method="ward")
        return Tree(steps[:, :2].astype(np.int64), steps[:, 2], np.cumsum(weights) - weights)
    cell = gather_cells(points, N_CELLS, weights)
    merges, heights = weighted_ward(centres_of(points, cell, weights), np.bincount(cell, weights))
    return Tree(merges, heights, cell)


def cut_tree(tree: Tree, n_clusters: int, weights: Labels | None = None) -> Labels:
    """Return the cluster of each point when the tree is cut into n_clusters, largest 0."""
    n_leaves = len(tree.merges) + 1
    root = np.arange(2 * n_leaves - 1)
    for step in range(2):
        kept = max(n_leaves - n_clusters, 0)
        root[tree.merges[:kept, step]] = n_leaves + np.arange(kept)
    while not np.array_equal(root, root[root]):
        root = root[root]
    return by_size(root[tree.cell], weights)


def consolidate(points: Floats, labels: Labels, weights: Labels | None = None) -> Labels:
    """Move points to the nearest centre until none moves (k-means of Lloyd 1982), largest 0.

    A point stays where it is on a tie, so the method ends. A cluster that loses all its points is
    gone: the result may have fewer clusters.
    """
    points = np.round(points, DECIMALS)
    # axes as rows, and a last row that turns products into nearness: one multiplication a round
    lifted = np.vstack([points.T, np.full(len(points), -0.5)])
    columns = np.arange(len(points))
    labels = by_size(labels, weights)
    for _ in range(_MAX_ROUNDS):
        centres = centres_of(points, labels, weights)
        nearness = np.column_stack([centres, (centres**2).sum(axis=1)]) @ lifted
        best = nearness.argmax(axis=0)
        moves = nearness[best, columns] > nearness[labels, columns] + 1e-12
        if not moves.any():
            break
        labels = np.where(moves, best, labels)
        if not np.bincount(labels).all():
            labels = by_size(labels, weights)
    return by_size(labels, weights)


def assign_nearest(points: Floats, known: Positions, labels: Labels) -> Labels:
    """Return the cluster of every point, given the clusters of some of them.

    Args:
        points: n_points x n_axes.
        known: positions of the points whose cluster is known, once for each entity.
        labels: their clusters, numbered without gaps.
    """
    return nearness_to(points, centres_of(points[known], labels)).argmax(axis=1)


def centres_of(points: Floats, labels: Labels, weights: Labels | None = None) -> Floats:
    """Return the n_clusters x n_axes means of clusters numbered without gaps."""
    columns = points.T if weights is None else points.T * weights
    sums = [np.bincount(labels, column) for column in columns]
    return np.column_stack(sums) / np.bincount(labels, weights)[:, None]


def nearness_to(points: Floats, centres: Floats) -> Floats:
    """Return n_points x n_centres values that grow as the squared distance falls, by half of it."""
    return points @ centres.T - (centres**2).sum(axis=1) / 2


def within_inertia(points: Floats, labels: Labels, weights: Labels | None = None) -> float:
    """Return the inertia within clusters: mean squared distance of the points to their centres."""
    squares = ((points - centres_of(points, labels, weights)[labels]) ** 2).sum(axis=1)
    return float(np.average(squares, weights=weights))


def gather_cells(points: Floats, n_cells: int, weights: Labels | None = None) -> Labels:
    """Gather points in small cells: halve the widest cell along its widest axis, again and again.

    Deterministic, and in one pass as good a start for a tree as a k-means with as many centres; the
    consolidation that follows works on the points themselves.
    """
    weights = np.ones(len(points), dtype=np.int64) if weights is None else weights
    cell = np.zeros(len(points), dtype=np.int64)
    members = {0: np.arange(len(points))}
    scatter = {0: _scatter(points, weights)}
    while len(members) < n_cells:
        widest = max(scatter, key=lambda key: (scatter[key][0], -key))
        if scatter[widest][0] <= 0:  # only copies of one another are left in every cell
            break
        inside, axis = members[widest], scatter[widest][1]
        column = points[inside, axis]
        upper = column > np.average(column, weights=weights[inside])
        new = len(members)
        members[widest], members[new] = inside[~upper], inside[upper]
        for key in (widest, new):
            cell[members[key]] = key
            scatter[key] = _scatter(points[members[key]], weights[members[key]])
    return cell


def weighted_ward(centres: Floats, sizes: Labels) -> tuple[Labels, Floats]:
    """Return Ward's tree of points that stand for several each (Lance and Williams 1967).

    Args:
        centres: n x n_axes.
        sizes: points that each stands for.

    Returns:
        Merges as in `Tree`, and their heights.
    """
    n = len(centres)
    weight = sizes.astype(float)
    cost = _ward_costs(centres, weight)
    node = np.arange(n)
    merges, heights = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    for step in range(n - 1):
        first, second = sorted(divmod(int(cost.argmin()), n))
        merges[step], heights[step] = (node[first], node[second]), cost[first, second]
        joint = (
            (weight + weight[first]) * cost[first]
            + (weight + weight[second]) * cost[second]
            - weight * cost[first, second]
        ) / (weight + weight[first] + weight[second])
        weight[first] += weight[second]
        cost[first], cost[:, first] = joint, joint
        cost[second], cost[:, second], cost[first, first] = np.inf, np.inf, np.inf
        node[first] = n + step
    return merges, np.sqrt(2 * heights)


def _ward_costs(centres: Floats, sizes: Floats) -> Floats:
    """Return the inertia that joining each pair would add."""
    lengths = (centres**2).sum(axis=1)
    squared = np.maximum(lengths[:, None] + lengths - 2 * centres @ centres.T, 0.0)
    cost = squared * np.outer(sizes, sizes) / (sizes[:, None] + sizes)
    np.fill_diagonal(cost, np.inf)
    return cost


def _scatter(points: Floats, weights: Labels) -> tuple[float, int]:
    """Return the summed squares along the widest axis, and that axis; exactly 0 for copies."""
    mean = np.average(points, axis=0, weights=weights)
    squares = weights @ (points - mean) ** 2 * (np.ptp(points, axis=0) > 0)
    axis = int(squares.argmax())
    return float(squares[axis]), axis

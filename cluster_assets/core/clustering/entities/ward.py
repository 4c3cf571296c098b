"""Ward's tree, its cuts, and their consolidation: the clustering of points in a factor space.

The method is that of HCPC in FactoMineR, with two differences. Consolidation runs until no point
moves: after ten rounds, the adjusted Rand index with the converged partition is only 0.83. And if
there are too many points for a tree, they are first grouped into small cells.

A point may represent several entities with the same profile. It is one row with a weight, so that
no step can separate them.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
from __future__ import annotations

from dataclasses import dataclass

import fastcluster
import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Ids, Labels, Positions
from cluster_assets.core.clustering.partitions import by_size

MAX_TREE = 50_000  # entities above which cells are formed; time grows with their square
N_CELLS = 1000  # cells that are formed then
DECIMALS = (
    9  # of rounded coordinates, so that the last bits of a linear algebra library do not matter
)
_MAX_ROUNDS = 1000  # of consolidation; real data takes 10 to 100


@dataclass(frozen=True, slots=True)
class Tree:
    """Ward's tree of entities or cells.

    Attributes:
        merges: `(n_leaves - 1, 2)` nodes joined by each step; step i creates node n_leaves + i.
        heights: `(n_leaves - 1,)` height of each step.
        leaf: `(n_points,)` leaf of each point; the first of its leaves if it has several.
        sizes: `(n_leaves,)` entities in each leaf.
    """

    merges: Labels
    heights: Floats
    leaf: Labels
    sizes: Labels


@dataclass(frozen=True, slots=True)
class FactorSpace:
    """What an analysis of entities found before it cut clusters: pictures are drawn from it.

    Attributes:
        entity_ids: `(n_entities,)` ids, sorted by code point.
        coordinates: `(n_entities, n_axes)` principal coordinates.
        tree: the tree that was cut.
    """

    entity_ids: Ids
    coordinates: Floats
    tree: Tree


def grow_tree(points: Floats, weights: Labels | None = None) -> Tree:
    """Return Ward's tree of some points.

    Args:
        points: `(n_points, n_axes)` coordinates.
        weights: `(n_points,)` entities that each point represents; None for one each.

    Source:
        Ward (1963), doi:10.1080/01621459.1963.10500845.
    """
    points = np.round(points, DECIMALS)
    weights = np.ones(len(points), dtype=np.int64) if weights is None else weights
    if weights.sum() <= MAX_TREE:
        # the library has no weights; copies are merged first, at height 0
        copies = np.repeat(points, weights, axis=0)
        steps: Floats = fastcluster.linkage_vector(copies, method="ward")
        return Tree(
            merges=steps[:, :2].astype(np.int64),
            heights=steps[:, 2],
            leaf=np.cumsum(weights) - weights,
            sizes=np.ones(len(copies), dtype=np.int64),
        )
    cell = gather_cells(points, N_CELLS, weights)
    sizes = np.bincount(cell, weights).astype(np.int64)
    merges, heights = weighted_ward(centres_of(points, cell, weights), sizes)
    return Tree(merges, heights, cell, sizes)


def cut_tree(tree: Tree, n_clusters: int, weights: Labels | None = None) -> Labels:
    """Return the `(n_points,)` cluster of each point when a tree is cut, largest 0.

    Args:
        tree: tree of the points.
        n_clusters: number of clusters.
        weights: `(n_points,)` entities that each point represents; None for one each.
    """
    n_leaves = len(tree.merges) + 1
    root = np.arange(2 * n_leaves - 1)
    for step in range(2):
        kept = max(n_leaves - n_clusters, 0)
        root[tree.merges[:kept, step]] = n_leaves + np.arange(kept)
    while not np.array_equal(root, root[root]):
        root = root[root]
    return by_size(root[tree.leaf], weights)


def consolidate(points: Floats, labels: Labels, weights: Labels | None = None) -> Labels:
    """Return the partition after points have moved to the nearest centre until none moves.

    On a tie a point stays, so the method always ends. A cluster that loses all its points is
    removed: the result may have fewer clusters.

    Args:
        points: `(n_points, n_axes)` coordinates.
        labels: `(n_points,)` initial cluster of each point.
        weights: `(n_points,)` entities that each point represents; None for one each.

    Returns:
        `(n_points,)` clusters, largest 0.

    Source:
        k-means of Lloyd (1982), doi:10.1109/TIT.1982.1056489.
    """
    points = np.round(points, DECIMALS)
    # axes as rows, and a last row that turns products into nearness: one multiplication per round
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
    """Return the cluster of every point, given the clusters of some points.

    Args:
        points: `(n_points, n_axes)` coordinates.
        known: `(n_known,)` positions of points with a known cluster, repeated once per entity.
        labels: `(n_known,)` their clusters, numbered without gaps.
    """
    return nearness_to(points, centres_of(points[known], labels)).argmax(axis=1)


def centres_of(points: Floats, labels: Labels, weights: Labels | None = None) -> Floats:
    """Return the `(n_clusters, n_axes)` means of clusters that are numbered without gaps."""
    columns = points.T if weights is None else points.T * weights
    sums = [np.bincount(labels, column) for column in columns]
    return np.column_stack(sums) / np.bincount(labels, weights)[:, None]


def nearness_to(points: Floats, centres: Floats) -> Floats:
    """Return minus half the squared distances `(n_points, n_centres)`, up to a term per point."""
    return points @ centres.T - (centres**2).sum(axis=1) / 2


def within_inertia(points: Floats, labels: Labels, weights: Labels | None = None) -> float:
    """Return the inertia within clusters: the mean squared distance of points to their centres."""
    squares = ((points - centres_of(points, labels, weights)[labels]) ** 2).sum(axis=1)
    return float(np.average(squares, weights=weights))


def gather_cells(points: Floats, n_cells: int, weights: Labels | None = None) -> Labels:
    """Return the cell of each point: repeatedly, the widest cell is halved along its widest axis.

    This is deterministic, and as good a start for a tree as k-means with as many centres.
    Consolidation then works on the points themselves.

    Args:
        points: `(n_points, n_axes)` coordinates.
        n_cells: largest number of cells.
        weights: `(n_points,)` entities that each point represents; None for one each.
    """
    weights = np.ones(len(points), dtype=np.int64) if weights is None else weights
    cell = np.zeros(len(points), dtype=np.int64)
    members = {0: np.arange(len(points))}
    scatter = {0: _scatter(points, weights)}
    while len(members) < n_cells:
        widest = max(scatter, key=lambda key: (scatter[key][0], -key))
        if scatter[widest][0] <= 0:  # every cell holds only copies of one point
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
    """Return Ward's tree of weighted points.

    Args:
        centres: `(n_leaves, n_axes)` coordinates.
        sizes: `(n_leaves,)` entities that each point represents.

    Returns:
        The `merges` and `heights` of a `Tree`.

    Source:
        Lance and Williams (1967), doi:10.1093/comjnl/9.4.373.
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
    """Return the inertia that merging each pair would add, `(n_leaves, n_leaves)`."""
    lengths = (centres**2).sum(axis=1)
    squared = np.maximum(lengths[:, None] + lengths - 2 * centres @ centres.T, 0.0)
    cost = squared * np.outer(sizes, sizes) / (sizes[:, None] + sizes)
    np.fill_diagonal(cost, np.inf)
    return cost


def _scatter(points: Floats, weights: Labels) -> tuple[float, int]:
    """Return the sum of squares along the widest axis, exactly 0 for copies, and that axis."""
    mean = np.average(points, axis=0, weights=weights)
    squares = weights @ (points - mean) ** 2 * (np.ptp(points, axis=0) > 0)
    axis = int(squares.argmax())
    return float(squares[axis]), axis

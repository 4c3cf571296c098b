"""Draws of the entities: partitions of part of the data, and which clusters come back in them.

Each draw takes 80 % of the entities and goes the whole way again: axes, tree, cut, consolidation.
A cluster's stability is the mean, over the draws, of its best Jaccard index there (Hennig 2007,
who calls 0.75 the bar below which a cluster should not be believed).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cluster_assets.core.clustering.arrays import Floats, Labels, Positions, Sparse
from cluster_assets.core.clustering.entities.mca import fit_mca
from cluster_assets.core.clustering.entities.presence import Presence
from cluster_assets.core.clustering.entities.ward import (
    assign_nearest,
    consolidate,
    cut_tree,
    grow_tree,
    within_inertia,
)
from cluster_assets.core.clustering.mixing import draw, id_keys, run_seeds
from cluster_assets.core.clustering.partitions import best_jaccard, by_size
from cluster_assets.core.clustering.threads import side_by_side

MAX_DRAWN = 5000  # entities of a draw; fewer than 80 % makes the verdict stricter, not milder
NEIGHBOURS = 2  # draws whose partitions are tried as starts as well


@dataclass(frozen=True, slots=True)
class Draw:
    """Part of the entities, partitioned by their profiles.

    Attributes:
        drawn: which entities were drawn, sorted, and
        rows: the place of each one's profile in what follows.
        positions: which profiles were drawn, sorted.
        weights: entities drawn of each.
        points: their coordinates, on axes of their own.
        partitions: the cluster of each of them, by the number of clusters asked for.
    """

    drawn: Positions
    rows: Positions
    positions: Positions
    weights: Labels
    points: Floats
    partitions: dict[int, Labels]


@dataclass(frozen=True, slots=True)
class Drawer:
    """Makes draws, always the same ones for the same entities and seed."""

    active: Sparse
    profile: Labels
    keys: NDArray[np.uint64]
    seeds: Sequence[int]
    n_axes: int
    share: float

    def make(self, start: int, end: int, numbers: Collection[int]) -> list[Draw]:
        """Return draws number `start` to `end`, each partitioned into each number of clusters."""
        draws = side_by_side(partial(self._one, sorted(numbers)), self.seeds[start:end])
        count = len(draws)  # in a ring, each has neighbours
        rings = [
            [draws[(i + step) % count] for step in range(NEIGHBOURS + 1)] for i in range(count)
        ]
        return side_by_side(_improved, rings)

    def _one(self, numbers: Sequence[int], seed: int) -> Draw:
        drawn = draw(self.keys, min(round(self.share * len(self.keys)), MAX_DRAWN), seed)
        positions, first, rows, weights = np.unique(
            self.profile[drawn], return_index=True, return_inverse=True, return_counts=True
        )
        points = fit_mca(self.active[drawn], self.n_axes).coordinates[first]
        tree = grow_tree(points, weights)
        partitions = {n: consolidate(points, cut_tree(tree, n, weights), weights) for n in numbers}
        return Draw(drawn, rows, positions, weights, points, partitions)


def best_partition(own: Draw, number: int, others: Sequence[Draw]) -> Labels:
    """Return the consolidated partition of least inertia, from several starts.

    One tree is not enough. Consolidation ends in the optimum next to where the cut starts it, and
    one entity more or less sends the cut elsewhere: what was measured then was the luck of the
    start (the stability of one and the same cluster spread by 0.16, with two more starts 0.03).

    Args:
        own: what is partitioned; its own partition is one of the starts.
        number: of clusters.
        others: draws whose partitions into as many clusters are tried too.
    """
    points, weights, ends = own.points, own.weights, [own.partitions[number]]
    reached = ends[0].max()
    for other in others:
        _, here, there = np.intersect1d(
            own.drawn, other.drawn, assume_unique=True, return_indices=True
        )
        if here.size:
            known = by_size(other.partitions[number][other.rows[there]])
            start = assign_nearest(points, own.rows[here], known)
            ends.append(consolidate(points, start, weights))
    whole = [labels for labels in ends if labels.max() == reached] or ends[:1]
    return min(whole, key=lambda labels: round(within_inertia(points, labels, weights), 9))


def _improved(ring: Sequence[Draw]) -> Draw:
    own, *others = ring
    better = {number: best_partition(own, number, others) for number in own.partitions}
    return replace(own, partitions=better)


def drawer(
    presence: Presence, profile: Labels, *, n_axes: int, n_draws: int, share: float, seed: int
) -> Drawer:
    """Return what makes the draws of these entities.

    Args:
        presence: the entities and their active terms.
        profile: of each entity.
        n_axes: axes of the MCA.
        n_draws: draws in all.
        share: of the entities in a draw.
        seed: of the draws.
    """
    return Drawer(
        active=presence.active,
        profile=profile,
        keys=id_keys(presence.entity_ids),
        seeds=run_seeds(seed, n_draws),
        n_axes=n_axes,
        share=share,
    )


def stability_in(draws: Sequence[Draw], labels: Labels) -> Floats:
    """Return the mean of the best Jaccard index of each cluster over the draws.

    A cluster of which nothing was drawn counts as not found.

    Args:
        draws: partitioned into as many clusters.
        labels: cluster of each profile.
    """
    number = int(labels.max()) + 1
    matched = np.zeros((len(draws), number))
    for row, one in enumerate(draws):
        there = labels[one.positions]
        matched[row, : int(there.max()) + 1] = best_jaccard(
            there, one.partitions[number], one.weights
        )
    return matched.mean(axis=0)

"""Draws of the entities: partitions of part of the data, and which clusters come back in them.

Each draw takes 80 % of the entities and goes the whole way again: axes, tree, cut, consolidation.
A cluster's stability is the mean, over the draws, of its best Jaccard index there (Hennig 2007,
who calls 0.75 the bar below which a cluster should not be believed).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cluster_assets.core.arrays import Floats, Labels, Positions, Sparse
from cluster_assets.core.mca import fit_mca
from cluster_assets.core.mixing import draw, id_keys, run_seeds
from cluster_assets.core.partitions import best_jaccard
from cluster_assets.core.presence import Presence
from cluster_assets.core.threads import side_by_side
from cluster_assets.core.ward import consolidate, cut_tree, grow_tree

MAX_DRAWN = 5000  # entities of a draw; fewer than 80 % makes the verdict stricter, not milder


@dataclass(frozen=True, slots=True)
class Draw:
    """Part of the entities, partitioned.

    Attributes:
        positions: which entities were drawn, sorted.
        partitions: the cluster of each of them, by the number of clusters asked for.
    """

    positions: Positions
    partitions: dict[int, Labels]


@dataclass(frozen=True, slots=True)
class Drawer:
    """Makes draws, always the same ones for the same entities and seed."""

    active: Sparse
    keys: NDArray[np.uint64]
    seeds: Sequence[int]
    n_axes: int
    share: float

    def make(self, start: int, end: int, numbers: Collection[int]) -> list[Draw]:
        """Return draws number `start` to `end`, each partitioned into each number of clusters."""
        return side_by_side(partial(self._one, sorted(numbers)), self.seeds[start:end])

    def _one(self, numbers: Sequence[int], seed: int) -> Draw:
        drawn = draw(self.keys, min(round(self.share * len(self.keys)), MAX_DRAWN), seed)
        points = fit_mca(self.active[drawn], self.n_axes).coordinates
        tree = grow_tree(points)
        return Draw(drawn, {n: consolidate(points, cut_tree(tree, n)) for n in numbers})


def drawer(presence: Presence, *, n_axes: int, n_draws: int, share: float, seed: int) -> Drawer:
    """Return what makes the draws of these entities.

    Args:
        presence: the entities and their active terms.
        n_axes: axes of the MCA.
        n_draws: draws in all.
        share: of the entities in a draw.
        seed: of the draws.
    """
    return Drawer(
        active=presence.active,
        keys=id_keys(presence.entity_ids),
        seeds=run_seeds(seed, n_draws),
        n_axes=n_axes,
        share=share,
    )


def stability_in(draws: Sequence[Draw], labels: Labels) -> Floats:
    """Return the mean of the best Jaccard index of each cluster over the draws.

    A cluster of which nothing was drawn counts as not found.
    """
    number = int(labels.max()) + 1
    matched = np.zeros((len(draws), number))
    for row, one in enumerate(draws):
        there = labels[one.positions]
        matched[row, : int(there.max()) + 1] = best_jaccard(there, one.partitions[number])
    return matched.mean(axis=0)

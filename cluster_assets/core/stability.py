"""Which partitions of the entities come back from part of the data.

Each draw takes 80 % of the entities and goes the whole way again: axes, tree, cut, consolidation.
A cluster's stability is the mean, over the draws, of its best Jaccard index there (Hennig 2007,
who calls 0.75 the bar below which a cluster should not be believed).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

import numpy as np

from cluster_assets.core.arrays import Floats, Labels, Sparse
from cluster_assets.core.mca import fit_mca
from cluster_assets.core.partitions import best_jaccard
from cluster_assets.core.threads import side_by_side
from cluster_assets.core.ward import consolidate, cut_tree, grow_tree

# After so many draws a partition whose worst cluster is so far below the bar is given up, and one
# that is so far above it needs no more of them: draws differ by some hundredths at the most
STAGES = ((5, 0.15), (20, 0.05))
ENOUGH = 20  # draws that every figure rests on
MAX_DRAWN = 5000  # entities of a draw; fewer than 80 % makes the verdict stricter, not milder


def measure_stability(
    presence: Sparse,
    partitions: Mapping[str, Labels],
    *,
    always: Collection[str],
    bar: float,
    n_axes: int,
    n_draws: int,
    share: float,
    seed: int,
) -> dict[str, Floats]:
    """Return the stability of each cluster, for the partitions that keep near the bar.

    Args:
        presence: n_entities x n_terms.
        partitions: cluster of each entity, by any name.
        always: names that are measured to the end, however unstable.
        bar: stability that the worst cluster should reach; hopeless partitions see few draws.
        n_axes: axes of the MCA.
        n_draws: draws in all.
        share: of the entities in a draw.
        seed: of the draws.
    """
    alive = dict(partitions)
    seen: dict[str, list[Floats]] = {name: [] for name in partitions}
    seeds = np.random.SeedSequence(seed).spawn(n_draws)
    stability: dict[str, Floats] = {}
    start = 0
    for end, slack in (*((n, s) for n, s in STAGES if n < n_draws), (n_draws, 0.0)):
        draw = partial(_draw, presence, alive, n_axes, share)
        for found in side_by_side(draw, seeds[start:end]):
            for name, jaccard in found.items():
                seen[name].append(jaccard)
        stability = {name: np.mean(seen[name], axis=0) for name in alive}
        hopeless = {name for name in alive if stability[name].min() < bar - slack}
        alive = {n: labels for n, labels in alive.items() if n in always or n not in hopeless}
        if end >= ENOUGH and all(abs(stability[name].min() - bar) > slack for name in alive):
            break
        start = end
    return {name: stability[name] for name in alive}


def _draw(
    presence: Sparse,
    partitions: Mapping[str, Labels],
    n_axes: int,
    share: float,
    seed: np.random.SeedSequence,
) -> dict[str, Floats]:
    """Return how well each cluster of each partition is found again in one draw."""
    total = presence.shape[0]
    n_drawn = min(round(share * total), MAX_DRAWN)
    drawn = np.sort(np.random.default_rng(seed).permutation(total)[:n_drawn])
    points = fit_mca(presence[drawn], n_axes).coordinates
    tree = grow_tree(points)
    numbers = {name: int(labels.max()) + 1 for name, labels in partitions.items()}
    again = {n: consolidate(points, cut_tree(tree, n)) for n in sorted(set(numbers.values()))}
    return {
        name: _matched(labels[drawn], again[numbers[name]], numbers[name])
        for name, labels in partitions.items()
    }


def _matched(labels: Labels, again: Labels, n_clusters: int) -> Floats:
    """Return the best Jaccard index of each cluster, 0 for one of which nothing was drawn."""
    matched = np.zeros(n_clusters)
    matched[: int(labels.max()) + 1] = best_jaccard(labels, again)
    return matched

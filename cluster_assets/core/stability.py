"""How many clusters the entities bear: the largest number at which every cluster comes back.

Each draw takes 80 % of the entities and goes the whole way again: axes, tree, cut, consolidation.
A cluster's stability is the mean, over the draws, of its best Jaccard index there (Hennig 2007,
who calls 0.75 the bar below which a cluster should not be believed). The criterion of HCPC, in
contrast, answers with the smallest number it is allowed, whatever the data.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cluster_assets.core.mca import fit_mca
from cluster_assets.core.partitions import Labels, best_jaccard
from cluster_assets.core.ward import consolidate, cut_tree, grow_tree

Floats = NDArray[np.float64]
# after so many draws, numbers of clusters whose worst cluster is so far below the bar are given up
STAGES = ((5, 0.15), (20, 0.05))
MAX_DRAWN = 5000  # entities of a draw; fewer than 80 % makes the verdict stricter, not milder


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen partition.

    Attributes:
        labels: cluster of each entity, largest 0.
        stability: n_clusters mean Jaccard indices over the draws.
        is_stable: whether all reach the bar; if not, this is the smallest number allowed.
    """

    labels: Labels
    stability: Floats
    is_stable: bool


def choose_partition(
    presence: sparse.csr_array,
    candidates: Mapping[int, Labels],
    *,
    n_axes: int,
    min_stability: float,
    n_draws: int,
    share: float,
    seed: int,
) -> Choice:
    """Return the candidate with the most clusters all of which are stable.

    Args:
        presence: n_entities x n_terms.
        candidates: number of clusters to partition; the smallest number is the way out.
        n_axes: axes of the MCA.
        min_stability: the bar.
        n_draws: draws in all; hopeless candidates see only the first few of them.
        share: of the entities in a draw.
        seed: of the draws.
    """
    floor = min(candidates)
    alive = dict(candidates)
    seen: dict[int, list[Floats]] = {number: [] for number in candidates}
    seeds = np.random.SeedSequence(seed).spawn(n_draws)
    start = 0
    for end, slack in (*((n, s) for n, s in STAGES if n < n_draws), (n_draws, 0.0)):
        for found in _draw_all(presence, alive, n_axes, share, seeds[start:end]):
            for number, jaccard in found.items():
                seen[number].append(jaccard)
        start = end
        alive = {
            number: labels
            for number, labels in alive.items()
            if number == floor or np.mean(seen[number], axis=0).min() >= min_stability - slack
        }
    number = max(alive)
    stability = np.mean(seen[number], axis=0)
    return Choice(alive[number], stability, bool(stability.min() >= min_stability))


def _draw_all(
    presence: sparse.csr_array,
    candidates: Mapping[int, Labels],
    n_axes: int,
    share: float,
    seeds: list[np.random.SeedSequence],
) -> list[dict[int, Floats]]:
    """Make the draws side by side; each has its own seed, so threads change only the time."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda s: _draw(presence, candidates, n_axes, share, s), seeds))


def _draw(
    presence: sparse.csr_array,
    candidates: Mapping[int, Labels],
    n_axes: int,
    share: float,
    seed: np.random.SeedSequence,
) -> dict[int, Floats]:
    total = presence.shape[0]
    n_drawn = min(round(share * total), MAX_DRAWN)
    drawn = np.sort(np.random.default_rng(seed).permutation(total)[:n_drawn])
    points = fit_mca(presence[drawn], n_axes).coordinates
    tree = grow_tree(points)
    return {
        number: best_jaccard(labels[drawn], consolidate(points, cut_tree(tree, number)))
        for number, labels in candidates.items()
    }

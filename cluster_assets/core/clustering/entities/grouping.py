"""The partition of the entities and its number of clusters, found afresh or carried over.

Entities with the same active terms form one weighted profile, so they are always in one cluster.
The number of clusters is the largest at which every cluster is recovered from subsamples of 80 % of
the entities. The criterion of HCPC, by contrast, returns the smallest number allowed on any data.
Figures: `docs/adr/0011-number-of-phenotype-clusters.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Labels
from cluster_assets.core.clustering.continuity import (
    MAX_LOSS,
    UNKNOWN,
    WarmStart,
    continue_entities,
    homes_of,
)
from cluster_assets.core.clustering.entities.presence import Presence, distinct_profiles
from cluster_assets.core.clustering.entities.stability import (
    Sampler,
    Subsample,
    best_partition,
    sampler,
    stability_in,
)
from cluster_assets.core.clustering.entities.ward import (
    DECIMALS,
    Tree,
    consolidate,
    cut_tree,
    grow_tree,
)
from cluster_assets.core.clustering.params import PhenotypeParams
from cluster_assets.core.clustering.threads import side_by_side

# Hysteresis: without it, a number of clusters near the threshold would change with every change of
# the data, because one entity moves the stability of the worst cluster by up to 0.03
HYSTERESIS = 0.10
PROPOSING = 4  # subsamples that propose partitions; others judge them
HOPELESS = 0.15  # proposals this far below the threshold in the proposing subsamples are dropped
# Number of judging subsamples, and the distance below the threshold at which a partition is dropped
# after them; from ENOUGH on, judging ends when no partition is within that distance
STAGES = ((8, 0.10), (20, 0.05))
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Grouping:
    """The chosen partition.

    Attributes:
        labels: `(n_entities,)` cluster of each entity, largest 0.
        stability: `(n_clusters,)` mean Jaccard indices under subsampling, 0 to 1.
        is_stable: whether all clusters reach the threshold.
        tree: the tree of the profiles.
        loss: share of the explained inertia that the published clusters give up relative to as many
            fresh clusters; None if there was no published clustering.
        is_warm: whether the partition was carried over from the published clustering.
    """

    labels: Labels
    stability: Floats
    is_stable: bool
    tree: Tree
    loss: float | None = None
    is_warm: bool = False


def group_entities(
    presence: Presence, points: Floats, published: Labels, params: PhenotypeParams
) -> Grouping:
    """Return the partition of the entities.

    The published clustering is carried over unless that gives up more than 1 % of the explained
    inertia, its clusters are no longer stable, or more clusters have become clearly stable.

    Args:
        presence: the entities and their active terms.
        points: `(n_entities, n_axes)` coordinates.
        published: `(n_entities,)` published cluster of each entity, or `UNKNOWN`.
        params: parameters of the method.
    """
    profile = distinct_profiles(presence.active)
    _, first, weights = np.unique(profile, return_index=True, return_counts=True)
    whole = Subsample(
        np.arange(len(points)), profile, np.arange(len(first)), weights, points[first], {}
    )
    homes = homes_of(profile, published)
    numbers = _numbers(whole.points, params)
    n_published = len(np.unique(homes[homes != UNKNOWN]))
    draws = sampler(
        presence,
        profile,
        n_axes=params.n_axes,
        n_draws=PROPOSING + params.n_draws,
        share=params.share,
        seed=params.seed,
    )
    asked = sorted({*numbers, n_published} - {0})
    proposing = draws.make(0, PROPOSING, asked)
    tree = grow_tree(whole.points, weights)
    found = _propose(whole, tree, proposing, asked)
    candidates = _hopeful({n: found[n] for n in numbers}, weights, proposing, params)
    warm = None
    if n_published > 1:
        warm = continue_entities(whole.points, homes, found[n_published], weights)
    measured, of_warm = _judge(draws, candidates, warm, params)
    best, bar = max(measured), params.min_stability
    fresh, loss = measured[best], warm.loss if warm else None
    if warm and _may_stay(warm, of_warm, fresh, bar):
        is_stable = bool(of_warm.min() >= bar)
        return Grouping(warm.labels[profile], of_warm, is_stable, tree, loss, is_warm=True)
    return Grouping(candidates[best][profile], fresh, bool(fresh.min() >= bar), tree, loss)


def _numbers(points: Floats, params: PhenotypeParams) -> range:
    """Return the numbers of clusters to try: no more than there are distinct points."""
    n_places = len(np.unique(np.round(points, DECIMALS), axis=0))
    return range(min(params.k_min, n_places), min(params.k_max, n_places) + 1)


def _propose(
    whole: Subsample, tree: Tree, draws: Sequence[Subsample], numbers: Sequence[int]
) -> dict[int, Labels]:
    """Return the best partition into each number of clusters, from the cuts of several trees."""
    points, weights = whole.points, whole.weights

    def best(number: int) -> Labels:
        own = consolidate(points, cut_tree(tree, number, weights), weights)
        return best_partition(replace(whole, partitions={number: own}), number, draws)

    return dict(zip(numbers, side_by_side(best, numbers), strict=True))


def _hopeful(
    found: Mapping[int, Labels],
    weights: Labels,
    proposing: Sequence[Subsample],
    params: PhenotypeParams,
) -> dict[int, Labels]:
    """Return the partitions worth judging: every cluster is large enough and possibly stable.

    The smallest number of clusters is always kept, as the fallback.
    """
    kept: dict[int, Labels] = {}
    floor = min(found)
    for number, labels in found.items():
        sizes = np.bincount(labels, weights)
        if number == floor or (
            len(sizes) == number
            and sizes.min() >= params.min_size
            and stability_in(proposing, labels).min() >= params.min_stability - HOPELESS
        ):
            kept[number] = labels
    return kept


def _judge(
    draws: Sampler,
    candidates: Mapping[int, Labels],
    warm: WarmStart | None,
    params: PhenotypeParams,
) -> tuple[dict[int, Floats], Floats]:
    """Return the stability of the candidates that reach the threshold, and of the warm start.

    The smallest number of clusters is the fallback: it is measured to the end, however unstable.
    """
    floor, bar = min(candidates), params.min_stability
    alive = dict(candidates)
    carried = [warm.labels] if warm else []
    made: list[Subsample] = []
    stages = [stage for stage in STAGES if stage[0] < params.n_draws]
    for end, slack in (*stages, (params.n_draws, 0.0)):
        wanted = {int(labels.max()) + 1 for labels in (*alive.values(), *carried)}
        made += draws.make(PROPOSING + len(made), PROPOSING + end, wanted)
        worst = {number: stability_in(made, labels).min() for number, labels in alive.items()}
        alive = {n: x for n, x in alive.items() if n == floor or worst[n] >= bar - slack}
        if end >= ENOUGH and all(abs(worst[number] - bar) > slack for number in alive):
            break
    measured = {number: stability_in(made, labels) for number, labels in alive.items()}
    return measured, stability_in(made, carried[0]) if carried else np.zeros(0)


def _may_stay(warm: WarmStart, stability: Floats, fresh: Floats, bar: float) -> bool:
    outgrown = len(fresh) > len(stability) and fresh.min() >= bar + HYSTERESIS
    dissolved = stability.min() < min(bar, fresh.min()) - HYSTERESIS
    return warm.loss <= MAX_LOSS and not outgrown and not dissolved

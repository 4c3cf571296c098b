"""The partition of the entities: how many clusters they bear, found afresh or carried over.

The number is the largest at which every cluster comes back from 80 % of the entities. The criterion
of HCPC, in contrast, answers with the smallest number it is allowed, whatever the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cluster_assets.core.arrays import Floats, Labels, Sparse
from cluster_assets.core.continuity import MAX_LOSS, UNKNOWN, WarmStart, continue_entities
from cluster_assets.core.phenotype import PhenotypeParams
from cluster_assets.core.stability import measure_stability
from cluster_assets.core.ward import Tree, consolidate, cut_tree, grow_tree

# Draws that differ by one entity move a cluster's stability by some hundredths. Without this much
# play a number of clusters at the bar would come and go with every change of the data.
SLACK = 0.05
_WARM = "warm"


@dataclass(frozen=True, slots=True)
class Grouping:
    """The chosen partition.

    Attributes:
        labels: cluster of each entity, largest 0.
        stability: n_clusters mean Jaccard indices under subsampling.
        is_stable: whether all reach the bar; if not, this is the smallest number allowed.
        loss: share of the explained inertia that the published clusters cost against fresh ones of
            the same number; None when there was none to start from.
        is_warm: whether this was carried over from the published clustering.
    """

    labels: Labels
    stability: Floats
    is_stable: bool
    loss: float | None = None
    is_warm: bool = False


def group_entities(
    presence: Sparse, points: Floats, published: Labels, params: PhenotypeParams
) -> Grouping:
    """Return the partition of the entities.

    A published clustering is carried over unless that costs more than 1 % of the explained inertia,
    its clusters no longer come back, or a larger number of clusters has become clearly stable.

    Args:
        presence: n_entities x n_terms, 1 where a term is recorded.
        points: n_entities x n_axes coordinates.
        published: published cluster of each entity, or `UNKNOWN`.
        params: parameters of the method.
    """
    tree = grow_tree(points)
    candidates = _candidates(points, tree, params)
    floor = min(candidates, key=int)
    warm = _carry_over(points, tree, published)
    measured = measure_stability(
        presence,
        {**candidates, **({_WARM: warm.labels} if warm else {})},
        always={floor, _WARM},
        bar=params.min_stability,
        n_axes=params.n_axes,
        n_draws=params.n_draws,
        share=params.share,
        seed=params.seed,
    )
    number = max((name for name in measured if name != _WARM), key=int)
    fresh = measured[number]
    is_stable = bool(fresh.min() >= params.min_stability)
    if warm and _may_stay(warm, measured[_WARM], fresh, params.min_stability):
        stability = measured[_WARM]
        still = bool(stability.min() >= params.min_stability)
        return Grouping(warm.labels, stability, still, warm.loss, is_warm=True)
    return Grouping(candidates[number], fresh, is_stable, warm.loss if warm else None)


def _candidates(points: Floats, tree: Tree, params: PhenotypeParams) -> dict[str, Labels]:
    """Return the partitions into each allowed number of clusters, all large enough to report.

    The smallest number is always there, as the way out.
    """
    floor = min(params.k_min, len(tree.merges) + 1)
    found = {}
    for number in range(floor, params.k_max + 1):
        labels = consolidate(points, cut_tree(tree, number))
        sizes = np.bincount(labels)
        if number == floor or (len(sizes) == number and sizes.min() >= params.min_size):
            found[str(number)] = labels
    return found


def _carry_over(points: Floats, tree: Tree, published: Labels) -> WarmStart | None:
    n_published = len(np.unique(published[published != UNKNOWN]))
    if n_published < 2:
        return None
    return continue_entities(points, published, consolidate(points, cut_tree(tree, n_published)))


def _may_stay(warm: WarmStart, stability: Floats, fresh: Floats, bar: float) -> bool:
    outgrown = len(fresh) > len(stability) and fresh.min() >= bar + SLACK
    dissolved = stability.min() < min(bar, fresh.min()) - SLACK
    return warm.loss <= MAX_LOSS and not outgrown and not dissolved

"""The partition of the entities: how many clusters they bear, found afresh or carried over.

The number is the largest at which every cluster comes back from 80 % of the entities. The criterion
of HCPC, in contrast, answers with the smallest number it is allowed, whatever the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cluster_assets.core.arrays import Floats, Labels
from cluster_assets.core.continuity import MAX_LOSS, UNKNOWN, WarmStart, continue_entities
from cluster_assets.core.phenotype import PhenotypeParams
from cluster_assets.core.presence import Presence
from cluster_assets.core.stability import Draw, Drawer, drawer, stability_in
from cluster_assets.core.threads import side_by_side
from cluster_assets.core.ward import (
    assign_nearest,
    consolidate,
    cut_tree,
    grow_tree,
)

# Without this much play around the bar, a number of clusters that just reaches it would come and go
# with every change of the data
SLACK = 0.05
PROPOSING = 5  # draws that propose partitions; others judge them
HOPELESS = 0.15  # a proposal so far below the bar in the proposing draws is not judged at all
ENOUGH = 20  # judging draws after which only partitions near the bar see more


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
    presence: Presence, points: Floats, published: Labels, params: PhenotypeParams
) -> Grouping:
    """Return the partition of the entities.

    A published clustering is carried over unless that costs more than 1 % of the explained inertia,
    its clusters no longer come back, or a larger number of clusters has become clearly stable.

    Args:
        presence: the entities and their active terms.
        points: n_entities x n_axes coordinates.
        published: published cluster of each entity, or `UNKNOWN`.
        params: parameters of the method.
    """
    n_published = len(np.unique(published[published != UNKNOWN]))
    floor = min(params.k_min, len(points))
    numbers = range(floor, min(params.k_max, len(points)) + 1)
    draws = drawer(
        presence,
        n_axes=params.n_axes,
        n_draws=PROPOSING + params.n_draws,
        share=params.share,
        seed=params.seed,
    )
    asked = sorted({*numbers, n_published} - {0})
    proposing = draws.make(0, PROPOSING, asked)
    found = _propose(points, proposing, asked)
    candidates = {
        number: found[number]
        for number in numbers
        if number == floor or _is_reportable(found[number], number, params.min_size)
    }
    warm = continue_entities(points, published, found[n_published]) if n_published > 1 else None
    bar = params.min_stability
    hopeful = {
        number: labels
        for number, labels in candidates.items()
        if number == floor or stability_in(proposing, labels).min() >= bar - HOPELESS
    }
    measured, warm_stability = _judge(draws, hopeful, warm, params)
    number = max(measured)
    fresh = measured[number]
    if warm and _may_stay(warm, warm_stability, fresh, bar):
        is_stable = bool(warm_stability.min() >= bar)
        return Grouping(warm.labels, warm_stability, is_stable, warm.loss, is_warm=True)
    is_stable = bool(fresh.min() >= bar)
    return Grouping(candidates[number], fresh, is_stable, warm.loss if warm else None)


def _propose(points: Floats, draws: Sequence[Draw], numbers: Sequence[int]) -> dict[int, Labels]:
    """Return for each number of clusters the partition that comes back best in the draws.

    One tree is not enough. Consolidation ends in the optimum next to where the cut starts it, and
    one entity more or less sends the cut elsewhere: of 20 trees that each lacked another single
    entity, six did not lead to the number of clusters that the rest agreed on. So the cut of
    each draw starts a consolidation as well, and the most reproducible outcome is taken.
    """
    tree = grow_tree(points)

    def best(number: int) -> Labels:
        starts = [cut_tree(tree, number)]
        starts += [assign_nearest(points, d.positions, d.partitions[number]) for d in draws]
        ends = [consolidate(points, start) for start in starts]
        return max(ends, key=lambda labels: _reproduced(draws, labels, number))

    return dict(zip(numbers, side_by_side(best, numbers), strict=True))


def _is_reportable(labels: Labels, number: int, min_size: int) -> bool:
    sizes = np.bincount(labels)
    return len(sizes) == number and sizes.min() >= min_size


def _reproduced(draws: Sequence[Draw], labels: Labels, number: int) -> float:
    """Return the mean stability of the clusters, 0 when some got lost on the way."""
    return float(stability_in(draws, labels).mean()) if labels.max() + 1 == number else 0.0


def _judge(
    draws: Drawer,
    candidates: Mapping[int, Labels],
    warm: WarmStart | None,
    params: PhenotypeParams,
) -> tuple[dict[int, Floats], Floats]:
    """Return the stability of the candidates that keep to the bar, and that of the warm start.

    The smallest number of clusters is the way out and is measured to the end, however unstable.
    """
    floor, bar = min(candidates), params.min_stability
    alive = dict(candidates)
    carried = [warm.labels] if warm else []
    made: list[Draw] = []
    for end, slack in ((min(ENOUGH, params.n_draws), SLACK), (params.n_draws, 0.0)):
        wanted = {int(labels.max()) + 1 for labels in (*alive.values(), *carried)}
        made += draws.make(PROPOSING + len(made), PROPOSING + end, wanted)
        worst = {number: stability_in(made, labels).min() for number, labels in alive.items()}
        alive = {n: x for n, x in alive.items() if n == floor or worst[n] >= bar - slack}
        if all(abs(worst[number] - bar) > slack for number in alive):
            break
    measured = {number: stability_in(made, labels) for number, labels in alive.items()}
    return measured, stability_in(made, carried[0]) if carried else np.zeros(0)


def _may_stay(warm: WarmStart, stability: Floats, fresh: Floats, bar: float) -> bool:
    outgrown = len(fresh) > len(stability) and fresh.min() >= bar + SLACK
    dissolved = stability.min() < min(bar, fresh.min()) - SLACK
    return warm.loss <= MAX_LOSS and not outgrown and not dissolved

"""The partition of the entities: how many clusters they bear, found afresh or carried over.

Entities with the same active terms are one profile with a weight, and never in two clusters. The
number is the largest at which every cluster comes back from 80 % of the entities. The criterion
of HCPC, in contrast, answers with the smallest number it is allowed, whatever the data.
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
    Draw,
    Drawer,
    best_partition,
    drawer,
    stability_in,
)
from cluster_assets.core.clustering.entities.ward import DECIMALS, consolidate, cut_tree, grow_tree
from cluster_assets.core.clustering.params import PhenotypeParams
from cluster_assets.core.clustering.threads import side_by_side

# Without play around the bar, a number of clusters that just reaches it would come and go with each
# change of the data: one entity moves the stability of the worst cluster by up to 0.03
PLAY = 0.10
PROPOSING = 4  # draws that propose partitions; others judge them
HOPELESS = 0.15  # a proposal so far below the bar in the proposing draws is not judged at all
# Judging draws, and how far below the bar a partition is given up after them; from ENOUGH draws on
# a partition that is as far above it has seen enough
STAGES = ((8, 0.10), (20, 0.05))
ENOUGH = 20


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
    profile = distinct_profiles(presence.active)
    _, first, weights = np.unique(profile, return_index=True, return_counts=True)
    whole = Draw(np.arange(len(points)), profile, np.arange(len(first)), weights, points[first], {})
    homes = homes_of(profile, published)
    n_places = len(np.unique(np.round(whole.points, DECIMALS), axis=0))
    numbers = range(min(params.k_min, n_places), min(params.k_max, n_places) + 1)
    n_published = len(np.unique(homes[homes != UNKNOWN]))
    draws = drawer(
        presence,
        profile,
        n_axes=params.n_axes,
        n_draws=PROPOSING + params.n_draws,
        share=params.share,
        seed=params.seed,
    )
    asked = sorted({*numbers, n_published} - {0})
    proposing = draws.make(0, PROPOSING, asked)
    found = _propose(whole, proposing, asked)
    candidates = _hopeful({n: found[n] for n in numbers}, weights, proposing, params)
    warm = None
    if n_published > 1:
        warm = continue_entities(whole.points, homes, found[n_published], weights)
    measured, of_warm = _judge(draws, candidates, warm, params)
    best, bar = max(measured), params.min_stability
    fresh, loss = measured[best], warm.loss if warm else None
    if warm and _may_stay(warm, of_warm, fresh, bar):
        is_stable = bool(of_warm.min() >= bar)
        return Grouping(warm.labels[profile], of_warm, is_stable, loss, is_warm=True)
    return Grouping(candidates[best][profile], fresh, bool(fresh.min() >= bar), loss)


def _propose(whole: Draw, draws: Sequence[Draw], numbers: Sequence[int]) -> dict[int, Labels]:
    """Return the best partition into each number of clusters, from the cuts of several trees."""
    points, weights = whole.points, whole.weights
    tree = grow_tree(points, weights)

    def best(number: int) -> Labels:
        own = consolidate(points, cut_tree(tree, number, weights), weights)
        return best_partition(replace(whole, partitions={number: own}), number, draws)

    return dict(zip(numbers, side_by_side(best, numbers), strict=True))


def _hopeful(
    found: Mapping[int, Labels],
    weights: Labels,
    proposing: Sequence[Draw],
    params: PhenotypeParams,
) -> dict[int, Labels]:
    """Return the partitions that are worth judging, all clusters large enough to report.

    The smallest number is always among them, as the way out.
    """
    floor, kept = min(found), {}
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
    outgrown = len(fresh) > len(stability) and fresh.min() >= bar + PLAY
    dissolved = stability.min() < min(bar, fresh.min()) - PLAY
    return warm.loss <= MAX_LOSS and not outgrown and not dissolved

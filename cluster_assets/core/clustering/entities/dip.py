"""Hartigan's dip test: how far a sample is from having a single mode.

It distinguishes separate groups from a continuum. Phenotype profiles are mostly a continuum, which
a reader of their clusters should know. No dependency implements it.
"""

from __future__ import annotations

import numpy as np

from cluster_assets.core.clustering.arrays import Floats, Positions

# Probability of a larger dip, and sqrt(n) x dip, from 10,000 uniform samples of n = 1,000
_TAILS = (
    (0.999, 0.218), (0.99, 0.244), (0.95, 0.271), (0.9, 0.289), (0.75, 0.323), (0.5, 0.371),
    (0.25, 0.430), (0.1, 0.494), (0.05, 0.533), (0.01, 0.617), (0.001, 0.731),
)  # fmt: skip


def dip_statistic(values: Floats) -> float:
    """Return the dip: the largest gap between the sample and the nearest unimodal distribution.

    The modal interval shrinks from both ends: below it the nearest unimodal distribution is convex,
    above it concave.

    Args:
        values: `(n_values,)` numbers in any order; ties are allowed.

    Returns:
        The dip, 1 / (2 x n_values) to 1/4; 0 if all values are equal.

    Source:
        Hartigan and Hartigan (1985), doi:10.1214/aos/1176346577.
    """
    points, counts = np.unique(values, return_counts=True)
    if len(points) < 2:
        return 0.0
    upper = np.cumsum(counts) / len(values)  # distribution function at each point
    lower = upper - counts / len(values)  # distribution function just below each point
    low, high, dip = 0, len(points) - 1, 1 / len(values)
    while True:
        inside = slice(low, high + 1)
        x = points[inside]
        convex = _lower_hull(x, lower[inside])
        concave = _upper_hull(x, upper[inside])
        minorant = np.interp(x, x[convex], lower[inside][convex])
        majorant = np.interp(x, x[concave], upper[inside][concave])
        gap = majorant - minorant
        touching = np.union1d(convex, concave)
        widest = touching[gap[touching].argmax()]
        if gap[widest] <= dip:
            return float(dip / 2)
        left, right = _modal_interval(int(widest), convex, concave)
        below = (upper[inside] - minorant)[: left + 1].max()
        above = (majorant - lower[inside])[right:].max()
        dip = max(dip, below, above)
        if left == 0 and right == high - low:
            return float(dip / 2)
        low, high = low + left, low + right


def dip_p_value(dip: float, n_values: int) -> float:
    """Return the p-value of a dip: the probability of a larger dip in a uniform sample.

    The uniform distribution has the largest dips of all unimodal distributions. The p-value is
    interpolated between quantiles of sqrt(n) x dip, which hardly depend on n.

    Args:
        dip: the dip of a sample.
        n_values: size of the sample.

    Returns:
        0.001 to 0.999.
    """
    table: Floats = np.array(_TAILS)
    statistic = float(np.sqrt(n_values)) * dip
    return float(np.interp(statistic, table[:, 1], table[:, 0]))


def _modal_interval(widest: int, convex: Positions, concave: Positions) -> tuple[int, int]:
    """Return the last convex touching point before the widest gap, and the first concave after."""
    return (
        int(convex[np.searchsorted(convex, widest, side="right") - 1]),
        int(concave[np.searchsorted(concave, widest, side="left")]),
    )


def _lower_hull(x: Floats, y: Floats) -> Positions:
    """Return the points where the greatest convex minorant touches, from left to right."""
    hull: list[int] = []
    for point in range(len(x)):
        while len(hull) > 1 and _turns_right(x, y, hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array(hull, dtype=np.intp)


def _upper_hull(x: Floats, y: Floats) -> Positions:
    return _lower_hull(x, -y)


def _turns_right(x: Floats, y: Floats, a: int, b: int, c: int) -> bool:
    return (y[b] - y[a]) * (x[c] - x[a]) >= (y[c] - y[a]) * (x[b] - x[a])

"""Tails of the hypergeometric distribution in log space, vectorised, and their adjustment.

Enrichment and v-tests both count members with a term against a background. Their p-values fall
below the smallest double, where scipy returns 0 and the v-tests of FactoMineR become infinite:
hence log space. Not `scipy.stats`: importing it takes longer than all tests of a clustering.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from cluster_assets.core.clustering.arrays import Floats

_NEGLIGIBLE = 1e-17  # relative size of a term that no longer changes the sum


def log_upper_tail(
    hits: ArrayLike, total: ArrayLike, marked: ArrayLike, drawn: ArrayLike
) -> Floats:
    """Return log P(X >= hits) for draws without replacement.

    The arguments are counts and are broadcast against one another.

    Args:
        hits: marked items among the drawn items.
        total: number of all items.
        marked: marked items among all items.
        drawn: number of drawn items.

    Returns:
        Natural logarithms, in the broadcast shape.
    """
    k, m, big_k, n = _floats(hits, total, marked, drawn)
    result = np.zeros(k.shape)  # P = 1 where fewer hits are impossible
    can_miss = k > np.maximum(0, big_k + n - m)
    above = can_miss & (k * m >= big_k * n)
    below = can_miss & ~above
    one = tuple(x[above] for x in (k, m, big_k, n))
    result[above] = _log_mass(*one) + np.log1p(_mass_beyond(*one))
    # below the mean the other tail is shorter: P(X >= k) = 1 - P(X <= k - 1)
    k, m, big_k, n = (x[below] for x in (k, m, big_k, n))
    other = (n - k + 1, m, m - big_k, n)
    lower = _log_mass(*other) + np.log1p(_mass_beyond(*other))
    result[below] = np.log1p(-np.exp(np.minimum(lower, 0.0)))
    return result


def log_two_sided(hits: ArrayLike, total: ArrayLike, marked: ArrayLike, drawn: ArrayLike) -> Floats:
    """Return the log of the two-sided p-value of `catdes` in FactoMineR.

    p = 2 x P(beyond the observed count) + P(the observed count), on the side away from the mean,
    or 2 - p if that is smaller.

    Args:
        hits: marked items among the drawn items.
        total: number of all items.
        marked: marked items among all items.
        drawn: number of drawn items.

    Returns:
        Natural logarithms, in the broadcast shape.

    Source:
        Le, Josse and Husson (2008), doi:10.18637/jss.v025.i01.
    """
    k, m, big_k, n = _floats(hits, total, marked, drawn)
    above = k * m >= big_k * n
    # the lower tail is the upper tail of the unmarked items
    x, y = np.where(above, k, n - k), np.where(above, big_k, m - big_k)
    log_mass = _log_mass(x, m, y, n)
    log_p = log_mass + np.log1p(2 * _mass_beyond(x, m, y, n))
    return np.where(
        log_p > 0, np.log(np.maximum(2 - np.exp(np.minimum(log_p, 0.7)), 1e-300)), log_p
    )


def adjust(log_p: Floats, n_tests: int) -> Floats:
    """Return p-values adjusted for the false discovery rate.

    Args:
        log_p: `(n_below_one,)` log p-values of the tests with p < 1.
        n_tests: number of all tests, those with p = 1 included.

    Returns:
        `(n_below_one,)` adjusted p-values, 0 to 1.

    Source:
        Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    order = np.argsort(log_p, kind="stable")
    scaled = log_p[order] + np.log(n_tests) - np.log(np.arange(1, len(order) + 1))
    adjusted = np.empty(len(order))
    adjusted[order] = np.exp(np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 0.0))
    return adjusted


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.array(x, dtype=float) for x in np.broadcast_arrays(*values)]


def _log_mass(k: Floats, m: Floats, big_k: Floats, n: Floats) -> Floats:
    return _log_choose(big_k, k) + _log_choose(m - big_k, n - k) - _log_choose(m, n)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _mass_beyond(k: Floats, m: Floats, big_k: Floats, n: Floats) -> Floats:
    """Return P(X > k) / P(X = k), summed from the ratios of neighbouring probabilities."""
    beyond = np.zeros(k.shape).ravel()
    where = np.arange(beyond.size)
    x, m, big_k, n = (a.ravel() for a in (k, m, big_k, n))
    summand = np.ones(beyond.size)
    while where.size:
        summand = summand * (big_k - x) * (n - x) / ((x + 1) * (m - big_k - n + x + 1))
        beyond[where] += summand
        going = summand > _NEGLIGIBLE * (1 + beyond[where])
        where, summand = where[going], summand[going]
        x, m, big_k, n = x[going] + 1, m[going], big_k[going], n[going]
    return beyond.reshape(k.shape)

"""Tails of the hypergeometric distribution in log space, for whole arrays at once.

Everything that counts members with a term against a background is computed here: enrichment and
v-tests. Log space because the p-values that matter fall below the smallest double, where scipy's
give zero and FactoMineR's v-tests give infinity; by hand because importing `scipy.stats` costs more
than all the tests of a clustering together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from cluster_assets.core.clustering.arrays import Floats

_NEGLIGIBLE = 1e-17  # relative size of a summand that no longer changes a double


def log_upper_tail(
    hits: ArrayLike, total: ArrayLike, marked: ArrayLike, drawn: ArrayLike
) -> Floats:
    """Return log P(X >= hits) for draws without replacement.

    Args:
        hits: marked items among the drawn; 0 or more.
        total: items in all.
        marked: marked items among all.
        drawn: items drawn.
    """
    k, m, big_k, n = _floats(hits, total, marked, drawn)
    result = np.zeros(k.shape)  # what cannot be missed has P = 1
    can_miss = k > np.maximum(0, big_k + n - m)
    above = can_miss & (k * m >= big_k * n)
    below = can_miss & ~above
    one = tuple(x[above] for x in (k, m, big_k, n))
    result[above] = _log_mass(*one) + np.log1p(_mass_beyond(*one))
    # on the near side of the mean the other tail is the short one: P(X >= k) = 1 - P(X <= k - 1)
    k, m, big_k, n = (x[below] for x in (k, m, big_k, n))
    other = (n - k + 1, m, m - big_k, n)
    lower = _log_mass(*other) + np.log1p(_mass_beyond(*other))
    result[below] = np.log1p(-np.exp(np.minimum(lower, 0.0)))
    return result


def log_two_sided(hits: ArrayLike, total: ArrayLike, marked: ArrayLike, drawn: ArrayLike) -> Floats:
    """Return log of the two-sided p-value of FactoMineR's `catdes`.

    p = 2 x P(beyond the observed count) + P(the observed count), on the side away from the mean,
    or 2 - p if that is smaller. Arguments as for `log_upper_tail`.
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


def _floats(*values: ArrayLike) -> list[Floats]:
    return [np.array(x, dtype=float) for x in np.broadcast_arrays(*values)]


def _log_mass(k: Floats, m: Floats, big_k: Floats, n: Floats) -> Floats:
    return _log_choose(big_k, k) + _log_choose(m - big_k, n - k) - _log_choose(m, n)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)


def _mass_beyond(k: Floats, m: Floats, big_k: Floats, n: Floats) -> Floats:
    """Return P(X > k) / P(X = k) by the ratio of neighbouring masses, exact to the last bits."""
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

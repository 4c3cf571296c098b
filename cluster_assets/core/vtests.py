"""v-tests: how far a cluster's share of a term, or mean of a count, lies from the overall one.

The tests of `catdes` in FactoMineR (Lebart, Morineau, Piron 1995), p-values in log space: a v
is finite however small its p. Only "recorded" is tested; the mirror image "not recorded" would
say everything twice with the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import log_ndtr, ndtri_exp

from cluster_assets.core.hypergeometric import log_two_sided
from cluster_assets.core.partitions import Labels

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShareTests:
    """v-tests of shares.

    Attributes:
        v: n_clusters x n_terms, positive where a term is recorded more often than overall.
        log_p: log of the two-sided p-values.
        hits: members with each term.
    """

    v: Floats
    log_p: Floats
    hits: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeanTests:
    """v-tests of means; an array of n_clusters each.

    Attributes:
        v: positive where the mean is above the overall one; 0 where the count never varies.
        log_p: log of the two-sided p-values.
        means: mean in each cluster.
        overall_mean: mean over all entities.
    """

    v: Floats
    log_p: Floats
    means: Floats
    overall_mean: float


def share_tests(presence: sparse.csr_array, labels: Labels, n_clusters: int) -> ShareTests:
    """Test each term in each cluster.

    Args:
        presence: n_entities x n_terms, 1 where a term is recorded.
        labels: cluster of each entity, -1 for none.
        n_clusters: number of clusters.
    """
    sizes, grouping = _grouping(labels, n_clusters)
    hits = np.asarray((grouping @ presence.astype(np.int64)).todense(), dtype=np.int64)
    total = presence.shape[0]
    marked = np.asarray(presence.sum(axis=0)).ravel()[None, :]
    log_p = np.minimum(log_two_sided(hits, total, marked, sizes[:, None]), 0.0)
    sign = np.where(hits * total > marked * sizes[:, None], 1.0, -1.0)
    return ShareTests(v=_signed_v(log_p, sign), log_p=log_p, hits=hits)


def mean_tests(values: Floats, labels: Labels, n_clusters: int) -> MeanTests:
    """Test the mean of a count in each cluster.

    Args:
        values: n_entities numbers, NaN where there is none; such entities do not count.
        labels: cluster of each entity, -1 for none.
        n_clusters: number of clusters.
    """
    known = ~np.isnan(values)
    values, labels = values[known], labels[known]
    total, overall = len(values), float(values.mean())
    inside = labels >= 0
    sizes = np.bincount(labels[inside], minlength=n_clusters)
    sums = np.bincount(labels[inside], values[inside], minlength=n_clusters)
    means = np.divide(sums, sizes, out=np.full(n_clusters, overall), where=sizes > 0)
    # variance of a mean drawn without replacement
    variance = values.var() / np.maximum(sizes, 1) * (total - sizes) / max(total - 1, 1)
    v = np.divide(means - overall, np.sqrt(variance), out=np.zeros(n_clusters), where=variance > 0)
    return MeanTests(v=v, log_p=np.log(2) + log_ndtr(-np.abs(v)), means=means, overall_mean=overall)


def _signed_v(log_p: Floats, sign: Floats) -> Floats:
    return np.abs(ndtri_exp(log_p - np.log(2))) * sign


def _grouping(labels: Labels, n_clusters: int) -> tuple[NDArray[np.int64], sparse.csr_array]:
    inside = np.flatnonzero(labels >= 0)
    shape = (n_clusters, len(labels))
    ones = np.ones(len(inside), dtype=np.int64)
    grouping = sparse.csr_array((ones, (labels[inside], inside)), shape=shape)
    return np.bincount(labels[inside], minlength=n_clusters), grouping

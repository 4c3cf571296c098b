"""v-tests: how far a cluster's share of a term, or mean of a count, lies from the overall one.

The tests of `catdes` in FactoMineR (Lebart, Morineau, Piron 1995), p-values in log space: a v
is finite however small its p. Only "recorded" is tested; the mirror image "not recorded" would
say everything twice with the other sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import log_ndtr, ndtri_exp

from cluster_assets.core.clustering.arrays import Floats, Labels, Sparse
from cluster_assets.core.clustering.hypergeometric import log_two_sided


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
    hits: Labels


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


def share_tests(presence: Sparse, labels: Labels) -> ShareTests:
    """Test each term in each cluster.

    Args:
        presence: n_entities x n_terms, 1 where a term is recorded.
        labels: cluster of each entity, numbered without gaps.
    """
    total = len(labels)
    sizes = np.bincount(labels)[:, None]
    members = sparse.csr_array(
        (np.ones(total), (labels, np.arange(total))), shape=(len(sizes), total)
    )
    hits = (members @ presence).toarray().round().astype(np.int64)
    marked = hits.sum(axis=0)
    log_p = np.minimum(log_two_sided(hits, total, marked, sizes), 0.0)
    sign = np.where(hits * total > marked * sizes, 1.0, -1.0)
    return ShareTests(v=_signed_v(log_p, sign), log_p=log_p, hits=hits)


def mean_tests(values: Floats, labels: Labels) -> MeanTests:
    """Test the mean of a count in each cluster.

    Args:
        values: n_entities numbers, NaN where there is none; such entities do not count.
        labels: cluster of each entity, numbered without gaps.
    """
    n_clusters = int(labels.max()) + 1
    known = ~np.isnan(values)
    values, labels = values[known], labels[known]
    total, overall = len(values), float(values.mean())
    sizes = np.bincount(labels, minlength=n_clusters)
    sums = np.bincount(labels, values, minlength=n_clusters)
    means = np.divide(sums, sizes, out=np.full(n_clusters, overall), where=sizes > 0)
    # variance of a mean drawn without replacement
    variance = values.var() / np.maximum(sizes, 1) * (total - sizes) / max(total - 1, 1)
    v = np.divide(means - overall, np.sqrt(variance), out=np.zeros(n_clusters), where=variance > 0)
    return MeanTests(v=v, log_p=np.log(2) + log_ndtr(-np.abs(v)), means=means, overall_mean=overall)


def _signed_v(log_p: Floats, sign: Floats) -> Floats:
    return np.abs(ndtri_exp(log_p - np.log(2))) * sign

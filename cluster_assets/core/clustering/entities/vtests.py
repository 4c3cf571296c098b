"""v-tests: how far a share or a mean in a cluster lies from that of all entities.

The tests of `catdes` in FactoMineR, with p-values in log space, so that v is finite however small p
is. Only "recorded" is tested: "not recorded" would repeat every result with the opposite sign.

Source: Lebart, Morineau and Piron (1995), Statistique exploratoire multidimensionnelle, Dunod.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from cluster_assets.core.clustering.arrays import Floats, Labels, Sparse, membership_matrix
from cluster_assets.core.clustering.hypergeometric import log_two_sided


@dataclass(frozen=True, slots=True)
class ShareTests:
    """v-tests of shares.

    Attributes:
        v: `(n_clusters, n_terms)`, positive where a term is recorded more often than overall.
        log_p: `(n_clusters, n_terms)` log of the two-sided p-values.
        hits: `(n_clusters, n_terms)` members with each term.
    """

    v: Floats
    log_p: Floats
    hits: Labels


@dataclass(frozen=True, slots=True)
class MeanTests:
    """v-tests of means.

    Attributes:
        v: `(n_clusters,)`, positive where the mean is above the overall mean; 0 if it never varies.
        log_p: `(n_clusters,)` log of the two-sided p-values.
        means: `(n_clusters,)` mean in each cluster.
        overall_mean: mean over all entities.
    """

    v: Floats
    log_p: Floats
    means: Floats
    overall_mean: float


def share_tests(presence: Sparse, labels: Labels) -> ShareTests:
    """Test the share of each term in each cluster.

    Args:
        presence: `(n_entities, n_terms)`, 1 where a term is recorded.
        labels: `(n_entities,)` cluster of each entity, numbered without gaps.
    """
    total = len(labels)
    sizes = np.bincount(labels)[:, None]
    hits = (membership_matrix(labels, len(sizes)).T @ presence).toarray().round().astype(np.int64)
    marked = hits.sum(axis=0)
    log_p = np.minimum(log_two_sided(hits, total, marked, sizes), 0.0)
    sign = np.where(hits * total > marked * sizes, 1.0, -1.0)
    return ShareTests(v=_signed_v(log_p, sign), log_p=log_p, hits=hits)


def mean_tests(values: Floats, labels: Labels) -> MeanTests:
    """Test the mean of a count in each cluster.

    Args:
        values: `(n_entities,)` counts; entities with NaN are ignored.
        labels: `(n_entities,)` cluster of each entity, numbered without gaps.
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

"""Partitions as arrays of labels: numbering, agreement, overlap. No clustering method here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cluster_assets.core.clustering.arrays import Floats, Labels


def by_size(labels: NDArray[np.integer], weights: Labels | None = None) -> Labels:
    """Renumber clusters by size, largest 0; ties in order of their first element.

    Args:
        labels: `(n_elements,)` cluster of each element.
        weights: `(n_elements,)` how many members each element represents; None for one each.
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse, weights)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[inverse]


def contingency(one: Labels, two: Labels, weights: Labels | None = None) -> Floats:
    """Return the `(n_one, n_two)` number of elements in each pair of clusters.

    Args:
        one: `(n_elements,)` first partition.
        two: `(n_elements,)` second partition.
        weights: `(n_elements,)` how many members each element represents; None for one each.
    """
    shape = (int(one.max()) + 1, int(two.max()) + 1)
    counts = np.bincount(one * shape[1] + two, weights, minlength=shape[0] * shape[1])
    return counts.reshape(shape).astype(float)


def adjusted_rand_index(one: Labels, two: Labels) -> float:
    """Return the adjusted Rand index of two partitions: 1 if they are equal, about 0 by chance.

    Why it is not taken from scikit-learn: `docs/adr/0014-scikit-learn.md`.

    Args:
        one: `(n_elements,)` first partition.
        two: `(n_elements,)` second partition.

    Source:
        Hubert and Arabie (1985), doi:10.1007/BF01908075.
    """
    table = contingency(one, two)
    both, first, second = _pairs(table), _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    everything = _pairs(table.sum())
    expected = first * second / everything if everything else 0.0
    best = (first + second) / 2
    return 1.0 if best == expected else float((both - expected) / (best - expected))


def best_jaccard(one: Labels, two: Labels, weights: Labels | None = None) -> Floats:
    """Return the Jaccard index of each cluster of the first partition with its best match.

    Args:
        one: `(n_elements,)` first partition.
        two: `(n_elements,)` second partition.
        weights: `(n_elements,)` how many members each element represents; None for one each.

    Returns:
        `(n_one,)` indices, 0 to 1.
    """
    table = contingency(one, two, weights)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return np.divide(table, either, out=np.zeros_like(table), where=either > 0).max(axis=1)


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())

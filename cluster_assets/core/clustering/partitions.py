"""Partitions as arrays of labels: numbering, agreement, overlap. No method comes in here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cluster_assets.core.clustering.arrays import Floats, Labels


def by_size(labels: NDArray[np.integer], weights: Labels | None = None) -> Labels:
    """Number clusters by size, largest 0, ties by their first element.

    Args:
        labels: cluster of each element.
        weights: how many each element stands for; one each when not given.
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    sizes = np.bincount(inverse, weights)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[inverse]


def contingency(one: Labels, two: Labels, weights: Labels | None = None) -> Floats:
    """Return how many elements fall into each pair of clusters, n_one x n_two."""
    shape = (int(one.max()) + 1, int(two.max()) + 1)
    counts = np.bincount(one * shape[1] + two, weights, minlength=shape[0] * shape[1])
    return counts.reshape(shape).astype(float)


def adjusted_rand_index(one: Labels, two: Labels) -> float:
    """Return the agreement of two partitions, 1 for the same, 0 by chance (Hubert, Arabie 1985)."""
    table = contingency(one, two)
    both, first, second = _pairs(table), _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    everything = _pairs(table.sum())
    expected = first * second / everything if everything else 0.0
    best = (first + second) / 2
    return 1.0 if best == expected else float((both - expected) / (best - expected))


def best_jaccard(one: Labels, two: Labels, weights: Labels | None = None) -> Floats:
    """Return for each cluster of the first partition its Jaccard index with its best match."""
    table = contingency(one, two, weights)
    either = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return np.divide(table, either, out=np.zeros_like(table), where=either > 0).max(axis=1)


def _pairs(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())

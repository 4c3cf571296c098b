"""Multiple correspondence analysis of present/absent data, by one eigendecomposition.

For variables of two categories MCA is principal component analysis of the standardised columns,
divided by the number of variables (Greenacre 2007): one matrix of Q x Q instead of a singular value
decomposition of N x 2Q. Eigenvalues and coordinates are those of FactoMineR.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from cluster_assets.core.clustering.arrays import Floats, Sparse

_BLOCK = 8192  # rows made dense at a time: bounds the memory at any number of entities


@dataclass(frozen=True, slots=True)
class Factors:
    """Axes of an MCA.

    Attributes:
        coordinates: n_entities x n_axes, principal coordinates of the entities.
        eigenvalues: n_axes, largest first; all of them together would add up to 1.
    """

    coordinates: Floats
    eigenvalues: Floats


def fit_mca(presence: Sparse, n_axes: int) -> Factors:
    """Return the first axes of an MCA.

    Args:
        presence: n_entities x n_terms, 1 where a term is recorded.
        n_axes: axes wanted; at most n_terms are given.
    """
    n_entities, n_terms = presence.shape
    n_axes = min(n_axes, n_terms)
    together = cooccurrence(presence)
    prevalence = np.diag(together) / n_entities
    spread = np.sqrt(prevalence * (1 - prevalence))
    # a term that a subsample never or always shows carries nothing there
    scale = np.divide(1.0, spread, out=np.zeros(n_terms), where=spread > 0)
    correlation = (together / n_entities - np.outer(prevalence, prevalence)) * np.outer(
        scale, scale
    )
    values, vectors = linalg.eigh(correlation, subset_by_index=(n_terms - n_axes, n_terms - 1))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    # the sign of an axis is arbitrary: the heaviest term points up, so that plots stay put
    heaviest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.where(vectors[heaviest, np.arange(n_axes)] < 0, -1.0, 1.0)
    weights = vectors * scale[:, None]
    coordinates = (presence @ weights - prevalence @ weights) / np.sqrt(n_terms)
    return Factors(coordinates=np.asarray(coordinates), eigenvalues=values / n_terms)


def cooccurrence(presence: Sparse) -> Floats:
    """Return how many entities have both terms of each pair.

    Dense blocks in single precision: counts stay exact below 16 million, and at the 5-95 % of
    prevalence that active terms have this beats the sparse product several times.
    """
    total = np.zeros((presence.shape[1],) * 2)
    for start in range(0, presence.shape[0], _BLOCK):
        block = presence[start : start + _BLOCK].astype(np.float32).toarray()
        total += block.T @ block
    return total
